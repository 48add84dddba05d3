import type { z } from "zod";
import type { AuditParams } from "~/lists/list-search";
import {
  AUDIT_ACTIONS,
  auditDetails,
  isAuditAction,
  type AuditAction,
  type AuditDetails,
  type AuditEntry,
} from "~/accounts/audit.server";
import { roleTexts } from "~/accounts/rights";
import { formatCount, formatNumber } from "~/lib/format";
import { cleanupKinds, type CleanupKind } from "~/retention/cleanup-answer";
import { topicText } from "~/stats/topic-text";
import { parseTarget, topicTarget } from "~/sync/target";
import type { Services } from "~/services.server";

/** The data of the audit log's page. @throws DependencyError */
export async function presentAudit(services: Services, wanted: AuditParams) {
  const params = { ...wanted, action: isAuditAction(wanted.action) ? wanted.action : EVERYTHING };
  const names = await namesToSearch(services, params.topic);
  const { entries, page } = await services.audit.list({ ...params, names });
  return {
    entries: await presentEntries(services, entries),
    params,
    actions: [
      { value: EVERYTHING, label: "Everything" },
      ...AUDIT_ACTIONS.map((value) => ({ value, label: actionLabels[value] })),
    ],
    page,
  };
}

/** Topics that a search finds by their titles. */
const MOST_TOPICS = 100;

/** Entries name a topic by its id or by its target. A search gives one of these, or words of the title. */
export async function namesToSearch({ directory }: Services, search: string): Promise<string[]> {
  if (search === "") return [];
  const topicIds = [search, ...(await directory.search(search, MOST_TOPICS))];
  return topicIds.flatMap((topicId) => [topicId, topicTarget(topicId)]);
}

/** The value with which the filter matches every action. */
const EVERYTHING = "all";

/** Labels of the filter, in words that people would look for. */
const actionLabels: Record<AuditAction, string> = {
  "sign-in": "Signed in",
  "sign-out-everywhere": "Signed out everywhere",
  "user-create": "User created",
  "user-disable": "User disabled",
  "user-enable": "User enabled",
  "role-change": "Role changed",
  "password-change": "Password changed",
  "identity-add": "Identity added",
  "identity-remove": "Identity removed",
  "token-create": "Token created",
  "token-revoke": "Token revoked",
  flush: "Flushed",
  retry: "Retried",
  "run-stop": "Stopped a run",
  discard: "Discarded",
  "views-taken-off": "Views taken off",
  regression: "Lost batch decided",
  cleanup: "Cleaned up",
};

interface EntryText {
  /** What was done, as a sentence without its subject. */
  what: string;
  /** Details. */
  more?: string;
}

const texts: {
  [Action in AuditAction]: (
    details: AuditDetails<Action>,
    actor: string,
    nameOf: NameOf,
  ) => EntryText;
} = {
  "sign-in": () => ({ what: "Signed in" }),
  "sign-out-everywhere": () => ({ what: "Signed out everywhere" }),
  "user-create": ({ email, role }) => ({ what: `Created the ${role} ${email}` }),
  "user-disable": ({ email }) => ({ what: `Disabled ${email}` }),
  "user-enable": ({ email }) => ({ what: `Enabled ${email}` }),
  "role-change": ({ email, from, to }) => ({
    what: `Made ${email} ${roleTexts[to].withArticle}`,
    more: `Was ${roleTexts[from].withArticle} before`,
  }),
  "password-change": ({ email }, actor) => ({
    what: email === actor ? "Changed their own password" : `Set a new password for ${email}`,
  }),
  "identity-add": ({ email, identity }) => ({ what: `Gave ${email} the identity ${identity}` }),
  "identity-remove": ({ email, identity }) => ({
    what: `Took the identity ${identity} from ${email}`,
  }),
  "token-create": ({ name, scopes }) => ({
    what: `Created the token ${name}`,
    more: `Scopes: ${scopes.join(", ")}`,
  }),
  "token-revoke": ({ name }) => ({ what: `Revoked the token ${name}` }),
  flush: (chosen) => ({ what: `Flushed ${chosenText(chosen)}` }),
  retry: ({ retried, ...chosen }, _actor, nameOf) => ({
    what: `Retried ${chosenText(chosen)}`,
    ...(retried ? { more: namesOf(retried, chosen.targets, nameOf) } : {}),
  }),
  "run-stop": () => ({ what: "Stopped a run" }),
  discard: ({ views, targets, reason, discarded }, _actor, nameOf) => ({
    what: `Discarded ${formatCount(views, "view")} of ${formatCount(targets, "target")}`,
    more: `Reason: ${reason}${discarded ? `. ${namesOf(discarded, targets, nameOf)}` : ""}`,
  }),
  "views-taken-off": ({ topic, views, reason }, _actor, nameOf) => ({
    what: `Took ${formatCount(views, "view")} off topic ${nameOf(topicTarget(topic), topic)}`,
    more: `Reason: ${reason}`,
  }),
  regression: ({ decision, views, reason }) => {
    const pending = views === undefined ? "the pending views" : formatCount(views, "pending view");
    return {
      what: `${decision === "keep" ? "Kept" : "Discarded"} ${pending} after Redis had lost a batch`,
      ...(reason === undefined ? {} : { more: `Reason: ${reason}` }),
    };
  },
  cleanup: ({ removedViews = 0, ...rows }) => ({
    what: `Deleted ${cleanupKinds
      .filter((kind) => rows[kind])
      .map((kind) => formatCount(rows[kind] ?? 0, ...cleanupNouns[kind]))
      .join(", ")} past their retention`,
    ...(removedViews > 0 ? { more: `With ${formatCount(removedViews, "persisted view")}` } : {}),
  }),
};

const cleanupNouns: Record<CleanupKind, [one: string, many?: string]> = {
  runErrors: ["error of a run", "errors of runs"],
  runs: ["run"],
  auditEntries: ["audit entry", "audit entries"],
  alerts: ["alert"],
  sessions: ["session"],
  dailyRows: ["daily count"],
  topics: ["topic"],
};

/** The name of a target for people; `plain` is used if its topic has no title. */
type NameOf = (target: string, plain?: string) => string;

/** Presents entries as sentences, with the titles of their topics. */
export async function presentEntries({ directory }: Services, entries: AuditEntry[]) {
  const topicIds = new Set(entries.flatMap(({ details }) => topicIdsIn(details)));
  const names = topicIds.size === 0 ? undefined : await directory.names([...topicIds]);
  const nameOf: NameOf = (target, plain = target) =>
    topicText(plain, names?.get(parseTarget(target).targetId) ?? null);
  return entries.map(({ id, created_at, actor, action, run_id, is_run_kept, details }) => ({
    id: id.toString(),
    at: created_at.toISOString(),
    actor,
    runId: run_id?.toString() ?? null,
    isRunKept: is_run_kept,
    ...(isAuditAction(action) ? textOf(action, details, actor, nameOf) : { what: action }),
  }));
}

function topicIdsIn(details: unknown): string[] {
  const { topic, discarded, retried } = (details ?? {}) as Record<string, unknown>;
  const targets = Object.keys({ ...(discarded as object), ...(retried as object) });
  const named = targets.map((target) => parseTarget(target).targetId);
  return typeof topic === "string" ? [topic, ...named] : named;
}

/** Details that another version has written, in a form unknown here, are shown as they are. */
function textOf<Action extends AuditAction>(
  action: Action,
  details: unknown,
  actor: string,
  nameOf: NameOf,
): EntryText {
  const schema = auditDetails[action] as unknown as z.ZodType<AuditDetails<Action>>;
  const parsed = schema.safeParse(details);
  return parsed.success
    ? texts[action](parsed.data, actor, nameOf)
    : { what: actionLabels[action], more: JSON.stringify(details) };
}

/** `all` is how many names there are; the page only gets the first ones. */
function namesOf(views: Record<string, number>, all: number | undefined, nameOf: NameOf): string {
  const named = Object.entries(views).map(
    ([target, number]) => `${nameOf(target)}: ${formatCount(number, "view")}`,
  );
  const more = (all ?? 0) - named.length;
  if (more > 0) named.push(`and ${formatNumber(more)} more`);
  return named.join(", ");
}

function chosenText({ targets, views }: AuditDetails<"flush">): string {
  const of = views === undefined ? "" : `, ${formatCount(views, "view")}`;
  return targets === undefined
    ? `everything pending${of}`
    : `${formatCount(targets, "target")}${of}`;
}
