import { findSystemProgram, howToGet } from "../../scripts/local/system-packages";
import { checkSystem } from "./check";
import type { Fault, PreparedFault } from "./fault";
import type { FaultServers } from "./servers";
import { System } from "./system";

export interface FaultResult {
  name: string;
  what: string;
  seed: number;
  /** Why the fault was skipped, if it was. */
  skipped?: string;
  /** How often it was done. */
  times: number;
  /** Syncs that failed or were cut off. */
  brokenSyncs: number;
  /** Views that were answered as counted. */
  accepted: number;
  /** Views whose senders do not know whether they were counted. */
  ambiguous: number;
  persisted: number;
  /** Views lost and doubled, compared with the answers to their senders. */
  lost: number;
  doubled: number;
  /**
   * Views that are lost (below 0) or doubled because a server lost what it had acknowledged. They are
   * accounted for: each of them is known, or an upper limit is.
   */
  accountedFor: number;
  atRisk: number;
  /** Rounds after which the syncs ended with balanced books. */
  balanced: number;
  /** Counts in answers to readers that were checked. */
  reads: number;
  problems: string[];
  seconds: number;
}

export const nothingYet = {
  times: 0,
  brokenSyncs: 0,
  accepted: 0,
  ambiguous: 0,
  persisted: 0,
  lost: 0,
  doubled: 0,
  accountedFor: 0,
  atRisk: 0,
  balanced: 0,
  reads: 0,
  seconds: 0,
};

/** Does a fault again and again under traffic, and checks the promise after each time. */
export async function runFault(
  fault: Fault,
  options: {
    servers: FaultServers;
    rounds: number;
    seed: number;
    onRound?: (round: number, result: FaultResult) => void;
  },
): Promise<FaultResult> {
  const { servers, rounds, seed } = options;
  const started = performance.now();
  const result: FaultResult = {
    name: fault.name,
    what: fault.what,
    seed,
    ...nothingYet,
    problems: [],
  };
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
        result.seconds = (performance.now() - started) / 1_000;
        options.onRound?.(round, result);
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
