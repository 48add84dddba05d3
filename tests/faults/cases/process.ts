import { waitUntil } from "../../../scripts/local/wait-until";
import type { AppServer } from "../../helpers/app-server";
import type { Fault } from "../fault";
import { breakSync, midSync, type SyncInFlight } from "../mid-sync";
import type { System } from "../system";
import { bothStores } from "../snapshot";

/** Kills the process in the middle of a sync; its successor has been started already. */
export async function killInMidSync(system: System): Promise<void> {
  let successor: Promise<AppServer> | undefined = system.startApp();
  // Rejections count as handled: it may never be awaited.
  successor.catch(() => undefined);
  await breakSync(system, async () => {
    const { app } = system;
    await system.moment(5);
    await system.killApp(app);
    system.app = await (successor ?? system.startApp());
    successor = undefined;
  });
}

/**
 * A process stops in mid-sync for longer than its lease, another one takes over, and the first one wakes
 * up: it must change nothing.
 */
async function stopPastLease(system: System): Promise<void> {
  const sleeper = system.app;
  system.app = await system.startApp();
  const { answer } = await stopInMidSync(system, sleeper);
  await system.traffic.stop();
  await system.syncAll();
  const before = await bothStores(system);
  process.kill(sleeper.pid, "SIGCONT");
  const { status } = await answer;
  if (status === 200) throw new Error("The zombie's sync was answered as a success");
  const after = await bothStores(system);
  const changed = Object.keys(before).filter((part) => before[part] !== after[part]);
  if (changed.length > 0) throw new Error(`The zombie has changed ${changed.join(", ")}`);
  await system.killApp(sleeper);
}

/**
 * Stops the process in a sync until another one has taken that over. Runs that come to their end just before the
 * signal does are let go.
 */
async function stopInMidSync(system: System, sleeper: AppServer): Promise<SyncInFlight> {
  for (;;) {
    const sync = await midSync(system, { app: sleeper });
    await system.moment(10);
    process.kill(sleeper.pid, "SIGSTOP");
    const [run] = await system.query<{ id: string }>(
      "SELECT id FROM sync_runs WHERE dao_slug = $1 AND status = 'running'",
      [system.daoSlug],
    );
    await sync.release();
    await waitUntil(async () => (await system.sync()).status === 200, {
      what: "the take-over",
      seconds: 30,
      every: 100,
    });
    const [takenOver] = await system.query(
      "SELECT FROM sync_runs WHERE id = $1 AND status = 'interrupted'",
      [run?.id ?? null],
    );
    if (takenOver) return sync;
    process.kill(sleeper.pid, "SIGCONT");
    await sync.answer;
  }
}

export const processFaults: Fault[] = [
  {
    name: "sigkill",
    what: "SIGKILL of the server process in mid-sync",
    rounds: 200,
    strike: killInMidSync,
  },
  {
    name: "sigstop",
    what: "SIGSTOP past the lease, take-over, SIGCONT",
    strike: stopPastLease,
  },
];
