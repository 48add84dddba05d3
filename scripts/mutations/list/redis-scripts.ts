import { guardsOf } from "../mutation";
import { inMemoryStores } from "./test-files";

export const redisScripts = [
  ...guardsOf("app/sync/redis/batch-scripts.ts", inMemoryStores, {
    "batch-is-adopted": {
      guard: "No batch is opened while one is open",
      find: "if id then return {'adopted'",
      replace: "if false then return {'adopted'",
    },
    "id-above-last-batch": {
      guard: "A batch id is above every id that Redis has given out",
      find: "id = integer(tonumber(last) + 1)",
      replace: "id = integer(tonumber(ARGV[1]) + 1)",
    },
    "regression-check": {
      guard: "A Redis that has lost an acknowledged batch opens no other",
      find: "if tonumber(last) < tonumber(ARGV[1]) then return {'regressed', last} end",
    },
    "wipe-check": {
      guard: "A Redis that knows no batch gets its books opened first",
      find: "if not last then return {'unopened'} end",
      replace: "last = last or ARGV[1]",
    },
    "close-by-id": {
      guard: "Only the batch that is meant is dropped",
      find: "if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end",
    },
    "books-opened-once": {
      guard: "The books are not opened over again by a caller that stalled",
      find: "if (last or '') ~= ARGV[4] then return -1 end",
    },
    "batch-of-before-is-dropped": {
      guard: "A batch that came back after a later one was taken is not taken again",
      find: "if open[1] and id < tonumber(ARGV[1]) then",
      replace: "if false then",
    },
    "taken-views-are-no-pending-ones": {
      guard: "What PostgreSQL has taken of the open batch is accepted once",
      find: "inBatch = inBatch - tonumber(ARGV[3])",
    },
    "overlay-dropped-by-decision": {
      guard: "The overlay is forgotten only where an admin decided so",
      find: "if ARGV[5] == '1' then",
      replace: "if true then",
    },
  }),
];
