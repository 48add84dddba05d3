import type pg from "pg";
import type { Logger } from "pino";
import type { Environment } from "~/platform/environment.server";
import type { BooksReader } from "~/sync/balance/books.server";
import type { FailedTargets } from "~/operations/failed-targets.server";
import type { RunHistory } from "~/operations/run-history.server";
import type { TopicDirectory } from "~/stats/directory.server";
import { readFindings } from "./read-findings.server";
import { AlertStore } from "./alert-store.server";
import { AlertWatcher } from "./alert-watcher.server";
import { summariseWeek } from "./weekly-summary.server";
import { WebhookSender } from "./webhook-sender.server";

/** The sender of the configured receiver; undefined where there is none. */
export function createSender(env: Environment): WebhookSender | undefined {
  if (env.ALERT_WEBHOOK_URL === undefined) return undefined;
  return new WebhookSender({
    url: env.ALERT_WEBHOOK_URL,
    secret: env.ALERT_WEBHOOK_SECRET,
    origin: env.APP_ORIGIN,
  });
}

/** The watcher, not yet started; undefined where no receiver is configured. */
export function createAlerts({
  env,
  pool,
  books,
  failures,
  runs,
  directory,
  logger,
}: {
  env: Environment;
  pool: pg.Pool;
  books: BooksReader;
  failures: FailedTargets;
  runs: RunHistory;
  directory: TopicDirectory;
  logger: Logger;
}): AlertWatcher | undefined {
  const sender = createSender(env);
  if (!sender) return undefined;
  const intervalMinutes = env.SYNC_INTERVAL_MINUTES;
  return new AlertWatcher({
    store: new AlertStore({ pool, daoSlug: env.DAO_SLUG }),
    sender,
    readFindings: () => readFindings({ books, failures, runs, intervalMinutes }),
    summarise:
      env.SUMMARY_WEBHOOK === "weekly"
        ? () => summariseWeek({ pool, daoSlug: env.DAO_SLUG, directory, clock: () => new Date() })
        : undefined,
    interval: env.ALERT_CHECK_SECONDS,
    logger,
  });
}
