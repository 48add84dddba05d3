import { guardsOf } from "../mutation";
import { inMemoryStores } from "./test-files";

const marks = "tests/integration/marks.test.ts";
const trusted = "tests/integration/trusted-callers.test.ts";

export const counting = [
  ...guardsOf("app/counting/count-script.ts", marks, {
    "count-once": {
      guard: "A viewer counts once for a topic, however often the command arrives",
      find: "if holding(found, ARGV[first + 3], first) > 0 then return 'duplicate' end",
      test: inMemoryStores,
    },
    "count-limit": {
      guard: "A client sends so many views a minute",
      find: "if sent > limit then return redis.call('PTTL', KEYS[5]) end",
    },
    "count-cap": {
      guard: "So many viewers of a network count for a topic, and no more",
      find: "if cap > 0 and noted >= cap then return 'network' end",
    },
    "count-stale-epoch": {
      guard: "A process that does not know of the newest epoch counts nothing in an older one",
      find: "if redis.call('HGET', KEYS[1], 'current') ~= ARGV[2] or time >= tonumber(ARGV[3]) then return 'stale' end",
    },
    "count-former-marks": {
      guard: "Viewers whom the version before has counted do not count again",
      find: "if redis.call('EXISTS', KEYS[index]) == 1 then return 'duplicate' end",
    },
    "count-whole-or-not": {
      guard: "Nothing of a view is left where one of the keys holds something else",
      find: "  redis.call('HINCRBY', KEYS[4], 'overlay', -1)\n",
    },
  }),
  ...guardsOf("app/api/count-view.server.ts", trusted, {
    "visitor-from-trusted-callers": {
      guard: "Only a caller with a token says whose view it is",
      find: "if (forged.length > 0) {",
      replace: "if (forged.length > 9) {",
    },
    "token-to-count": {
      guard: "A token that is none, or good for something else, counts for nobody",
      find: `if (caller.kind === "refused") {`,
      replace: `if (caller.kind === "refused" && caller.status === 500) {`,
    },
  }),
];
