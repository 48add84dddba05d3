import { auditDetails, type AuditEntry } from "~/accounts/audit.server";
import { formatCount } from "~/lib/format";
import { TOPIC_ID_PATTERN, topicTarget } from "~/sync/target";
import { barsOf, unitOf, type Period } from "~/stats/period";
import type { Moment } from "~/stats/live-days.server";
import { rankOf } from "~/stats/ranking";
import { addDays } from "~/lib/utc-days";
import type { Services } from "~/services.server";
import { whenAvailable } from "~/platform/available.server";

/** The most topics that can be compared with the page's topic. */
export const MOST_BESIDE = 4;

/** The topics to compare, from the address, without the page's topic. */
export function readBeside(params: URLSearchParams, topicId: string): string[] {
  const wanted = params.getAll("with").filter((id) => TOPIC_ID_PATTERN.test(id) && id !== topicId);
  return [...new Set(wanted)].slice(0, MOST_BESIDE);
}

/** A topic in a period, and the topics that it is compared with. @throws DependencyError */
export async function presentTopicPeriod(
  { directory, periodViews }: Services,
  { moment, period, topicIds }: { moment: Moment; period: Period; topicIds: string[] },
) {
  const [sums, days, names] = await Promise.all([
    periodViews.sumsOf(moment, period, topicIds),
    periodViews.daysOf(moment, period, topicIds),
    directory.named(topicIds.map((topicId) => ({ topicId }))),
  ]);
  const previous = period.previous
    ? (await periodViews.daysOf(moment, period.previous, topicIds.slice(0, 1)))[0]
    : undefined;
  const own = days[0] ?? [];
  const most = Math.max(...own);
  return {
    unit: unitOf(period),
    topics: names.map((topic, index) => ({
      ...topic,
      ...sums[index]!,
      bars: barsOf(period, days[index]!, index === 0 ? previous : undefined),
    })),
    peak: most > 0 ? { day: addDays(period.from, own.indexOf(most)), views: most } : null,
  };
}

/** From 1; null of a topic that is not in the ranking. @throws DependencyError */
export async function presentRank(
  { periodViews }: Services,
  { moment, period, topicId }: { moment: Moment; period: Period; topicId: string },
) {
  const { topics } = await periodViews.ranking(moment, period);
  return { rank: rankOf(topics, topicId) ?? null, of: topics.length };
}

/** Where the views of a topic are, in whichever period. @throws DependencyError when PostgreSQL is away */
export async function presentTopic(services: Services, topicId: string) {
  const { env, failures, logger, runs, topicViews } = services;
  const target = topicTarget(topicId);
  const [[views], pending, failure, failedRuns, decisions] = await Promise.all([
    topicViews.read([topicId]),
    whenAvailable(logger, () => readPending(services, target)),
    failures.find(target),
    runs.failuresOf(target),
    readDecisions(services, topicId),
  ]);
  return {
    topicId,
    target,
    /** The same numbers as the API's: `degraded` while Redis is away. */
    views: views!,
    /** Where the views are that are not persisted yet; those that PostgreSQL keeps are in `failure`. */
    pending,
    /** Null when the topic is not failing. */
    failure: failure ?? null,
    /** The last runs in which the topic failed, newest first, even if it does not fail any more. */
    failedRuns,
    decisions,
    parkAfter: env.SYNC_PARK_AFTER,
  };
}

export type TopicPage = Awaited<ReturnType<typeof presentTopic>>;

async function readPending({ pendingMembers, tracker }: Services, target: string) {
  const { openBatch, targets } = await tracker.getPending([target]);
  const { overlay, batch } = targets[0]!;
  const isTaken =
    batch > 0 &&
    openBatch !== undefined &&
    (await pendingMembers.taken(openBatch, [target])).has(target);
  return { overlay, batch: isTaken ? 0 : batch };
}

const MOST_DECISIONS = 10;

/** Decisions of admins about the views of a topic, newest first. @throws DependencyError */
async function readDecisions({ audit }: Services, topicId: string) {
  const target = topicTarget(topicId);
  const filter = { names: [topicId, target], page: 1, pageSize: MOST_DECISIONS };
  const { entries } = await audit.list(filter);
  return entries.map((entry) => ({
    id: entry.id.toString(),
    at: entry.created_at,
    actor: entry.actor,
    ...decisionOf(entry, target),
  }));
}

function decisionOf({ action, details }: AuditEntry, target: string) {
  const discard = auditDetails.discard.safeParse(details);
  if (action === "discard" && discard.success) {
    const { discarded = {}, reason } = discard.data;
    return { what: `Discarded ${formatCount(discarded[target] ?? 0, "view")}`, reason };
  }
  const takeOff = auditDetails["views-taken-off"].safeParse(details);
  if (takeOff.success) {
    const { views, reason } = takeOff.data;
    return { what: `Took ${formatCount(views, "view")} off`, reason };
  }
  const retry = auditDetails.retry.safeParse(details);
  const views = retry.data?.retried?.[target] ?? 0;
  return { what: `Retried ${formatCount(views, "view")}`, reason: null };
}
