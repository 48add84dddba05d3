import type { Stage } from "../stage";
import { peakWhile } from "../process-memory";
import type { Contender } from "./contenders";
import { resetTables, verifyTables, type Kind } from "./tables";
import type { Topics } from "./topics";

/** One sync of one contender. */
export interface SyncSample {
  seconds: number;
  walBytes: number;
  /** Resident memory of the contender's process at its peak. */
  peakBytes: number | undefined;
  longestRedisCommand: { milliseconds: number; command: string } | undefined;
}

/** Only what takes longer is logged by Redis, so that the log itself costs nothing. */
const slowlogMicroseconds = 500;
const mostLogged = 10_000;

/** Brings the stores into the state before, lets the contender sync, and checks what came of it. */
export async function measureOnce(
  stage: Stage,
  contender: Contender,
  kind: Kind,
  topics: Topics,
): Promise<SyncSample> {
  const { pool, redis } = stage;
  await resetTables(stage, kind, topics.ids.length);
  await contender.prepare(topics);
  await redis.config("SET", "slowlog-log-slower-than", slowlogMicroseconds);
  await redis.config("SET", "slowlog-max-len", mostLogged);
  await redis.slowlog("RESET");
  const before = await walPosition(stage);
  const sync = async () => {
    const started = performance.now();
    await contender.sync(topics);
    return (performance.now() - started) / 1_000;
  };
  const { result: seconds, peakBytes } =
    contender.pid === undefined
      ? { result: await sync(), peakBytes: undefined }
      : await peakWhile(contender.pid, sync);
  const { rows } = await pool.query<{ bytes: string }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1) AS bytes",
    [before],
  );
  const longestRedisCommand = await longestCommand(stage);
  await contender.verify(topics);
  await verifyTables(stage, contender, kind, topics);
  return { seconds, peakBytes, walBytes: Number(rows[0]?.bytes), longestRedisCommand };
}

async function walPosition({ pool }: Stage): Promise<string> {
  const { rows } = await pool.query<{ position: string }>(
    "SELECT pg_current_wal_insert_lsn()::text AS position",
  );
  return rows[0]?.position ?? "";
}

type SlowlogEntry = [id: number, time: number, microseconds: number, command: string[]];

async function longestCommand({ redis }: Stage): Promise<SyncSample["longestRedisCommand"]> {
  const entries = (await redis.slowlog("GET", mostLogged)) as SlowlogEntry[];
  const [longest] = entries
    .map(([, , microseconds, [command = ""]]) => ({
      milliseconds: microseconds / 1_000,
      command: command.toUpperCase(),
    }))
    // The bench's own.
    .filter(({ command }) => command !== "SLOWLOG")
    .sort((one, other) => other.milliseconds - one.milliseconds);
  return longest;
}
