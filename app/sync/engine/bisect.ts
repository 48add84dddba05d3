import { DependencyError } from "~/platform/dependency-error.server";
import type { Clock } from "./ports";
import { readRefusal } from "./refusals";
import { SupersededError } from "./sync-errors";

export interface Refused<Entry> {
  entry: Entry;
  reason: string;
}

export interface Bisection<Entry> {
  /** Sends one statement for a part of the entries; of none at all it must be able to succeed. */
  send: (part: Entry[]) => Promise<void>;
  /** Called after each refusal, which rolled the statement's heartbeat back. */
  keepLease: () => Promise<void>;
  clock: Clock;
  /** Which entries stand for a whole chunk, so that it is not always the same ones. */
  sample: number;
}

/** Times a whole chunk is tried again when the server gave up for now, and each half of it later. */
const WHOLE_CHUNK_RETRIES = 3;
const PART_RETRIES = 1;
const FIRST_BACKOFF_MS = 50;
/** Entries that are tried alone to find out whether a refused chunk is refused as a whole. */
const SAMPLE_SIZE = 16;

/**
 * Sends entries; where the database refuses them, halves them until those that it refuses stand alone, so
 * that their neighbours are taken. A large part of which a sample is refused, entry by entry, is refused as
 * a whole: one statement for each of thousands would hold up everything else, and all are tried again.
 * @returns the refused ones
 * @throws SupersededError when the run was taken over; DependencyError when the outcome is unknown
 */
export async function bisect<Entry>(
  entries: Entry[],
  { send, keepLease, clock, sample }: Bisection<Entry>,
): Promise<Refused<Entry>[]> {
  let isProbed = false;
  /** Whether the statement works as such: without any entry, only what lies in the entries can't refuse it. */
  async function liesInEntries(): Promise<boolean> {
    if (isProbed) return true;
    try {
      await send([]);
      isProbed = true;
    } catch (error) {
      if (error instanceof SupersededError) throw error;
    }
    return isProbed;
  }

  /** Why the database refuses this part, or nothing when it has taken it. */
  async function refusal(part: Entry[], retries: number): Promise<string | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await send(part);
        return undefined;
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        const { kind, reason } = readRefusal(error.cause);
        if (kind === "unknown") throw error;
        if (kind === "unclear" && !(await liesInEntries())) throw error;
        await keepLease();
        if (kind !== "transient" || attempt >= retries) return reason;
        await clock.sleep(FIRST_BACKOFF_MS * 2 ** attempt);
      }
    }
  }

  async function split(part: Entry[]): Promise<Refused<Entry>[]> {
    const middle = Math.ceil(part.length / 2);
    return [...(await sendPart(part.slice(0, middle))), ...(await sendPart(part.slice(middle)))];
  }

  async function sendPart(part: Entry[]): Promise<Refused<Entry>[]> {
    const reason = await refusal(part, PART_RETRIES);
    if (reason === undefined) return [];
    return part.length === 1 ? [{ entry: part[0]!, reason }] : split(part);
  }

  if (entries.length === 0) return [];
  const reason = await refusal(entries, WHOLE_CHUNK_RETRIES);
  if (reason === undefined) return [];
  if (entries.length === 1) return [{ entry: entries[0]!, reason }];
  const step = Math.floor(entries.length / SAMPLE_SIZE);
  // So few are soon halved to the end.
  if (step < SAMPLE_SIZE) return split(entries);
  const rest = new Set(entries);
  const refused: Refused<Entry>[] = [];
  for (let index = sample % step; index < step * SAMPLE_SIZE; index += step) {
    const entry = entries[index]!;
    const [alone] = await sendPart([entry]);
    rest.delete(entry);
    if (!alone) return [...refused, ...(await split([...rest]))];
    refused.push(alone);
  }
  return [...refused, ...[...rest].map((entry) => ({ entry, reason }))];
}
