import { readFile } from "node:fs/promises";
import type { BenchServers } from "../bench-servers";
import { makeTopics, type Contender, type Topics } from "./contenders";
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

/** Every round measures each contender once; each round begins with a different one. */
export async function alternate(
  servers: BenchServers,
  contenders: Contender[],
  tables: TablesBefore,
  rounds: number,
): Promise<Map<Contender, SyncSample[]>> {
  const topics = makeTopics(tables.size);
  const samples = new Map<Contender, SyncSample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of contenders.keys()) {
      const contender = contenders[(round + turn) % contenders.length]!;
      samples.get(contender)?.push(await measureOnce(servers, contender, tables, topics));
    }
  }
  return samples;
}

/** Prepares the stores, lets the contender sync, and checks the result. */
async function measureOnce(
  servers: BenchServers,
  contender: Contender,
  tables: TablesBefore,
  topics: Topics,
): Promise<SyncSample> {
  const { redis } = servers;
  await resetTables(servers, tables);
  await contender.prepare(topics);
  await redis.config("SET", "slowlog-log-slower-than", slowlogMicroseconds);
  await redis.config("SET", "slowlog-max-len", mostLogged);
  await redis.slowlog("RESET");
  const walBefore = await walBytes(servers);
  let seconds = 0;
  const sync = async () => {
    const started = performance.now();
    await contender.sync();
    seconds = (performance.now() - started) / 1_000;
  };
  const { pid } = contender;
  const peakBytes = pid === undefined ? void (await sync()) : await peakWhile(pid, sync);
  const written = (await walBytes(servers)) - walBefore;
  const longestRedisCommand = await longestCommand(servers);
  await contender.verify?.(topics);
  await verifyTables(servers, contender, tables.kind, topics);
  return { seconds, peakBytes, walBytes: written, longestRedisCommand };
}

/** All that PostgreSQL has ever written to its log. */
async function walBytes({ pool }: BenchServers): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes",
  );
  return Number(rows[0]?.bytes);
}

type SlowlogEntry = [id: number, time: number, microseconds: number, command: string[]];

async function longestCommand({ redis }: BenchServers): Promise<SyncSample["longestRedisCommand"]> {
  const entries = (await redis.slowlog("GET", mostLogged)) as SlowlogEntry[];
  return longest(
    entries
      .map(([, , microseconds, [command = ""]]) => ({
        milliseconds: microseconds / 1_000,
        command: command.toUpperCase(),
      }))
      // This command is the bench's own.
      .filter(({ command }) => command !== "SLOWLOG"),
  );
}

export function longest<Command extends { milliseconds: number }>(commands: Command[]) {
  return commands.toSorted((one, other) => other.milliseconds - one.milliseconds)[0];
}

/** Bytes of memory that a process holds. */
export async function residentBytes(pid: number): Promise<number> {
  const pages = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1];
  return Number(pages) * pageBytes;
}

/** The most that the process held while `action` ran. */
async function peakWhile(pid: number, action: () => Promise<void>): Promise<number> {
  let peak = 0;
  const sample = async () => {
    peak = Math.max(peak, await residentBytes(pid));
  };
  // A process that is gone fails the sync.
  const timer = setInterval(() => void sample().catch(() => undefined), sampleEveryMs);
  try {
    await action();
  } finally {
    clearInterval(timer);
  }
  await sample();
  return peak;
}
