import { BooksReader } from "~/sync/balance/books.server";
import { viewKeys } from "~/sync/redis/view-keys";
import type { Losses } from "./losses";
import type { PostgresTwin } from "./postgres-twin";
import type { RedisTwin } from "./redis-twin";

/**
 * The promise, as the simulation checks it after every step.
 *
 * While Redis keeps what it acknowledged, for every target:
 *   accepted = persisted + overlay + share of the open batch that is not applied + parked + discarded,
 * the books say so too, and no reader is told less than before or more than was accepted.
 *
 * When Redis loses acknowledged writes, by a wipe or by a failover to a replica that lags, then for every
 * target from that moment on:
 *   - no more is missing than what Redis held of it and lost;
 *   - nothing is there twice but what the replica brought back, or what a run held that had claimed it on
 *     the server that is gone; after a wipe nothing at all;
 *   - of that, nothing gets into PostgreSQL unless an admin kept the overlay of a Redis that was found to
 *     be regressed, or retries parked views that came back, or they came back in an open batch under
 *     the older name of their type, under which no row guard knows them;
 *   - the product says so: a Redis behind PostgreSQL opens no batch until an admin has decided, and a
 *     run that finds Redis wiped carries a warning; then the books balance again. Where a replica lacks
 *     counts or discards alone, nobody can notice a lost count, and discarded views that came back stay
 *     in the books as the difference.
 * This holds for losses while no discard is half done, and for replicas that have seen the first sync: an
 * older one looks like a Redis that was wiped, and its overlay is flushed with that warning. Runs that were taken over before the loss do not
 * outlive it here, nor do commands on their way to the server that is gone: the guards that stop them
 * are in what was lost.
 */
export const DAO = "simulated";
export const keys = viewKeys(DAO);
const seenPrefix = keys.seen("", "").slice(0, -1);

/** Both stores, and what was written past the count script, as older versions did it. */
export interface Stores {
  redis: RedisTwin;
  postgres: PostgresTwin;
  written: Map<string, number>;
  /** Id → the row of a run that has ended: it must never change again. */
  endedRuns: Map<number, string>;
  /** Set in worlds where Redis may lose what it acknowledged. */
  losses?: Losses | undefined;
}

export function ownName(member: string): string {
  return member.replace(/^topic:/, "forum_topic:");
}

function add(sums: Map<string, number>, member: string, views: number): void {
  const target = ownName(member);
  sums.set(target, (sums.get(target) ?? 0) + views);
}

/**
 * Target → views accepted: the viewers that are marked as counted, and what was written. Where the marks
 * can be lost it is what the count script counted.
 */
export function acceptedViews({ redis, written, losses }: Stores): Map<string, number> {
  const accepted = new Map<string, number>();
  if (losses) for (const [target, views] of redis.counted) add(accepted, target, views);
  for (const key of losses ? [] : redis.data.strings.keys()) {
    if (!key.startsWith(seenPrefix)) continue;
    add(accepted, key.slice(seenPrefix.length, key.lastIndexOf(":")), 1);
  }
  for (const [member, views] of written) add(accepted, member, views);
  return accepted;
}

/** Target → views found: persisted, in the overlay, in the batch and not applied, parked, taken out. */
export function foundViews({ redis, postgres }: Stores): Map<string, number> {
  const { data } = redis;
  const { stats, discards } = postgres.tables;
  const found = new Map<string, number>();
  for (const [topic, { views }] of stats) add(found, `forum_topic:${topic}`, views);
  const places = [keys.overlay, keys.parked, ...discards.map(({ id }) => keys.discard(`${id}`))];
  for (const place of places) {
    for (const [member, views] of data.ranked(place)) add(found, member, views);
  }
  for (const [member, views] of redis.forgotten) add(found, member, views);
  const open = Number(data.field(keys.batch, "id") ?? 0);
  for (const [member, views] of data.ranked(keys.batchMembers(open))) {
    const row = stats.get(member.replace(/^forum_topic:/, ""));
    if (!row || row.batch < open) add(found, member, views);
  }
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

function structureViolation({ redis, postgres, endedRuns }: Stores): string | undefined {
  const { runs, stats, daily, books } = postgres.tables;
  const open = redis.data.field(keys.batch, "id");
  for (const key of redis.data.sets.keys()) {
    if (key.startsWith(keys.batchMembersPrefix) && key !== keys.batchMembersPrefix + open) {
      return `${key} is left over`;
    }
  }
  if (runs.filter(({ status }) => status === "running").length > 1) return "two runs are running";
  for (const run of runs) {
    const { id, status, total, flushed, failed } = run;
    if (flushed + failed > total) return `run ${id}: ${flushed} + ${failed} of ${total} targets`;
    if (status === "running") continue;
    const row = JSON.stringify(run);
    const ended = endedRuns.get(id) ?? row;
    if (ended !== row) return `run ${id} had ended as ${ended} and is ${row}`;
    endedRuns.set(id, ended);
  }
  const persisted = [...stats.values()].reduce((sum, { views }) => sum + views, 0);
  const byDay = [...daily.values()].reduce((sum, views) => sum + views, 0);
  const byRun = runs.reduce((sum, { viewsFlushed }) => sum + viewsFlushed, 0);
  if (persisted !== byDay) return `${persisted} views persisted, ${byDay} by day`;
  if (persisted !== byRun) return `${persisted} views persisted, ${byRun} by run`;
  if (books && books.applied !== persisted)
    return `${persisted} persisted, ${books.applied} booked`;
  return undefined;
}

/** Asks the real books of both stores as they stand. */
export function booksOf({ redis, postgres }: Stores): BooksReader {
  return new BooksReader({ pool: postgres.pool(), redis: redis.client(), keys, daoSlug: DAO });
}

/** What is wrong right now; nothing may be, at any moment. */
export async function violation(stores: Stores): Promise<string | undefined> {
  const { losses } = stores;
  if (losses?.hasHappened) return losses.violation() ?? structureViolation(stores);
  const wrong = targetViolation(stores) ?? structureViolation(stores);
  if (wrong !== undefined) return wrong;
  const { difference } = await booksOf(stores).read();
  return difference === 0 ? undefined : `the books are off by ${difference}`;
}

/** What is left undone after the faults have stopped and syncs have run. */
export function leftUndone(
  { redis, postgres, losses }: Stores,
  isRefused: (target: string) => boolean,
) {
  const { data } = redis;
  const { runs, discards, books, failedTargets } = postgres.tables;
  if (data.exists(keys.batch)) return "a batch is still open";
  const waiting = data.ranked(keys.overlay).find(([member]) => !isRefused(member));
  if (waiting) return `${waiting[0]} is still pending`;
  // A discard that is finished late also ends the failures that were recorded since.
  const wasDiscarded = (member: string) => discards.some(({ targets }) => targets.includes(member));
  const unnoticed = data
    .ranked(keys.parked)
    .find(([member]) => !failedTargets.has(member) && !wasDiscarded(member));
  // What a replica brings back may have been parked before its failure was mended.
  if (unnoticed && !losses?.hasHappened)
    return `${unnoticed[0]} is parked, and no list of failures has it`;
  const running = runs.find(({ status }) => status === "running");
  if (running) return `run ${running.id} never ended`;
  const unbooked = discards.find(({ id, status }) => {
    return status !== "booked" || data.field(keys.totals, `discard:${id}`) !== undefined;
  });
  if (unbooked) return `discard ${unbooked.id} was never booked`;
  const dropped = discards.reduce((sum, { views }) => sum + views, 0);
  if ((books?.discarded ?? 0) !== dropped) return `${dropped} views dropped, not all booked`;
  return undefined;
}

/** A target with views anywhere but in PostgreSQL. */
export function unpersisted({ redis: { data } }: Stores, isForeign: (target: string) => boolean) {
  const members = [keys.overlay, keys.parked].flatMap((key) => data.ranked(key));
  const pending = members.find(([member]) => !isForeign(member));
  return pending && `${pending[0]} is still pending`;
}
