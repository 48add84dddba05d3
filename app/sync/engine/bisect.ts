import { DependencyError } from "~/platform/dependency-error.server";
import type { StatementLimit } from "~/platform/limited-statement.server";
import type { Patience } from "./patience";
import type { Clock } from "./ports";
import { readRefusal } from "./refusals";

export interface Refused<Entry> {
  entry: Entry;
  reason: string;
  /** It held its statement up until the limit: trying it again soon would do the same. */
  isStuck: boolean;
}

export interface Bisection<Entry> {
  /** Sends one statement for a part of the entries; of none at all it must be able to succeed. */
  send: (part: Entry[], limit: StatementLimit) => Promise<void>;
  /** Called after each refusal, which rolled the statement's heartbeat back. */
  keepLease: () => Promise<void>;
  clock: Clock;
  /** Which entries stand for a whole chunk, so that it is not always the same ones. */
  sample: number;
  patience: Patience;
  /** Whether the run has to end. It is asked between parts, once one was taken or an entry found. */
  mustStop: () => boolean | Promise<boolean>;
}

export interface Bisected<Entry> {
  refused: Refused<Entry>[];
  /** Entries that were not tried to the end, because the run has to end. */
  untried: number;
}

/** Times a whole chunk is tried again when the server gave up for now, and each half of it later. */
const WHOLE_CHUNK_RETRIES = 3;
const PART_RETRIES = 1;
const FIRST_BACKOFF_MS = 50;
/** Entries that are tried alone to find out whether a refused chunk is refused as a whole. */
const SAMPLE_SIZE = 16;

type Refusal = Omit<Refused<unknown>, "entry">;

/**
 * Sends entries; where the database refuses them, halves them until those that it refuses stand alone, so
 * that their neighbours are taken. A large part of which a sample is refused, entry by entry, is refused as
 * a whole: one statement for each of thousands would hold up everything else, and all are tried again. So is
 * a part that was held up after the run's patience is over.
 * @throws SupersededError when the run was taken over; DependencyError when the outcome is unknown, or when the
 *   database refuses the statement whatever is in it
 */
export async function bisect<Entry>(
  entries: Entry[],
  { send, keepLease, clock, sample, patience, mustStop }: Bisection<Entry>,
): Promise<Bisected<Entry>> {
  const refused: Refused<Entry>[] = [];
  let untried = 0;
  let isProbed = false;
  let hasProgress = false;

  /** Whether the statement works without any entry: then a refusal has its cause in the entries. */
  async function liesInEntries(): Promise<boolean> {
    if (isProbed) return true;
    try {
      await send([], patience.part);
      isProbed = true;
    } catch (error) {
      if (!(error instanceof DependencyError)) throw error;
      if (readRefusal(error.cause).kind === "unknown") throw error;
    }
    return isProbed;
  }

  /** Why the database refuses this part, or nothing when it has taken it. */
  async function refusal(
    part: Entry[],
    limit: StatementLimit,
    retries: number,
  ): Promise<Refusal | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      const startedAt = clock.now();
      try {
        await send(part, limit);
        return undefined;
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        const { kind, reason } = readRefusal(error.cause);
        if (kind === "unknown") throw error;
        const isStuck = kind === "stuck";
        if (isStuck && limit !== patience.whole) patience.spend(clock.now() - startedAt);
        if ((isStuck || kind === "unclear") && !(await liesInEntries())) throw error;
        await keepLease();
        if (kind !== "transient" || attempt >= retries) return { reason, isStuck };
        await clock.sleep(FIRST_BACKOFF_MS * 2 ** attempt);
      }
    }
  }

  function refuse(part: Entry[], { reason, isStuck }: Refusal): void {
    hasProgress = true;
    for (const entry of part) refused.push({ entry, reason, isStuck });
  }

  /** Both halves of a part are tried before one of them is halved: most of it is taken first. */
  function split(part: Entry[]): Promise<boolean> {
    const middle = Math.ceil(part.length / 2);
    return sendParts([part.slice(0, middle), part.slice(middle)]);
  }

  /** Whether all of them were taken. */
  async function sendParts(parts: Entry[][]): Promise<boolean> {
    const held: Array<{ part: Entry[]; why: Refusal }> = [];
    for (const part of parts) {
      if (hasProgress && (await mustStop())) {
        untried += part.length;
        continue;
      }
      const why = await refusal(part, patience.part, PART_RETRIES);
      if (why) held.push({ part, why });
      else hasProgress = true;
    }
    for (const { part, why } of held) {
      if (part.length === 1 || (why.isStuck && patience.isOver)) refuse(part, why);
      else await split(part);
    }
    return held.length === 0 && untried === 0;
  }

  /** Tries some entries alone, and the others only where one of these is taken. */
  async function sendSample(step: number, why: Refusal): Promise<void> {
    const rest = new Set(entries);
    for (let index = sample % step; index < step * SAMPLE_SIZE; index += step) {
      const entry = entries[index]!;
      rest.delete(entry);
      if ((await sendParts([[entry]])) || untried > 0) {
        await split([...rest]);
        return;
      }
    }
    refuse([...rest], why);
  }

  const why = entries.length > 0 && (await refusal(entries, patience.whole, WHOLE_CHUNK_RETRIES));
  if (why) {
    const step = Math.floor(entries.length / SAMPLE_SIZE);
    if (entries.length === 1) refuse(entries, why);
    // For so few, halving is fast enough.
    else if (step < SAMPLE_SIZE) await split(entries);
    else await sendSample(step, why);
  }
  return { refused, untried };
}
