import { readFile } from "node:fs/promises";
import type { BenchServers } from "../bench-servers";
import type { Contender, Topics } from "./contenders";
import { resetTables, verifyTables, type TablesBefore } from "./tables";

/** One sync of one contender. */
export interface SyncSample {
  seconds: number;
  walBytes: number;
  /** Resident memory of the contender's process at its peak. */
  peakBytes: number | undefined;
  longestRedisCommand: { milliseconds: number; command: string } | undefined;
}

/** Redis logs only commands that take longer, so that the log itself costs nothing. */
const slowlogMicroseconds = 500;
const mostLogged = 10_000;
const pageBytes = 4_096;
const sampleEveryMs = 20;

/** Prepares the stores, lets the contender sync, and checks the result. */
export async function measureOnce(
  servers: BenchServers,
  contender: Contender,
  tables: TablesBefore,
  topics: Topics,
): Promise<SyncSample> {
  const { pool, redis } = servers;
  await resetTables(servers, tables);
  await contender.prepare(topics);
  await redis.config("SET", "slowlog-log-slower-than", slowlogMicroseconds);
  await redis.config("SET", "slowlog-max-len", mostLogged);
  await redis.slowlog("RESET");
  const before = await walPosition(servers);
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
  const longestRedisCommand = await longestCommand(servers);
  await contender.verify(topics);
  await verifyTables(servers, contender, tables.kind, topics);
  return { seconds, peakBytes, walBytes: Number(rows[0]?.bytes), longestRedisCommand };
}

async function walPosition({ pool }: BenchServers): Promise<string> {
  const { rows } = await pool.query<{ position: string }>(
    "SELECT pg_current_wal_insert_lsn()::text AS position",
  );
  return rows[0]?.position ?? "";
}

type SlowlogEntry = [id: number, time: number, microseconds: number, command: string[]];

async function longestCommand({ redis }: BenchServers): Promise<SyncSample["longestRedisCommand"]> {
  const entries = (await redis.slowlog("GET", mostLogged)) as SlowlogEntry[];
  const [longest] = entries
    .map(([, , microseconds, [command = ""]]) => ({
      milliseconds: microseconds / 1_000,
      command: command.toUpperCase(),
    }))
    // This command is the bench's own.
    .filter(({ command }) => command !== "SLOWLOG")
    .sort((one, other) => other.milliseconds - one.milliseconds);
  return longest;
}

/** Every round measures each contender once; each round begins with a different one. */
export async function alternate(
  servers: BenchServers,
  contenders: Contender[],
  tables: TablesBefore,
  topics: Topics,
  rounds: number,
): Promise<Map<Contender, SyncSample[]>> {
  const samples = new Map<Contender, SyncSample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of contenders.keys()) {
      const contender = contenders[(round + turn) % contenders.length]!;
      samples.get(contender)?.push(await measureOnce(servers, contender, tables, topics));
    }
  }
  return samples;
}

/** Bytes of memory that a process holds; undefined where there is no /proc to ask. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const pages = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1];
    return Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}

/** The most that the process held while `action` ran. */
async function peakWhile<T>(
  pid: number,
  action: () => Promise<T>,
): Promise<{ result: T; peakBytes: number | undefined }> {
  let peakBytes = await residentBytes(pid);
  const sample = async () => {
    const now = await residentBytes(pid);
    if (now !== undefined && now > (peakBytes ?? 0)) peakBytes = now;
  };
  const timer = setInterval(() => void sample(), sampleEveryMs);
  try {
    const result = await action();
    await sample();
    return { result, peakBytes };
  } finally {
    clearInterval(timer);
  }
}
