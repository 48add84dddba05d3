import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Redis } from "ioredis";
import { startGuarded } from "../../scripts/local/guarded-process";
import { freePort } from "../../scripts/local/ports";
import { ensureSystemProgram } from "../../scripts/local/system-packages";
import { waitUntil } from "../../scripts/local/wait-until";
import { temporaryFolder } from "../helpers/servers";
import { directClient, startRestartableRedis, type RestartableRedis } from "./servers";

const SENTINELS = 3;
const QUORUM = 2;
export const MASTER = "forum";
/**
 * Milliseconds without an answer after which a server counts as failed. On a machine that is short of everything a
 * master may be silent for seconds, and to replace it then would lose views by no fault of the application: so the
 * Sentinels are impatient only while a master is meant to fail.
 */
const DOWN_AFTER_MS = 60_000;
const IMPATIENT_DOWN_AFTER_MS = 2_000;

export interface RedisSentinels {
  /** The URL in the form of `REDIS_URL`. */
  url: string;
  /** The suite's own client, which follows the master. */
  client: Redis;
  /** A client of a Sentinel. */
  sentinel: Redis;
  master: string;
  /** The master according to the Sentinels, and the server that would take over. */
  roles(): Promise<{ master: RestartableRedis; replica: RestartableRedis }>;
  /** The Sentinels replace a master that is silent for a moment, until `stable`. */
  expectFailure(): Promise<void>;
  /** Waits until the replica follows its master, and the Sentinels know that. */
  stable(): Promise<void>;
  stop(): Promise<void>;
}

/** A master, its replica and three Sentinels, on free ports of the loopback interface. */
export async function startRedisSentinels(): Promise<RedisSentinels> {
  const stops: Array<() => Promise<unknown> | void> = [];
  const stop = async () => {
    for (const each of stops) await each();
  };
  const connected = (client: Redis) => {
    stops.unshift(() => client.disconnect());
    return client;
  };
  try {
    const servers: RestartableRedis[] = [];
    for (let index = 0; index < 2; index += 1) {
      const server = await startRestartableRedis();
      stops.push(() => server.remove());
      servers.push(server);
    }
    const [first, second] = servers as [RestartableRedis, RestartableRedis];
    await second.client.replicaof("127.0.0.1", first.port);
    const ports: number[] = [];
    for (let index = 0; index < SENTINELS; index += 1) {
      const folder = await temporaryFolder();
      const sentinel = await startSentinel(folder, first.port);
      stops.push(() => sentinel.stop());
      stops.push(() => rm(folder, { recursive: true, force: true }));
      ports.push(sentinel.port);
    }
    const client = connected(
      new Redis({
        name: MASTER,
        sentinels: ports.map((port) => ({ host: "127.0.0.1", port })),
        protocol: 2,
        retryStrategy: () => 50,
      }),
    );
    client.on("error", () => {});
    const sentinels = ports.map((port) => connected(directClient(port)));
    const sentinel = sentinels[0]!;
    const roles = () => rolesNow(sentinel, servers);
    const url = `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${MASTER}`;
    const stable = async () => {
      await waitUntilStable(sentinels, roles);
      await setDownAfter(sentinels, DOWN_AFTER_MS);
    };
    await stable();
    const expectFailure = () => setDownAfter(sentinels, IMPATIENT_DOWN_AFTER_MS);
    return { url, client, sentinel, master: MASTER, roles, expectFailure, stable, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One Sentinel of `MASTER`, with further lines of configuration. */
export async function startSentinel(folder: string, masterPort: number, further: string[] = []) {
  const port = await freePort();
  // A Sentinel writes what it learns into its configuration.
  const configuration = path.join(folder, "sentinel.conf");
  await writeFile(
    configuration,
    [
      ...[`port ${port}`, "bind 127.0.0.1", `dir ${folder}`],
      `sentinel monitor ${MASTER} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER} 6000`,
      ...further,
    ].join("\n"),
  );
  const server = await startGuarded({
    command: await ensureSystemProgram("redis"),
    args: [configuration, "--sentinel"],
    cwd: folder,
    stopSignal: "SIGTERM",
    record: path.join(folder, "sentinel.process.json"),
    logFile: path.join(folder, "sentinel.log"),
  });
  return { port, stop: () => server.stop() };
}

async function setDownAfter(sentinels: Redis[], milliseconds: number): Promise<void> {
  for (const sentinel of sentinels) {
    await sentinel.call("SENTINEL", "SET", MASTER, "down-after-milliseconds", milliseconds);
  }
}

async function rolesNow(sentinel: Redis, servers: RestartableRedis[]) {
  const [, port] = (await sentinel.call("SENTINEL", "get-master-addr-by-name", MASTER)) as string[];
  const master = servers.find((server) => server.port === Number(port));
  const replica = servers.find((server) => server !== master);
  if (!master || !replica) throw new Error("The Sentinels name no master of ours");
  return { master, replica };
}

async function waitUntilStable(sentinels: Redis[], roles: RedisSentinels["roles"]): Promise<void> {
  const isSettled = async () => {
    const { master, replica } = await roles();
    if (!(await replica.client.info("replication")).includes("master_link_status:up")) return false;
    if (!(await master.client.info("replication")).includes("connected_slaves:1")) return false;
    const known = await Promise.all(sentinels.map((redis) => redis.info("sentinel")));
    const isWell = `status=ok,address=127.0.0.1:${master.port},slaves=1,sentinels=${SENTINELS}`;
    return known.every((info) => info.includes(isWell));
  };
  await waitUntil(() => isSettled().catch(() => false), {
    what: "the Sentinels to know master and replica",
    seconds: 120,
    every: 50,
  });
}
