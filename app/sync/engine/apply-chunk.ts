import { DependencyError } from "~/platform/dependency-error.server";
import { Lease } from "./lease";
import { holdFence, SupersededError } from "./sync-errors";
import { readRefusal } from "./refusals";
import type { ChunkEntry, Clock, SyncLedger } from "./ports";

export interface RefusedEntry {
  entry: ChunkEntry;
  reason: string;
}

export interface ChunkContext {
  ledger: SyncLedger;
  clock: Clock;
  run: string;
  batch: { id: number; withParked: boolean };
  leaseSeconds: number;
}

/** Times a whole chunk is tried again when the server gave up for now, and each half of it later. */
const WHOLE_CHUNK_RETRIES = 3;
const PART_RETRIES = 1;
const FIRST_BACKOFF = 50;

/**
 * Applies a chunk; where the database refuses it, halves it until the entries that it refuses stand
 * alone, so that their neighbours are applied. Returns those.
 * @throws SupersededError when the run was taken over; DependencyError when the outcome is unknown
 */
export async function applyBisecting(
  context: ChunkContext,
  entries: ChunkEntry[],
): Promise<RefusedEntry[]> {
  const { ledger, clock, run, batch } = context;
  const lease = new Lease(context);
  let isProbed = false;
  /** Whether the statement works as such: without any row, only what lies in the rows can't refuse it. */
  async function liesInRows(): Promise<boolean> {
    if (isProbed) return true;
    try {
      holdFence(await ledger.applyChunk(run, batch, []));
      isProbed = true;
    } catch (error) {
      if (error instanceof SupersededError) throw error;
    }
    return isProbed;
  }

  async function apply(part: ChunkEntry[], retries: number): Promise<RefusedEntry[]> {
    let reason: string;
    for (let attempt = 0; ; attempt += 1) {
      try {
        holdFence(await ledger.applyChunk(run, batch, part));
        lease.committed();
        return [];
      } catch (error) {
        if (error instanceof SupersededError) throw error;
        const refusal = readRefusal(error instanceof DependencyError ? error.cause : error);
        if (refusal.kind === "unknown") throw error;
        if (refusal.kind === "unclear" && !(await liesInRows())) throw error;
        // The refused statement has rolled its heartbeat back, and a chunk can have many bad entries.
        await lease.keep();
        reason = refusal.reason;
        if (refusal.kind !== "transient" || attempt >= retries) break;
        await clock.sleep(FIRST_BACKOFF * 2 ** attempt);
      }
    }
    const [first] = part;
    if (first !== undefined && part.length === 1) return [{ entry: first, reason }];
    const middle = Math.ceil(part.length / 2);
    return [
      ...(await apply(part.slice(0, middle), PART_RETRIES)),
      ...(await apply(part.slice(middle), PART_RETRIES)),
    ];
  }

  return entries.length === 0 ? [] : apply(entries, WHOLE_CHUNK_RETRIES);
}
