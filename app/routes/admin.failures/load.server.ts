import type { FailuresParams } from "~/lists/list-search";
import { pageInfo, type PageInfo } from "~/lists/paging";
import type { FailureGroup } from "~/operations/failed-targets.server";
import { acceptedViews, type PendingMember } from "~/sync/redis/pending-members.server";
import type { Services } from "~/services.server";
import { whenAvailable, type Available } from "~/platform/available.server";
import { failureView, type FailureView } from "./failure-view";

export interface FailureRow extends FailureView {
  /** Views at stake: in the overlay, the open batch and parked. Null while Redis is away. */
  views: number | null;
  /** Those of them that were accepted: none of a target that no count can have produced. */
  accepted: number | null;
}

export interface FailureGroupView {
  reason: string;
  targets: number;
  mostAttempts: number;
  /** ISO 8601. */
  firstAt: string;
  lastAt: string;
}

export interface FailureListView {
  params: FailuresParams;
  parkAfter: number;
  /** By reason, the most frequent first; those that are set aside apart. */
  failing: FailureGroupView[];
  parked: FailureGroupView[];
  /** Targets, whatever the filter. */
  counts: { failing: number; parked: number };
  rows: FailureRow[];
  page: PageInfo;
  /**
   * Views at stake of everything that matches; unavailable while Redis is away. `isComplete` is false when
   * so many targets match that only the first thousands were asked for: then it is at least that.
   */
  atStake: Available<{ views: number; isComplete: boolean }>;
}

/** Targets that Redis is asked about for the views at stake. */
const MOST_ASKED = 5_000;

type FailuresServices = Pick<Services, "env" | "failures" | "logger" | "pendingMembers">;

/** @throws DependencyError when PostgreSQL is away */
export async function presentFailures(
  { env, failures, logger, pendingMembers }: FailuresServices,
  wanted: FailuresParams,
): Promise<FailureListView> {
  const [total, counts, groups, names] = await Promise.all([
    failures.count(wanted),
    failures.counts(),
    failures.groups({ ...wanted, reason: "", state: "all" }),
    failures.names(wanted, MOST_ASKED),
  ]);
  const page = pageInfo(total, wanted);
  const found = await failures.list(wanted, { offset: page.offset, count: page.pageSize });
  const targets = found.map(({ target }) => target);
  const asked = [...new Set([...names, ...targets])];
  const [runs, held] = await Promise.all([
    failures.runsOf(targets),
    whenAvailable(logger, async () => ({
      members: await pendingMembers.named(["waiting", "batch", "parked"], asked),
    })),
  ]);
  const members = held.available ? byTarget(held.members) : undefined;
  const matching = new Set(names);

  return {
    params: { ...wanted, page: page.page },
    parkAfter: env.SYNC_PARK_AFTER,
    failing: groups.filter(({ parked }) => !parked).map(groupView),
    parked: groups.filter(({ parked }) => parked).map(groupView),
    counts,
    rows: found.map((failure) => {
      const own = members && (members.get(failure.target) ?? []);
      return {
        ...failureView(failure, runs.get(failure.target) ?? []),
        views: own ? own.reduce((sum, { views }) => sum + views, 0) : null,
        accepted: own ? acceptedViews(own) : null,
      };
    }),
    page,
    atStake: held.available
      ? {
          available: true,
          views: acceptedViews(held.members.filter(({ target }) => matching.has(target))),
          isComplete: total <= MOST_ASKED,
        }
      : held,
  };
}

function byTarget(members: PendingMember[]): Map<string, PendingMember[]> {
  const found = new Map<string, PendingMember[]>();
  for (const member of members) {
    found.set(member.target, [...(found.get(member.target) ?? []), member]);
  }
  return found;
}

function groupView({ reason, targets, mostAttempts, firstAt, lastAt }: FailureGroup) {
  return {
    reason,
    targets,
    mostAttempts,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
  };
}
