import { auditDetails, type AuditEntry } from "~/accounts/audit.server";
import { formatCount } from "~/lib/format";
import { topicTarget } from "~/sync/target";
import type { Services } from "~/services.server";

const MOST_DECISIONS = 10;

/** Decisions of admins about the views of a topic, newest first. @throws DependencyError */
export async function readDecisions({ audit }: Pick<Services, "audit">, topicId: string) {
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
