import { DependencyError } from "~/platform/dependency-error.server";
import type { StatementLimit } from "~/platform/limited-statement.server";
import type { Lease } from "./lease";
import type { Patience } from "./patience";
import { readRefusal } from "./refusals";
import type { RunDependencies } from "./run-dependencies";

export interface Refused<Entry> {
  entry: Entry;
  reason: string;
  /** It held its statement up until the limit, and would probably do so again. */
  isStuck: boolean;
}

export interface Bisection<Entry> {
  /** Sends one statement for a part of the entries. Without any entries it must succeed. */
  send: (part: Entry[], limit: StatementLimit) => Promise<void>;
  /** Kept after each refusal, which rolled the statement's heartbeat back. */
  lease: Pick<Lease, "committed" | "keep">;
  clock: RunDependencies["clock"];
  /** Chooses which entries are tried first on behalf of a whole chunk, so that they vary from run to run. */
  sample: number;
  patience: Patience;
  /**
   * Whether the run has to end. Asked between parts, after one was taken or an entry was refused for good.
   */
  mustStop: () => boolean | Promise<boolean>;
}

export interface Bisected<Entry> {
  refused: Refused<Entry>[];
  /** Entries whose outcome is still open, because the run had to end. */
  untried: number;
}

/** How often a whole chunk, and later each part of it, is tried again when the server gave up for now. */
const WHOLE_CHUNK_RETRIES = 3;
const PART_RETRIES = 1;
const FIRST_BACKOFF_MS = 50;
/** Entries that are tried alone to find out whether a refused chunk is refused as a whole. */
const SAMPLE_SIZE = 16;

type Refusal = Omit<Refused<unknown>, "entry">;

/**
 * Sends entries. Where the database refuses a part, halves it until the refused entries stand alone, so that
 * their neighbours are taken. If every entry of a sample of a large chunk is refused, the whole chunk is:
 * thousands of statements, one for each entry, would hold up everything else, and a later run tries all of
 * them again. A part that is held up after the run's patience is over is refused as a whole, too.
 * @throws SupersededError when the run was taken over; DependencyError when the outcome is unknown, or when
 * the database refuses the statement whatever is in it
 */
export async function bisect<Entry>(
  entries: Entry[],
  { send, lease, clock, sample, patience, mustStop }: Bisection<Entry>,
): Promise<Bisected<Entry>> {
  const refused: Refused<Entry>[] = [];
  let untried = 0;
  let isProbed = false;
  let hasProgress = false;

  /** Whether the statement works without any entries: then it was refused because of its entries. */
  async function liesInEntries(): Promise<boolean> {
    if (isProbed) return true;
    try {
      await send([], patience.part);
      lease.committed();
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
        lease.committed();
        return undefined;
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        const { kind, reason } = readRefusal(error.cause);
        if (kind === "unknown") throw error;
        const isStuck = kind === "stuck";
        if (isStuck && limit !== patience.whole) patience.spend(clock.now() - startedAt);
        if ((isStuck || kind === "unclear") && !(await liesInEntries())) throw error;
        await lease.keep();
        if (kind !== "transient" || attempt >= retries) return { reason, isStuck };
        await clock.sleep(FIRST_BACKOFF_MS * 2 ** attempt);
      }
    }
  }

  function refuse(part: Entry[], { reason, isStuck }: Refusal): void {
    hasProgress = true;
    for (const entry of part) refused.push({ entry, reason, isStuck });
  }

  /** Tries both halves before it halves either of them, so that most entries are taken early. */
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
    // So few are found fast enough by halving.
    else if (step < SAMPLE_SIZE) await split(entries);
    else await sendSample(step, why);
  }
  return { refused, untried };
}
