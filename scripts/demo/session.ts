import { setTimeout as pause } from "node:timers/promises";
import { count, explain, plural, showLine, step } from "../local/progress";
import { SetupError } from "../local/setup-error";
import { compareViews, persistedViews, type Views } from "./accepted-views";
import type { SyncAnswer } from "./api-client";
import { serverLog } from "./application";
import type { Demo } from "./start-demo";
import { busyDay } from "./topics-and-visitors";
import { sendViews, trickle } from "./traffic";

/** What a first sync has to move for the demo to have shown something. */
const leastFlushed = 1_000;
const syncEveryMs = 60_000;

/** A busy day, one sync, and the check of what it has moved. */
export async function runBusyDay(demo: Demo) {
  await flushLeftOver(demo);
  const accepted: Views = new Map();
  const persisted = () => persistedViews(demo.databaseUrl, demo.daoSlug);
  const before = await persisted();
  const check = async () => showVerdict(compareViews(before, await persisted(), accepted));
  await step(
    "Sending views",
    () => sendViews(demo.api, busyDay({ visitors: 1_800, views: 5_500 }), accepted),
    (answers) => answers,
  );
  const answer = await step("POST /api/v1/forum/sync-views", () => demo.api.sync());
  showLine(JSON.stringify(answer, null, 2));
  const { flushed } = requireComplete(answer);
  if (flushed <= leastFlushed) {
    const expected = `more than ${count(leastFlushed)} expected`;
    throw new SetupError(`${count(flushed)} topics flushed; ${expected}`);
  }
  return { demo, accepted, check, succeeded: await check() };
}

/** Flushes views that a killed demo left in Redis, which would be taken for this session's. */
async function flushLeftOver({ api }: Demo): Promise<void> {
  const { flushed } = requireComplete(await api.sync());
  if (flushed > 0) showLine(`✓ ${plural(flushed, "topic")} flushed that the last demo had left`);
}

function requireComplete(answer: SyncAnswer): { flushed: number } {
  const { success, summary } = answer;
  if (success && summary?.failed === 0) return summary;
  throw new SetupError(
    `The sync failed (${serverLog} has the details):\n${JSON.stringify(answer, null, 2)}`,
  );
}

/** Goes on with little traffic and a sync every minute, until told to stop. Returns the exit code. */
export async function stayUp(
  { demo, accepted, check }: Awaited<ReturnType<typeof runBusyDay>>,
  stop: AbortSignal,
): Promise<number> {
  showLine("  A view now and then, and a sync every minute. Ctrl-C stops everything.");
  while (!stop.aborted && !demo.application.hasExited()) {
    await trickle(demo.api, accepted, { milliseconds: syncEveryMs, stop });
    if (stop.aborted) break;
    try {
      const { message, error } = await demo.api.sync();
      showLine(`${new Date().toLocaleTimeString()} ${message ?? error ?? "No answer"}`);
      await check();
    } catch (error) {
      showLine(`✗ ${explain(error)}`);
      await pause(1_000);
    }
  }
  if (stop.aborted) return 0;
  showLine(`✗ The application has ended:\n${demo.application.endOfLog()}`);
  return 1;
}

function showVerdict({ persisted, topics, deviations }: ReturnType<typeof compareViews>): boolean {
  if (deviations.length === 0) {
    showLine(
      `✓ PostgreSQL holds exactly the ${plural(persisted, "view")} that were accepted, in ${plural(topics, "topic")}`,
    );
    return true;
  }
  showLine(
    `✗ PostgreSQL does not hold what was accepted, in ${plural(deviations.length, "topic")}:`,
  );
  for (const { topicId, accepted, persisted } of deviations.slice(0, 10)) {
    showLine(`    topic ${topicId}: ${count(accepted)} accepted, ${count(persisted)} persisted`);
  }
  return false;
}
