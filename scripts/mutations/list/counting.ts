import type { Mutation } from "../mutation";
import { twinsAgree } from "./test-files";

const scripts = "app/counting/tracking-scripts.ts";
const target = "app/sync/target.ts";
const sorting = "app/sync/engine/sort-members.ts";

export const counting: Mutation[] = [
  {
    name: "count-once",
    guard: "A viewer counts once for a topic, however often the command arrives",
    file: scripts,
    find: "if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end",
    replace: "redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])",
    tests: [twinsAgree],
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
