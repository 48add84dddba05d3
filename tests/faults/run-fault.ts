import { findSystemProgram, howToGet } from "../../scripts/local/system-packages";
import { checkSystem } from "./check";
import type { Fault, PreparedFault } from "./fault";
import type { FaultServers } from "./servers";
import { System } from "./system";

export const nothingYet = {
  /** How often it was done. */
  times: 0,
  /** Syncs that failed or were cut off. */
  brokenSyncs: 0,
  /** Views that were answered as counted. */
  accepted: 0,
  /** Views whose senders do not know whether they were counted. */
  ambiguous: 0,
  persisted: 0,
  /** Views lost and doubled, compared with the answers to their senders. */
  lost: 0,
  doubled: 0,
  /**
   * Views that are lost (below 0) or doubled because a server lost what it had acknowledged. They are
   * accounted for: each of them is known, or an upper limit is.
   */
  accountedFor: 0,
  atRisk: 0,
  /** Rounds after which the syncs ended with balanced books. */
  balanced: 0,
  /** Counts in answers to readers that were checked. */
  reads: 0,
  seconds: 0,
};

export type FaultResult = typeof nothingYet & {
  name: string;
  what: string;
  /** Why the fault was skipped, if it was. */
  skipped?: string;
  problems: string[];
};

/** Does a fault again and again under traffic, and checks the promise after each time. */
export async function runFault(
  fault: Fault,
  options: {
    servers: FaultServers;
    rounds: number;
    seed: number;
    onRound?: (round: number) => void;
  },
): Promise<FaultResult> {
  const { servers, rounds, seed } = options;
  const started = performance.now();
  const { name, what } = fault;
  const result: FaultResult = { name, what, ...nothingYet, problems: [] };
  if (fault.needs && !findSystemProgram(fault.needs)) {
    return { ...result, skipped: howToGet(fault.needs) };
  }
  const nothingStarted = { stop: () => Promise.resolve() };
  const { settings, strike, stop } =
    "prepare" in fault ? await fault.prepare(servers) : { ...fault, ...nothingStarted };
  try {
    const system = await System.open({ servers, seed, ...settings });
    try {
      for (let round = 1; round <= rounds; round += 1) {
        await playRound(system, strike, result);
        options.onRound?.(round);
      }
    } catch (error) {
      // A fault that could not be caused leaves the servers in an unknown state, so there are no more rounds.
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      result.problems.push(`Round ${result.times + 1} broke off: ${reason}`);
    } finally {
      await system.close();
    }
  } finally {
    await stop();
  }
  result.seconds = (performance.now() - started) / 1_000;
  return result;
}

async function playRound(
  system: System,
  strike: PreparedFault["strike"],
  result: FaultResult,
): Promise<void> {
  system.traffic.start();
  system.readers.start();
  await strike(system);
  await system.traffic.stop();
  result.times += 1;
  // Readers continue while the syncs catch up.
  await system.ready();
  await system.syncAll();
  await system.readers.stop();
  const { deviations, problems, isBalanced } = await checkSystem(system);
  if (isBalanced) result.balanced += 1;
  for (const { persisted, least, most } of deviations) {
    result.lost += Math.max(0, least - persisted);
    result.doubled += Math.max(0, persisted - most);
  }
  result.problems.push(...problems.map((problem) => `Round ${result.times}: ${problem}`));
  const { accepted, unknown, adjusted, atRisk } = system.log.totals();
  result.accepted = accepted;
  result.ambiguous = unknown;
  result.accountedFor = adjusted - (result.doubled - result.lost);
  result.atRisk = atRisk;
  result.reads = system.readers.checked;
  result.brokenSyncs = system.brokenSyncs;
  result.persisted = [...(await system.persisted()).values()].reduce(
    (sum, views) => sum + views,
    0,
  );
}
