import type { Mutation } from "../mutation";

/** What the files to deploy with must not lose. */
export const deployment: Mutation[] = [
  {
    name: "image-can-migrate",
    guard: "The image holds what its commands read",
    file: "Dockerfile",
    find: "COPY scripts/database scripts/database\n",
    replace: "",
    tests: ["tests/ops/image.test.ts"],
  },
  {
    name: "compose-redis-keeps",
    guard: "Redis evicts no views",
    file: "compose.yaml",
    find: "noeviction",
    replace: "allkeys-lru",
    tests: ["tests/ops/deployment.test.ts"],
  },
];
