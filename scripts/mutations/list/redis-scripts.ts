import type { Mutation } from "../mutation";
import { inMemoryStores, syncEngine } from "./test-files";

const file = "app/sync/redis/batch-scripts.ts";

export const redisScripts: Mutation[] = [
  {
    name: "batch-is-adopted",
    guard: "No batch is opened while one is open",
    file,
    find: "if id then return {'adopted'",
    replace: "if false then return {'adopted'",
    tests: [inMemoryStores],
  },
  {
    name: "id-above-last-batch",
    guard: "A batch id is above every id that Redis has given out",
    file,
    find: "id = integer(tonumber(last) + 1)",
    replace: "id = integer(tonumber(ARGV[1]) + 1)",
    tests: [inMemoryStores],
  },
  {
    name: "regression-check",
    guard: "A Redis that has lost an acknowledged batch opens no other",
    file,
    find: "if tonumber(last) < tonumber(ARGV[1]) then return {'regressed', last} end",
    replace: "",
    tests: [inMemoryStores],
  },
  {
    name: "wipe-check",
    guard: "A Redis that knows no batch gets its books opened first",
    file,
    find: "if not last then return {'unopened'} end",
    replace: "last = last or ARGV[1]",
    tests: [inMemoryStores],
  },
  {
    name: "wrong-type-is-moved-aside",
    guard: "A value of a wrong type at the overlay does not stop the syncs",
    file,
    find: "if kind ~= 'none' and kind ~= 'zset' then",
    replace: "if false then",
    tests: [syncEngine],
  },
  {
    name: "close-by-id",
    guard: "Only the batch that is meant is dropped",
    file,
    find: "if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end",
    replace: "",
    tests: [inMemoryStores],
  },
  {
    name: "books-opened-once",
    guard: "The books are not opened over again by a caller that stalled",
    file,
    find: "if (last or '') ~= ARGV[4] then return -1 end",
    replace: "",
    tests: [inMemoryStores],
  },
  {
    name: "batch-of-before-is-dropped",
    guard: "A batch that came back after a later one was taken is not taken again",
    file,
    find: "if open[1] and id < tonumber(ARGV[1]) then",
    replace: "if false then",
    tests: [inMemoryStores],
  },
  {
    name: "taken-views-are-no-pending-ones",
    guard: "What PostgreSQL has taken of the open batch is accepted once",
    file,
    find: "inBatch = inBatch - tonumber(ARGV[3])",
    replace: "",
    tests: [inMemoryStores],
  },
  {
    name: "overlay-dropped-by-decision",
    guard: "The overlay is forgotten only where an admin decided so",
    file,
    find: "if ARGV[5] == '1' then",
    replace: "if true then",
    tests: [inMemoryStores],
  },
];
