import type { Redis } from "ioredis";
import type { ViewKeys } from "~/sync/redis/view-keys";
import { midSync, type SyncInFlight } from "../mid-sync";
import type { System } from "../system";

export async function isMaster(server: Redis): Promise<boolean> {
  return (await server.info("replication").catch(() => "")).includes("role:master");
}

/** Waits until a replica has all that this master has acknowledged. */
export async function caughtUp(master: Redis, keys: ViewKeys): Promise<void> {
  // WAIT only covers writes of its own connection.
  await master.set(`${keys.overlay}:last-write-before-the-failover`, "1", "EX", 60);
  const replicas = await master.wait(1, 10_000);
  if (replicas !== 1) throw new Error("The replica did not follow");
}

/**
 * Catches a sync with a chunk in flight, and stops the traffic meanwhile: replication is asynchronous, and
 * what a master acknowledges in its last moment is lost with it.
 */
export async function withoutTraffic(
  system: System,
  fault: (sync: SyncInFlight) => Promise<void>,
): Promise<void> {
  const sync = await midSync(system, { how: "locked" });
  await system.traffic.stop();
  await fault(sync);
  system.traffic.start();
}
