import { formatCount } from "~/lib/format";
import { booksView, isRegressed, isWiped, type Books } from "~/sync/balance/books.server";
import { WIPE_WARNING } from "~/sync/engine/sync-run";
import type { Run } from "~/operations/run-history.server";

/** A problem described for people, in the same words on the dashboard's banners and in alerts. */
export interface Problem {
  title: string;
  text: string;
}

const WIPED = "Redis has lost all its data";

/** The problem that explains the others: after a regression or a wipe of Redis, the books are off, too. */
export function booksProblem(
  books: Books,
  isRunActive: boolean,
): (Problem & { id: "regression" | "redis-wiped" | "books-off" }) | undefined {
  if (isRegressed(books)) {
    return {
      id: "regression",
      title: "Redis has lost a batch that it had acknowledged",
      text: `Its last batch is ${books.lastBatch}, PostgreSQL has already seen ${books.highWater}. Syncs refuse to run until an admin decides whether to keep the overlay, which may count a batch twice, or to discard it.`,
    };
  }
  if (isWiped(books)) {
    return {
      id: "redis-wiped",
      title: WIPED,
      text: "Views that were pending in it are gone. The next sync opens the books anew from the persisted totals.",
    };
  }
  const { state, difference } = booksView(books, isRunActive);
  if (state !== "off" || difference === null) return undefined;
  return {
    id: "books-off",
    title: `The books are off by ${formatCount(Math.abs(difference), "view")}`,
    text:
      difference > 0
        ? `${formatCount(difference, "view")} were accepted and are neither persisted nor pending nor discarded.`
        : `${formatCount(-difference, "view")} are persisted, pending or discarded and were never accepted.`,
  };
}

/**
 * The cron missed two calls. Nothing is late on a new install, before there is anything to flush.
 * @param last the cron's last run
 */
export function cronProblem(
  last: Run | undefined,
  pendingSince: Date | undefined,
  intervalMinutes: number,
): Problem | undefined {
  const waiting = pendingSince ? (Date.now() - pendingSince.getTime()) / 1_000 : 0;
  const seconds = last ? last.ageSeconds : waiting;
  if (seconds <= 2 * intervalMinutes * 60) return undefined;
  const ago = minutes(Math.floor(seconds / 60));
  const expected = `It is expected every ${minutes(intervalMinutes)}.`;
  const ended = last?.finishedAt === null ? "gave its last sign of life" : "ended";
  return {
    title: last ? "The cron is late" : "The cron has never called",
    text: last
      ? `The last sync by cron ${ended} ${ago} ago. ${expected}`
      : `Views have been waiting for ${ago}. ${expected}`,
  };
}

/** A run that did not flush everything it had to. */
export function runProblem(run: Run): Problem | undefined {
  if (run.status !== "failed" && run.status !== "partial") return undefined;
  const failed = run.failed > 0 ? `${run.failed} of ${run.total} targets failed` : undefined;
  const reason = run.error ?? failed ?? run.warning ?? "It ended before everything was flushed";
  return {
    title: run.status === "failed" ? "A sync failed" : "A sync flushed only a part",
    text: `Run ${run.id}: ${reason}.`,
  };
}

/** The sync that found Redis wiped has corrected the books, but people have to know that views are lost. */
export function wipeProblem(run: Run): Problem | undefined {
  if (!run.warning?.includes(WIPE_WARNING)) return undefined;
  return {
    title: WIPED,
    text: `Run ${run.id} has opened the books anew from the persisted totals. Views that were pending in Redis are gone.`,
  };
}

export function parkedProblem(targets: number): Problem | undefined {
  if (targets === 0) return undefined;
  return {
    title: targets === 1 ? "A target is parked" : `${targets} targets are parked`,
    text: "Parked targets have failed too often; their views are kept until an admin retries or discards them.",
  };
}

function minutes(count: number): string {
  if (count >= 2 * 24 * 60) return `${Math.floor(count / (24 * 60))} days`;
  if (count >= 2 * 60) return `${Math.floor(count / 60)} hours`;
  return count === 1 ? "minute" : `${count} minutes`;
}
