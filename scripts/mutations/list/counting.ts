import type { Mutation } from "../mutation";
import { inMemoryStores } from "./test-files";

const scripts = "app/counting/tracking-scripts.ts";
const target = "app/sync/target.ts";

export const counting: Mutation[] = [
  {
    name: "count-once",
    guard: "A viewer counts once for a topic, however often the command arrives",
    file: scripts,
    find: "if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end",
    replace: "redis.call('SET', KEYS[1], '1', 'EX', ARGV[2])",
    tests: [inMemoryStores],
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
