import { waitUntil } from "../../../scripts/local/wait-until";
import type { Fault } from "../fault";
import { breakSync, midSync } from "../mid-sync";
import { appRole } from "../servers";
import type { System } from "../system";

/** How long PostgreSQL takes no connection. */
const NO_CONNECTION_MS = 600;

/** "Too many connections": existing ones are ended, and for a while no new one is accepted. */
function tooManyConnections(system: System): Promise<void> {
  return breakSync(system, async ({ release }) => {
    await system.query(`ALTER ROLE ${appRole} CONNECTION LIMIT 0`);
    try {
      await system.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
        [appRole],
      );
      await release();
      await system.moment(NO_CONNECTION_MS);
    } finally {
      await system.query(`ALTER ROLE ${appRole} CONNECTION LIMIT -1`);
    }
  });
}

/** Sessions of the application that wait for a lock. */
const waitingSessions = `
  SELECT FROM pg_stat_activity WHERE usename = '${appRole}' AND wait_event_type = 'Lock'`;

/**
 * Another session locks the table in mid-sync: the sync waits with its connection, a reader with the other
 * one, and the next reader gets none until its time-out.
 */
async function poolExhausted(system: System): Promise<void> {
  const { answer, release } = await midSync(system, { how: "locked" });
  const client = await system.pool.connect();
  try {
    await client.query("BEGIN");
    // It gets the lock between the chunk that waits for a row and the next one.
    const locked = client.query("LOCK TABLE forum_topic_view_stats IN ACCESS EXCLUSIVE MODE");
    await until("a reader to wait behind the lock of the table", () => hasWaiting(system, 2));
    await release();
    await locked;
    await until("both connections to wait for the table", () => hasWaiting(system, 2));
    const { unanswered } = system.readers;
    await until(
      "somebody to do without a connection",
      () => system.readers.unanswered > unanswered,
    );
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
  await answer;
}

async function hasWaiting(system: System, sessions: number): Promise<boolean> {
  return (await system.query(waitingSessions)).length >= sessions;
}

function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  return waitUntil(isSo, { what, seconds: 10, every: 5 });
}

/** Milliseconds until PostgreSQL is awake: longer than readers wait for it, shorter than a sync does. */
const ASLEEP = { least: 3_500, most: 5_500 };

/** A hosted PostgreSQL that has gone to sleep: its connections are gone, and a new one waits until it is awake. */
async function asleep(system: System): Promise<void> {
  const { database } = system.links;
  const { unanswered } = system.readers;
  database.stall();
  database.reset();
  const answer = system.sync();
  await system.moment(ASLEEP.most, ASLEEP.least);
  await until("a reader to be told", () => system.readers.unanswered > unanswered);
  database.restore();
  const { status, body } = await answer;
  if (status !== 200 || !body.summary?.flushed) {
    throw new Error(`The sync that woke it: ${status} ${JSON.stringify(body)}`);
  }
}

export const connectionFaults: Fault[] = [
  {
    name: "too-many-connections",
    what: "PostgreSQL refuses the role's connections in mid-sync",
    strike: tooManyConnections,
  },
  {
    name: "pool-exhausted",
    what: "Two connections in the pool, both waiting for a locked table",
    settings: { env: { DATABASE_POOL_SIZE: "2" } },
    strike: poolExhausted,
  },
  {
    name: "postgres-asleep",
    what: "PostgreSQL has to wake up first: its connections are gone, new ones wait for seconds",
    settings: { withLinks: true },
    strike: asleep,
  },
];
