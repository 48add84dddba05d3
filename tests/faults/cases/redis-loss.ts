import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault } from "../fault";
import { midSync } from "../mid-sync";
import type { System } from "../system";

/** Milliseconds for which Redis is full. */
const FULL = 500;

/** Redis is full, and says so: views are refused, and a sync fails or goes on, and nothing is lost. */
async function redisFull(system: System): Promise<void> {
  const { answer, release } = await midSync(system);
  await system.moment(10);
  await system.redis.config("SET", "maxmemory", "1");
  try {
    await release();
    const refusals = system.traffic.refused;
    await system.moment(FULL, 100);
    await system.sync();
    await waitUntil(() => system.traffic.refused > refusals, {
      what: "a full Redis to refuse a view",
      seconds: 10,
    });
  } finally {
    await system.redis.config("SET", "maxmemory", "0");
  }
  await answer;
}

/** Reads everything that is pending, per target, and deletes it in the same moment. */
const wipe = `
local overlay = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local batch = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
redis.call('FLUSHALL')
return {overlay, batch}
`;

/** What was pending is lost, the product says so, and whatever is persisted stays. */
async function flushAll(system: System): Promise<void> {
  const { keys, redis, log, daoSlug } = system;
  const { answer, release } = await midSync(system);
  await system.moment(10);
  const wiped = (await redis.eval(wipe, 2, keys.overlay, keys.batchMembers)) as [
    string[],
    string[],
  ];
  // PostgreSQL may have taken any share of the batch already.
  for (const members of wiped) {
    for (let index = 0; index < members.length; index += 2) {
      log.risk(members[index]!.replace("forum_topic:", ""), Number(members[index + 1]));
    }
  }
  system.readers.forget();
  await release();
  await answer;
  const [before] = await system.query<{ runs: number }>(warnings, [daoSlug]);
  await system.traffic.stop();
  await system.traffic.send(20);
  await system.syncAll();
  const [after] = await system.query<{ runs: number }>(warnings, [daoSlug]);
  if (!before || !after || after.runs <= before.runs) {
    throw new Error("No run says that Redis was wiped");
  }
}

const warnings = `
SELECT count(*)::int AS runs FROM sync_runs
WHERE dao_slug = $1 AND warning LIKE 'Redis had lost all its data%'`;

export const redisLossFaults: Fault[] = [
  {
    name: "redis-full",
    what: "Redis reaches maxmemory (noeviction) in mid-sync",
    strike: redisFull,
  },
  { name: "redis-flushall", what: "FLUSHALL in mid-sync", strike: flushAll },
];
