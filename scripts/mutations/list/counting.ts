import type { Mutation } from "../mutation";
import { inMemoryStores } from "./test-files";

const scripts = "app/counting/count-script.ts";
const target = "app/sync/target.ts";
const trusted = "tests/integration/trusted-callers.test.ts";
const marks = "tests/integration/marks.test.ts";

export const counting: Mutation[] = [
  {
    name: "count-once",
    guard: "A viewer counts once for a topic, however often the command arrives",
    file: scripts,
    find: "if holding(found, ARGV[first + 3], first) > 0 then return 'duplicate' end",
    replace: "",
    tests: [inMemoryStores],
  },
  {
    name: "count-window",
    guard: "A viewer counts again after the window",
    file: scripts,
    find: "if isWhole and timeAt(records, position + width, epoch) > over then",
    replace: "if isWhole then",
    tests: [marks],
  },
  {
    name: "count-limit",
    guard: "A client sends so many views a minute",
    file: scripts,
    find: "if sent > limit then return redis.call('PTTL', KEYS[5]) end",
    replace: "",
    tests: [marks],
  },
  {
    name: "count-cap",
    guard: "So many viewers of a network count for a topic, and no more",
    file: scripts,
    find: "if cap > 0 and noted >= cap then return 'network' end",
    replace: "",
    tests: [marks],
  },
  {
    name: "count-stale-epoch",
    guard: "A process that does not know of the newest epoch counts nothing in an older one",
    file: scripts,
    find: "if redis.call('HGET', KEYS[1], 'current') ~= ARGV[2] or time >= tonumber(ARGV[3]) then return 'stale' end",
    replace: "",
    tests: [marks],
  },
  {
    name: "count-former-marks",
    guard: "Viewers whom the version before has counted do not count again",
    file: scripts,
    find: "if redis.call('EXISTS', KEYS[index]) == 1 then return 'duplicate' end",
    replace: "",
    tests: [marks],
  },
  {
    name: "count-whole-or-not",
    guard: "Nothing of a view is left where one of the keys holds something else",
    file: scripts,
    find: "  redis.call('HINCRBY', KEYS[4], 'overlay', -1)\n",
    replace: "",
    tests: [marks],
  },
  {
    name: "visitor-from-trusted-callers",
    guard: "Only a caller with a token says whose view it is",
    file: "app/api/count-view.server.ts",
    find: "if (forged.length > 0) {",
    replace: "if (forged.length > 9) {",
    tests: [trusted],
  },
  {
    name: "token-to-count",
    guard: "A token that is none, or good for something else, counts for nobody",
    file: "app/api/count-view.server.ts",
    find: `if (caller.kind === "refused") {`,
    replace: `if (caller.kind === "refused" && caller.status === 500) {`,
    tests: [trusted],
  },
  {
    name: "older-type-name",
    guard: "A view counted under `topic:` is the topic's",
    file: target,
    find: "targetType === FORUM_TOPIC_ALIAS ? FORUM_TOPIC : targetType",
    replace: "targetType",
    tests: ["app/sync/target.test.ts"],
  },
  {
    name: "topic-id-in-overlay",
    guard: "A target whose id is none fails before the database is asked",
    file: target,
    find: "if (!TOPIC_ID_PATTERN.test(targetId)) return",
    replace: "if (targetId.length > 1e6) return",
    tests: ["app/sync/target.test.ts"],
  },
];
