import type { Books } from "~/sync/balance/books.server";
import { booksProblem, cronProblem } from "~/monitoring/problems";
import type { Warning } from "~/monitoring/warning";
import type { Run } from "~/operations/run-history.server";
import type { Services } from "~/services.server";
import { whenAvailable } from "~/platform/available.server";

export interface HealthBanner {
  id:
    | "postgres-away"
    | "redis-away"
    | "regression"
    | "redis-wiped"
    | "books-off"
    | "cron-late"
    | Warning["id"]
    | "unchecked";
  tone: "info" | "warning" | "danger";
  title: string;
  text: string;
  action?: { label: string; href: string };
}

/** What is wrong, the most serious first: a few small reads, all at once. Never throws. */
export async function presentHealthBanners(services: Services): Promise<HealthBanner[]> {
  try {
    return await findProblems(services);
  } catch (error) {
    services.logger.error({ err: error }, "The health could not be checked");
    return [unchecked];
  }
}

async function findProblems(services: Services): Promise<HealthBanner[]> {
  const { books, env, health, logger, runs } = services;
  const [checked, read, history] = await Promise.all([
    health.check(),
    whenAvailable(logger, async () => ({ books: await books.read() })),
    whenAvailable(logger, async () => {
      const [active, lastCron] = await Promise.all([runs.active(), runs.last("cron")]);
      return { active, lastCron };
    }),
  ]);
  const readBooks = read.available ? read.books : undefined;
  const isRunActive = history.available && history.active !== null;

  return [
    checked.postgres ? undefined : postgresAway,
    checked.redis ? undefined : redisAway,
    readBooks && booksBanner(readBooks, isRunActive),
    history.available
      ? lateCron(history.lastCron, readBooks?.pendingSince, env.SYNC_INTERVAL_MINUTES)
      : undefined,
    ...warningBanners(checked.warnings),
  ].filter((banner) => banner !== undefined);
}

const unchecked: HealthBanner = {
  id: "unchecked",
  tone: "danger",
  title: "The health could not be checked",
  text: "Redis or PostgreSQL holds something unexpected. The server's log says what.",
};

const postgresAway: HealthBanner = {
  id: "postgres-away",
  tone: "danger",
  title: "PostgreSQL is away",
  text: "Views are still counted in Redis; none are flushed until it is back. What comes from the database is not shown.",
};

const redisAway: HealthBanner = {
  id: "redis-away",
  tone: "danger",
  title: "Redis is away",
  text: "Views cannot be counted until it is back, and pending views cannot be shown. Persisted views are safe.",
};

function booksBanner(
  books: Books & { isSettled: boolean },
  isRunActive: boolean,
): HealthBanner | undefined {
  const problem = booksProblem(books, isRunActive);
  if (!problem) return undefined;
  return {
    ...problem,
    tone: problem.id === "redis-wiped" ? "warning" : "danger",
    ...(problem.id === "regression"
      ? { action: { label: "Decide", href: "/admin#regression" } }
      : {}),
  };
}

function lateCron(
  last: Run | undefined,
  pendingSince: Date | undefined,
  intervalMinutes: number,
): HealthBanner | undefined {
  const problem = cronProblem(last, pendingSince, intervalMinutes);
  if (!problem) return undefined;
  return {
    ...problem,
    id: "cron-late",
    tone: "warning",
    action: last
      ? { label: "Last run", href: `/admin/runs/${last.id}` }
      : { label: "Runs", href: "/admin/runs" },
  };
}

/** One for each kind of warning. */
function warningBanners(warnings: Warning[]): HealthBanner[] {
  const kinds = new Map<string, HealthBanner>();
  for (const { id, title, text } of warnings) {
    const before = kinds.get(id)?.text;
    const sentence = `${text}.`;
    kinds.set(id, {
      ...{ id, tone: "warning", title },
      text: before === undefined ? sentence : `${before} ${sentence}`,
    });
  }
  return [...kinds.values()];
}
