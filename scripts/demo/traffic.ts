import { setTimeout as pause } from "node:timers/promises";
import { count, plural, showPassing } from "../local/progress";
import { addView, type Views } from "./accepted-views";
import type { ApiClient } from "./api-client";
import { anyTopic, newVisitor, type View } from "./topics-and-visitors";

const senders = 32;
const reportEveryMs = 250;
const trickleEveryMs = 250;

/** Sends the views, a few at a time, and shows the progress. Returns a sentence about the answers. */
export async function sendViews(
  api: ApiClient,
  views: Iterable<View>,
  accepted: Views,
): Promise<string> {
  const outcomes = { counted: 0, duplicate: 0, bot: 0, refused: 0 };
  let sent = 0;
  const started = performance.now();
  const rate = () =>
    `${count(Math.round((1_000 * sent) / (performance.now() - started)))} a second`;
  const report = setInterval(
    () => showPassing(`${count(sent)} views sent (${rate()})`),
    reportEveryMs,
  );
  const queue = views[Symbol.iterator]();
  const sendFromQueue = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) {
      const outcome = await api.countView(next.value);
      if (outcome === "counted") addView(accepted, next.value.topicId);
      outcomes[outcome] += 1;
      sent += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: senders }, sendFromQueue));
  } finally {
    clearInterval(report);
  }
  const { counted, duplicate, bot, refused } = outcomes;
  const words = [
    `${count(counted)} counted`,
    plural(duplicate, "duplicate"),
    `${count(bot)} by bots`,
    ...(refused > 0 ? [`${count(refused)} refused`] : []),
  ];
  return `${plural(sent, "view")} sent, ${rate()}: ${words.join(", ")}`;
}

/**
 * A quiet forum: a new visitor every now and then, for this time or until told to stop. Returns when every
 * request is answered.
 */
export async function trickle(
  api: ApiClient,
  accepted: Views,
  { milliseconds, stop }: { milliseconds: number; stop: AbortSignal },
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!stop.aborted && performance.now() < end) {
    const topicId = anyTopic();
    const outcome = await api.countView({ topicId, visitor: newVisitor() });
    if (outcome === "counted") addView(accepted, topicId);
    await pause(trickleEveryMs, undefined, { signal: stop }).catch(() => {});
  }
}
