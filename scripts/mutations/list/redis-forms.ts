import type { Mutation } from "../mutation";

const health = "app/server/health.server.ts";
const tests = ["tests/integration/redis-forms.test.ts"];

/** Redis as a cluster, and with masters that change. */
export const redisForms: Mutation[] = [
  {
    name: "ready-where-our-keys-are",
    guard: "Readiness asks the node of a cluster that has our keys",
    file: health,
    find: "redis.exists(keys.overlay)",
    replace: "redis.ping()",
    tests,
  },
  {
    name: "every-master-keeps-views",
    guard: "Every master of a cluster is looked at for settings that lose views",
    file: health,
    find: "mastersOf(redis).map",
    replace: "mastersOf(redis).slice(0, 1).map",
    tests,
  },
  {
    name: "demoted-is-away",
    guard: "A server that was demoted counts as away, and a view that it refuses as unknown",
    file: "app/platform/dependency-error.server.ts",
    find: "|\\bREADONLY\\b",
    replace: "",
    tests,
  },
  {
    name: "leave-the-demoted",
    guard: "The connection to a server that was demoted is given up",
    file: "app/platform/redis.server.ts",
    find: "reconnectOnError: isDemoted,",
    replace: "",
    tests,
  },
  {
    name: "own-authority",
    guard: "Redis's certificate must come from the authority that is named, and ours is shown",
    file: "app/platform/redis.server.ts",
    find: "isTls ? { ...connection.tls } : undefined",
    replace: "isTls ? { rejectUnauthorized: false } : undefined",
    tests,
  },
  {
    name: "batch-moves-as-a-whole",
    guard:
      "Nothing of a batch is settled while a cluster has moved its members and not yet the rest",
    file: "app/sync/redis/redis-batch-store.server.ts",
    find: "[...this.#scriptKeys, this.#keys.batchMembers(batch)]",
    replace: "this.#scriptKeys",
    tests,
  },
  {
    name: "no-old-counters-in-a-cluster",
    guard: "Old counters are refused with a cluster at the start",
    file: "app/platform/environment.server.ts",
    find: '      kind === "cluster",\n',
    replace: "      false,\n",
    tests: ["app/platform/environment.test.ts"],
  },
];
