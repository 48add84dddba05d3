/** What PostgreSQL does on its own, at any time and without a fence, even during a run. */
import { type Guards, type Stores, type Target, type Topic, topicOf } from "./stores";

/**
 * An admin or a run retries a failing target. The topic's row keeps its batch id: its own share of that batch may still be open.
 */
export function retry(
  { postgres: { rows, failing, books } }: Stores,
  name: Target,
  on: Guards,
): void {
  const from = failing[name];
  if (!from) return;
  rows[topicOf(name)].views += from.views;
  books.applied += from.views;
  failing[name] = on.tombstoneAfterRetry ? { ...from, views: 0 } : null;
}

export function discard({ postgres: { failing, books } }: Stores, name: Target, on: Guards): void {
  const from = failing[name];
  if (!from) return;
  books.discarded[topicOf(name)] += from.views;
  failing[name] = on.tombstoneAfterDiscard ? { ...from, views: 0 } : null;
}

/** Whether a tombstone may be removed. */
export function maySweep({ postgres }: Stores, name: Target, on: Guards): boolean {
  const row = postgres.failing[name];
  if (!row || row.views > 0) return false;
  return !on.sweepsBehindBatches || row.batchId < postgres.books.lastBatch;
}

/** An admin takes a view off a topic. */
export function takeOff({ postgres: { rows, books } }: Stores, topic: Topic): void {
  rows[topic].views -= 1;
  books.applied -= 1;
  books.discarded[topic] += 1;
}

/** A cleanup removes the row of a topic, and with it what it knows of the batches that it took. */
export function mayRemove({ postgres }: Stores, topic: Topic, on: Guards): boolean {
  const { views, batchId } = postgres.rows[topic];
  return views > 0 && (!on.removesBehindBatches || batchId < postgres.books.lastBatch);
}

export function remove({ postgres }: Stores, topic: Topic): void {
  postgres.removed[topic] += postgres.rows[topic].views;
  postgres.rows[topic] = { views: 0, batchId: 0 };
}
