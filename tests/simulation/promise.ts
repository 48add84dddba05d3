import { BooksReader } from "~/sync/balance/books.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { readTarget, topicTarget } from "~/sync/target";
import { addTo, type InMemoryRedis } from "./in-memory-redis";
import type { InMemoryPostgres } from "./in-memory-postgres";
import type { Losses } from "./losses";

/**
 * The promise, as the simulation checks it after every step.
 *
 * While Redis keeps what it acknowledged, for every target:
 *   accepted = persisted + overlay + share of the open batch that PostgreSQL has not taken + kept
 *     + discarded or taken off,
 * the books say so too, and no reader is told less than before, except for what was discarded or taken off, or
 * more than was accepted.
 *
 * When Redis loses acknowledged writes, by a wipe or by a failover to a replica that lags, then for every
 * target from that moment on:
 *   - no more is missing than what Redis held of it and lost;
 *   - nothing is there twice but what the replica brought back, or what a run held that had claimed it on
 *     the server that is gone; after a wipe nothing at all;
 *   - of that, nothing gets into PostgreSQL unless an admin kept the overlay of a Redis that was found to be
 *     regressed;
 *   - the product says so: a Redis behind PostgreSQL opens no batch until an admin has decided, and a
 *     run that finds Redis wiped carries a warning; then the books balance again. Where a replica lacks
 *     counts alone, nobody can notice.
 * This holds for replicas that have seen the first sync: an older one looks like a Redis that was wiped, and its
 * overlay is flushed with that warning. Runs that were taken over before the loss do not outlive it here, nor do
 * commands on their way to the server that is gone: the guards that stop them are in what was lost.
 */
export const DAO = "simulated";
export const keys = viewKeys(DAO);

/** Both stores, and what was written without the count script, as older versions do. */
export interface Stores {
  redis: InMemoryRedis;
  postgres: InMemoryPostgres;
  written: Map<string, number>;
  /** Id → how a run has ended, which must never change again. */
  endedRuns: Map<number, string>;
  /** Set in worlds where Redis may lose what it acknowledged. */
  losses?: Losses | undefined;
}

/** Adds views under the name that they have in the end. */
function add(sums: Map<string, number>, member: string, views: number): void {
  addTo(sums, member.startsWith("topic:") ? `forum_${member}` : member, views);
}

/** Target → views accepted: the viewers who were counted, and what was written. */
export function acceptedViews({ redis, written }: Stores): Map<string, number> {
  const accepted = new Map(redis.counted);
  for (const [member, views] of written) add(accepted, member, views);
  return accepted;
}

/** Target → views that admins have discarded or taken off, as the audit log has them. */
export function removedViews({ postgres }: Stores): Map<string, number> {
  const removed = new Map<string, number>();
  for (const { action, details } of postgres.tables.audit) {
    if (action === "views-taken-off") {
      add(removed, topicTarget(String(details.topic)), Number(details.views));
    } else if (action === "discard") {
      for (const [target, views] of Object.entries(details.discarded as object)) {
        add(removed, target, Number(views));
      }
    }
  }
  return removed;
}

/** Target → views that have reached PostgreSQL: persisted, kept, discarded, taken off. */
export function viewsInPostgres(stores: Stores): Map<string, number> {
  const { stats, failedTargets } = stores.postgres.tables;
  const found = removedViews(stores);
  for (const [topic, { views }] of stats) add(found, topicTarget(topic), views);
  for (const [target, { views }] of failedTargets) add(found, target, views);
  return found;
}

/** Members of the open batch that PostgreSQL has not taken; none if it has seen a later batch. */
export function untakenMembers({ redis, postgres }: Stores): Array<[string, number]> {
  const { stats, failedTargets, books } = postgres.tables;
  const open = Number(redis.data.field(keys.batch, "id") ?? 0);
  if (open < (books?.lastBatch ?? 0)) return [];
  return redis.data.ranked(keys.batchMembers).filter(([member]) => {
    const reading = readTarget(member);
    const row = reading.kind === "topic" ? stats.get(reading.topicId) : undefined;
    return Math.max(row?.batch ?? 0, failedTargets.get(member)?.batch ?? 0) < open;
  });
}

/** Target → views found, wherever they are. */
export function foundViews(stores: Stores): Map<string, number> {
  const found = viewsInPostgres(stores);
  const { data, dropped } = stores.redis;
  const places = [data.ranked(keys.overlay), untakenMembers(stores), dropped];
  for (const place of places) for (const [member, views] of place) add(found, member, views);
  return found;
}

function targetViolation(stores: Stores): string | undefined {
  const found = foundViews(stores);
  const accepted = acceptedViews(stores);
  for (const target of new Set([...found.keys(), ...accepted.keys()])) {
    const difference = (accepted.get(target) ?? 0) - (found.get(target) ?? 0);
    if (difference > 0) return `${target}: ${difference} accepted views are lost`;
    if (difference < 0) return `${target}: ${-difference} views are counted twice`;
  }
  return undefined;
}

const sum = (numbers: Iterable<number>) =>
  [...numbers].reduce((total, number) => total + number, 0);

function structureViolation({ redis, postgres, endedRuns }: Stores): string | undefined {
  const { runs, stats, daily, books, audit } = postgres.tables;
  if (redis.data.exists(keys.batchMembers) && !redis.data.exists(keys.batch)) {
    return "members of a batch are left over";
  }
  const syncs = runs.filter(({ trigger }) => trigger !== "retry");
  if (syncs.filter(({ status }) => status === "running").length > 1) return "two runs are running";
  for (const { id, status, total, flushed, failed, batch, recovered } of runs) {
    if (flushed + failed > total) return `run ${id}: ${flushed} + ${failed} of ${total} targets`;
    if (status === "running") continue;
    // Retries need no fence, so their counts may still be added.
    const end = `${status}, batch ${batch}, ${recovered} recovered`;
    const ended = endedRuns.get(id) ?? end;
    if (ended !== end) return `run ${id} had ended as ${ended} and is ${end}`;
    endedRuns.set(id, ended);
  }
  const persisted = sum([...stats.values()].map(({ views }) => views));
  const byDay = sum(daily.values());
  const byRun = sum(runs.map(({ viewsFlushed }) => viewsFlushed));
  const removals = audit.filter(({ action }) => action === "views-taken-off");
  const takenOff = sum(removals.map(({ details }) => Number(details.views)));
  if (persisted !== byDay) return `${persisted} views persisted, ${byDay} by day`;
  if (persisted + takenOff !== byRun) return `${persisted} views persisted, ${byRun} by run`;
  if (books && books.applied !== persisted)
    return `${persisted} persisted, ${books.applied} booked`;
  return undefined;
}

/** Reads the current books of both stores with the real reader. */
export function booksOf({ redis, postgres }: Stores): BooksReader {
  return new BooksReader({ pool: postgres.pool(), redis: redis.client(), keys, daoSlug: DAO });
}

/** What is wrong at the moment; there must never be anything. */
export async function violation(stores: Stores): Promise<string | undefined> {
  const { losses } = stores;
  if (losses?.hasHappened) return losses.violation() ?? structureViolation(stores);
  const wrong = targetViolation(stores) ?? structureViolation(stores);
  if (wrong !== undefined) return wrong;
  const { difference } = await booksOf(stores).read();
  return difference === 0 ? undefined : `the books are off by ${difference}`;
}

/**
 * What is left undone after the faults have stopped and syncs have run: PostgreSQL has taken everything, and keeps
 * only what `mayBeKept`.
 */
export function leftUndone(
  { redis: { data }, postgres }: Stores,
  mayBeKept: (target: string, attempts: number) => boolean,
): string | undefined {
  const { runs, failedTargets, books } = postgres.tables;
  if (data.exists(keys.batch)) return "a batch is still open";
  const [pending] = data.ranked(keys.overlay);
  if (pending) return `${pending[0]} is still pending`;
  const running = runs.find(({ status }) => status === "running");
  if (running) return `run ${running.id} never ended`;
  for (const [target, { views, attempts, batch }] of failedTargets) {
    if (views > 0 && !mayBeKept(target, attempts)) return `${target} is still pending`;
    if (views === 0 && batch < (books?.lastBatch ?? 0)) return `${target} was never swept`;
  }
  return undefined;
}
