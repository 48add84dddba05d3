import { setTimeout as pause } from "node:timers/promises";
import { count, showPassing } from "../local/progress";
import type { AcceptedViews } from "./accepted-views";
import type { ApiClient, ViewOutcome } from "./api-client";
import { type Forum, newVisitor, type View } from "./topics-and-visitors";

export interface TrafficResult extends Record<ViewOutcome, number> {
  sent: number;
  seconds: number;
}

const senders = 32;
const reportEveryMs = 250;
const trickleEveryMs = 250;

/** Sends the views, a few at a time, and shows the progress. */
export async function sendViews(
  api: ApiClient,
  views: Iterable<View>,
  accepted: AcceptedViews,
): Promise<TrafficResult> {
  const result: TrafficResult = {
    ...{ sent: 0, seconds: 0 },
    ...{ counted: 0, duplicate: 0, bot: 0, refused: 0 },
  };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const report = setInterval(
    () => showPassing(`${count(result.sent)} views sent (${rate(result.sent, seconds())})`),
    reportEveryMs,
  );
  const queue = views[Symbol.iterator]();
  const sendFromQueue = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const outcome = await api.countView(next.value);
      if (outcome === "counted") accepted.add(next.value.topicId);
      result[outcome] += 1;
      result.sent += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: senders }, sendFromQueue));
  } finally {
    clearInterval(report);
  }
  result.seconds = seconds();
  return result;
}

export function rate(views: number, seconds: number): string {
  return `${count(Math.round(views / seconds))} a second`;
}

/**
 * A quiet forum: a new visitor every now and then, for this time or until told to stop. Returns when every
 * request is answered.
 */
export async function trickle(
  api: ApiClient,
  forum: Forum,
  accepted: AcceptedViews,
  { milliseconds, stop }: { milliseconds: number; stop: AbortSignal },
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!stop.aborted && performance.now() < end) {
    const topicId = forum.anyTopic();
    const outcome = await api.countView({ topicId, visitor: newVisitor() });
    if (outcome === "counted") accepted.add(topicId);
    await pause(trickleEveryMs, undefined, { signal: stop }).catch(() => {});
  }
}
