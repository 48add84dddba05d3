import { booksProblem, cronProblem } from "~/monitoring/problems";
import type { Warning } from "~/monitoring/warning";
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
    const text = "Redis or PostgreSQL holds something unexpected. The server's log says what.";
    return [{ id: "unchecked", tone: "danger", title: "The health could not be checked", text }];
  }
}

async function findProblems(services: Services): Promise<HealthBanner[]> {
  const { books, env, health, logger, runs } = services;
  const [checked, read, history] = await Promise.all([
    health.check(),
    whenAvailable(logger, () => books.read()),
    whenAvailable(logger, async () => {
      const [active, lastCron] = await Promise.all([runs.active(), runs.last("cron")]);
      return { active, lastCron };
    }),
  ]);
  const banners: HealthBanner[] = [];
  if (!checked.postgres) banners.push(postgresAway);
  if (!checked.redis) banners.push(redisAway);
  if (read.available) {
    const problem = booksProblem(read, history.available && history.active !== null);
    const tone = problem?.id === "redis-wiped" ? "warning" : "danger";
    const decide = { label: "Decide", href: "/admin#regression" };
    const action = problem?.id === "regression" ? decide : undefined;
    if (problem) banners.push({ ...problem, tone, action });
  }
  if (history.available) {
    const { lastCron } = history;
    const pendingSince = read.available ? read.pendingSince : undefined;
    const problem = cronProblem(lastCron, pendingSince, env.SYNC_INTERVAL_MINUTES);
    const action = lastCron
      ? { label: "Last run", href: `/admin/runs/${lastCron.id}` }
      : { label: "Runs", href: "/admin/runs" };
    if (problem) banners.push({ ...problem, id: "cron-late", tone: "warning", action });
  }
  return [...banners, ...warningBanners(checked.warnings)];
}

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

/** One for each kind of warning. */
function warningBanners(warnings: Warning[]): HealthBanner[] {
  const kinds = new Map<string, HealthBanner>();
  for (const { id, title, text } of warnings) {
    const before = kinds.get(id);
    kinds.set(id, {
      id,
      tone: "warning",
      title,
      text: `${before ? `${before.text} ` : ""}${text}.`,
    });
  }
  return [...kinds.values()];
}
