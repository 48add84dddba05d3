import pg from "pg";
import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault } from "../fault";
import { midSync, waitingChunk } from "../mid-sync";
import { appRole } from "../servers";
import type { System } from "../system";

/** Ends the application's sessions, because settings of its role only apply to new ones. */
async function renewSessions(system: System): Promise<void> {
  await system.query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1",
    [appRole],
  );
}

/**
 * A chunk waits for a row until the server gives it up, is tried again, is halved, and so on, until the row
 * is free at a moment that the seed decides: some targets fail for good in that run, or none.
 */
async function statementTimeout(system: System): Promise<void> {
  const canceled = system.random.below(8) + 1;
  await system.query(`ALTER ROLE ${appRole} SET statement_timeout = '150ms'`);
  try {
    await renewSessions(system);
    const { answer, release } = await midSync(system, { how: "locked" });
    let isOver = false;
    const answered = answer.finally(() => (isOver = true));
    await seeStatements(system, canceled + 1, () => isOver);
    await release();
    await answered;
  } finally {
    await system.query(`ALTER ROLE ${appRole} RESET statement_timeout`);
    await renewSessions(system);
  }
}

/**
 * Waits until so many statements have waited for the row, one after the other, or until the run is over:
 * the timeout may also hit a statement that fails the run.
 */
async function seeStatements(system: System, count: number, isOver: () => boolean): Promise<void> {
  const seen = new Set<string>();
  await waitUntil(
    async () => {
      for (const row of await system.query<{ started: string }>(
        `SELECT query_start::text AS started FROM (${waitingChunk}) AS chunk`,
      )) {
        seen.add(row.started);
      }
      return seen.size >= count || isOver();
    },
    { what: `${count} statements to be given up`, seconds: 60, every: 10 },
  );
}

const MOST_ATTEMPTS = 10;

/**
 * Another writer has locked a row that the chunk waits for, and asks for one that the chunk has locked. The
 * writer's deadlock time-out is longer, so that PostgreSQL gives up the chunk.
 */
async function deadlock(system: System): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const { answer, release, lock } = await midSync(system, { how: "locked" });
    const wanted = lock && (await rowOfChunk(system, lock.topicId));
    const gotIt = lock && wanted !== undefined && (await takeAway(system, lock.client, wanted));
    await release();
    await answer;
    if (gotIt) return;
  }
  throw new Error(`${MOST_ATTEMPTS} attempts ended in no deadlock`);
}

/** A row that the waiting chunk has written already, so that nobody else can lock it. */
async function rowOfChunk(system: System, locked: string): Promise<string | undefined> {
  const [row] = await system.query<{ topicId: string }>(
    `WITH free AS MATERIALIZED (
       SELECT "topicId" FROM forum_topic_view_stats WHERE dao_slug = $1 FOR UPDATE SKIP LOCKED
     )
     SELECT "topicId" FROM forum_topic_view_stats
     WHERE dao_slug = $1 AND "topicId" <> $2 AND "topicId" NOT IN (SELECT "topicId" FROM free)
     LIMIT 1`,
    [system.daoSlug, locked],
  );
  return row?.topicId;
}

/** Returns whether the row was locked, which is possible only once the chunk was given up. */
async function takeAway(system: System, writer: pg.Client, topicId: string): Promise<boolean> {
  await writer.query("SET LOCAL deadlock_timeout = '20s'; SET LOCAL lock_timeout = '3s'");
  try {
    await writer.query(
      `UPDATE forum_topic_view_stats SET views = views WHERE dao_slug = $1 AND "topicId" = $2`,
      [system.daoSlug, topicId],
    );
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "55P03") return false;
    throw error;
  }
}

/** Milliseconds that a chunk waits for a row: longer than its run's lease, shorter than its time-out. */
const LONG_WAIT = { least: 2_100, most: 3_000 };

/** A chunk in flight waits for longer than its run's lease, while the cron calls another process, too. */
async function lockWait(system: System): Promise<void> {
  const { answer, release } = await midSync(system, { how: "locked" });
  const other = system.sync();
  await system.moment(LONG_WAIT.most, LONG_WAIT.least);
  await release();
  const [first, second] = await Promise.all([answer, other]);
  if (first.status !== 200) {
    throw new Error(`The sync that waited was answered with ${first.status}`);
  }
  if (![200, 409].includes(second.status)) {
    throw new Error(`The other sync was answered with ${second.status}`);
  }
}

/**
 * Another session keeps a row locked for as long as it likes. The sync that meets it, and the next one,
 * persist everything else, and leave no session behind that is still waiting.
 */
async function lockedRow(system: System): Promise<void> {
  const { answer, lock, release } = await midSync(system, { how: "locked" });
  for (const { status, body } of [await answer, await system.sync()]) {
    // The kept views of the row's topic, and its new ones.
    if (status !== 200 || !body.summary || body.summary.failed > 2) {
      throw new Error(`A sync beside the lock of ${lock?.topicId}: ${JSON.stringify(body)}`);
    }
  }
  const left = await system.query(waitingChunk);
  if (left.length > 0) throw new Error(`${left.length} statements still wait for the row`);
  await release();
}

/** Larger chunks, in which the locked row is seldom the first. */
const largerChunks = { env: { SYNC_CHUNK_SIZE: "40" } };

export const lockFaults: Fault[] = [
  {
    name: "statement-timeout",
    what: "statement_timeout of the role ends a chunk, several times",
    strike: statementTimeout,
  },
  {
    name: "deadlock",
    what: "A competing writer on the same rows: deadlock, the chunk is given up",
    settings: largerChunks,
    strike: deadlock,
  },
  {
    name: "lock-wait",
    what: "A competing writer locks a row past the lease, the cron calls again",
    strike: lockWait,
  },
  {
    name: "locked-row",
    what: "Another session keeps a row through two syncs",
    settings: { env: { SYNC_LOCK_SECONDS: "1" } },
    strike: lockedRow,
  },
];
