import type { Mutation } from "../mutation";
import { twinsAgree, viewers } from "./test-files";

const scripts = "app/counting/tracking-scripts.ts";
const names = "app/counting/viewer.server.ts";
const target = "app/sync/target.ts";
const sorting = "app/sync/engine/sort-members.ts";

const legacy = "tests/integration/legacy-counters.test.ts";

export const counting: Mutation[] = [
  {
    name: "adopted-with-its-key",
    guard: "An old counter that was moved is gone",
    file: scripts,
    find: "redis.call('DEL', key)",
    replace: "",
    tests: [legacy],
    build: true,
  },
  {
    name: "adopted-views-are-accepted",
    guard: "Views of an old counter are in the books",
    file: scripts,
    find: "redis.call('INCRBY', KEYS[2], text)",
    replace: "",
    tests: [legacy],
    build: true,
  },
  {
    name: "adopts-whole-numbers",
    guard: "What is no whole number of views is left alone",
    file: scripts,
    find: "if not string.match(text, '^[1-9]%d*$') or #text > 15 then",
    replace: "if false then",
    tests: [legacy],
    build: true,
  },
  {
    name: "count-once",
    guard: "A viewer counts once for a topic, however often the command arrives",
    file: scripts,
    find: "if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end",
    replace: "redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])",
    tests: [twinsAgree],
  },
  {
    name: "dedup-ends",
    guard: "A viewer counts again when the window is over",
    file: scripts,
    find: "'1', 'NX', 'EX', ARGV[2]",
    replace: "'1', 'NX'",
    tests: [viewers],
  },
  {
    name: "yesterdays-name",
    guard: "A viewer is known by the name from before midnight",
    file: scripts,
    find: "if KEYS[5] and redis.call('EXISTS', KEYS[5]) == 1 then return 0 end",
    replace: "",
    tests: [viewers],
  },
  {
    name: "yesterdays-salt",
    guard: "The name from before midnight is made with yesterday's salt",
    file: names,
    find: "utcDay(new Date(now.getTime() - DAY))",
    replace: "utcDay(now)",
    tests: [viewers],
  },
  {
    name: "salt-is-shared",
    guard: "All processes name a viewer with the same salt",
    file: scripts,
    find: "ARGV[1], 'NX', 'EX'",
    replace: "ARGV[1], 'EX'",
    tests: [viewers],
  },
  {
    name: "salt-is-forgotten",
    guard: "A day's salt is gone after two days",
    file: scripts,
    find: "ARGV[1], 'NX', 'EX', ARGV[2]",
    replace: "ARGV[1], 'NX'",
    tests: [viewers],
  },
  {
    name: "address-in-lower-case",
    guard: "An address is one viewer, whatever its case",
    file: names,
    find: "address.toLowerCase()",
    replace: "address",
    tests: [viewers],
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
  {
    name: "names-of-one-topic",
    guard: "Two names of a topic are never applied in one batch",
    file: sorting,
    find: "sorted.aliases.push({ member, canonical: reading.canonical });",
    replace:
      "sorted.applicable.push({ target: member, topicId: reading.canonical.slice(12), views });",
    tests: [twinsAgree],
  },
  {
    name: "count-fits-the-column",
    guard: "A count that no row can hold fails before the database is asked",
    file: sorting,
    find: "if (views > MOST_VIEWS)",
    replace: "if (views > 1e300)",
    tests: ["app/sync/engine/sort-members.test.ts"],
  },
  {
    name: "count-is-a-count",
    guard: "Fractions and numbers below one are no views",
    file: sorting,
    find: "!Number.isSafeInteger(views) || views <= 0",
    replace: "Number.isNaN(views)",
    tests: ["app/sync/engine/sort-members.test.ts"],
  },
];
