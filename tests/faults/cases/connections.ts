import type { Fault } from "../fault";
import { breakSync, midSync } from "../mid-sync";
import { appRole } from "../servers";
import type { Stage } from "../stage";

/** Milliseconds that PostgreSQL takes no connection. */
const NO_CONNECTION = 600;

/** "Too many connections": those that are there end, and no new one is let in for a while. */
function tooManyConnections(stage: Stage): Promise<void> {
  return breakSync(stage, async ({ release }) => {
    await stage.query(`ALTER ROLE ${appRole} CONNECTION LIMIT 0`);
    try {
      await stage.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
        [appRole],
      );
      await release();
      await stage.moment(NO_CONNECTION);
    } finally {
      await stage.query(`ALTER ROLE ${appRole} CONNECTION LIMIT -1`);
    }
  });
}

/** Milliseconds that readers keep the pool busy: longer than anybody waits for a connection. */
const BUSY = { least: 3_100, most: 3_500 };

/** Somebody locks the table: readers wait with all of the pool's connections, and the sync gets none. */
async function poolExhausted(stage: Stage): Promise<void> {
  const { answer } = await midSync(stage, { how: "running" });
  const { unanswered } = stage.readers;
  const client = await stage.pool.connect();
  try {
    await client.query("BEGIN; LOCK TABLE forum_topic_view_stats IN ACCESS EXCLUSIVE MODE");
    await stage.moment(BUSY.most, BUSY.least);
    await client.query("ROLLBACK");
  } finally {
    client.release();
  }
  const { status } = await answer;
  if (status === 200 && stage.readers.unanswered === unanswered) {
    throw new Error("Nobody had to do without a connection");
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
    stage: { env: { DATABASE_POOL_SIZE: "2" } },
    strike: poolExhausted,
  },
];
