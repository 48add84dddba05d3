import { setTimeout as pause } from "node:timers/promises";
import { waitUntil } from "../../scripts/local/wait-until";
import { appRole } from "./servers";
import type { LockedTopic, System, SyncAnswer } from "./system";

/** A run has at least so many targets, so that it has a middle. */
const PENDING = 250;
const MOST_ATTEMPTS = 200;

export interface SyncInFlight {
  /** The answer that the caller gets. */
  answer: Promise<SyncAnswer>;
  /** The row that a chunk waits for, if one was made to wait. */
  lock: LockedTopic | undefined;
  /** Releases the row that a statement waits for; does nothing if none does. */
  release: () => Promise<void>;
}

export interface MiddleOptions {
  /**
   * `locked`: a chunk's statement is in flight and waits for a row; `running`: the run goes on all the
   * while. The seed decides when neither is given.
   */
  how?: "locked" | "running";
  app?: System["app"];
}

/**
 * Calls the sync as the cron does until a run is in its middle: some targets are flushed, and more are
 * to come.
 */
export async function midSync(
  system: System,
  { how = system.random.pick(["locked", "running"]), app = system.app }: MiddleOptions = {},
): Promise<SyncInFlight> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    await enoughPending(system);
    const lock = how === "locked" ? await system.lock(await topicInTheMiddle(system)) : undefined;
    const isInMiddle = await middleOfNextRun(system, lock);
    let isAnswered = false;
    const answer = system.sync(app).finally(() => (isAnswered = true));
    while (!isAnswered) {
      if (await isInMiddle()) return { answer, lock, release: async () => lock?.release() };
      await pause(1);
    }
    await lock?.release();
    // A run that was broken off keeps its lease for a while.
    if ((await answer).status !== 200) await pause(50);
  }
  throw new Error(`No sync of ${MOST_ATTEMPTS} was caught in its middle`);
}

const MOST_STRIKES = 20;

/**
 * Causes a fault in the middle of a sync, and again in another one, until a sync ends differently than
 * without it.
 */
export async function breakSync(
  system: System,
  strike: (sync: SyncInFlight) => Promise<void>,
): Promise<void> {
  for (let strikes = 0; strikes < MOST_STRIKES; strikes += 1) {
    const sync = await midSync(system);
    await strike(sync);
    await sync.release();
    if ((await sync.answer).status !== 200) return;
  }
  throw new Error(`None of ${MOST_STRIKES} syncs was broken`);
}

async function enoughPending({ redis, keys }: System): Promise<void> {
  await waitUntil(async () => (await redis.zcard(keys.overlay)) >= PENDING, {
    what: `${PENDING} targets to be pending`,
    seconds: 30,
    every: 10,
  });
}

/** A topic that is neither among the first nor among the last that the next batch would flush. */
async function topicInTheMiddle({ redis, keys, random }: System): Promise<string> {
  const targets = await redis.zrange(keys.overlay, "0", "-1");
  const rank = Math.floor(targets.length * (0.3 + 0.5 * random.fraction()));
  return (targets[rank] ?? "forum_topic:t0").replace("forum_topic:", "");
}

async function middleOfNextRun(
  system: System,
  lock: LockedTopic | undefined,
): Promise<() => Promise<boolean>> {
  const { daoSlug } = system;
  const [row] = await system.query<{ last: string | null }>(
    "SELECT max(id) AS last FROM sync_runs WHERE dao_slug = $1",
    [daoSlug],
  );
  const waiting = lock ? `AND EXISTS (${waitingChunk})` : "";
  const statement = `SELECT FROM sync_runs WHERE dao_slug = $1 AND id > $2 AND status = 'running'
    AND flushed > 0 AND flushed < total ${waiting}`;
  return async () => (await system.query(statement, [daoSlug, row?.last ?? "0"])).length > 0;
}

/** A chunk that waits for a lock. */
export const waitingChunk = `
  SELECT pid, query_start FROM pg_stat_activity
  WHERE usename = '${appRole}' AND wait_event_type = 'Lock' AND query LIKE '%forum_topic_view_stats AS stats%'`;
