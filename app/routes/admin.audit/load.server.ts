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
import { cleanupKinds, type CleanupKind } from "~/retention/cleanup-answer";
import { topicTarget } from "~/sync/target";
import type { Services } from "~/services.server";

/** Everything on the page of the audit log. @throws DependencyError */
export async function presentAudit({ audit }: Pick<Services, "audit">, wanted: AuditParams) {
  const params = { ...wanted, action: isAuditAction(wanted.action) ? wanted.action : EVERYTHING };
  const { entries, page } = await audit.list({ ...params, names: namesToSearch(params.topic) });
  return {
    entries: entries.map(presentEntry),
    params,
    actions: [
      { value: EVERYTHING, label: "Everything" },
      ...AUDIT_ACTIONS.map((value) => ({ value, label: actionLabels[value] })),
    ],
    page,
  };
}

/** A topic is in the log by its id or by its target. */
export function namesToSearch(topic: string): string[] {
  return topic === "" ? [] : [topic, topicTarget(topic)];
}

/** What the filter calls no filter. */
const EVERYTHING = "all";

/** For the filter, as what people look for. */
const actionLabels: Record<AuditAction, string> = {
  "sign-in": "Signed in",
  "sign-out-everywhere": "Signed out everywhere",
  "user-create": "User created",
  "user-disable": "User disabled",
  "user-enable": "User enabled",
  "role-change": "Role changed",
  "password-change": "Password changed",
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
  /** More of it. */
  more?: string;
}

const texts: {
  [Action in AuditAction]: (details: AuditDetails<Action>, actor: string) => EntryText;
} = {
  "sign-in": () => ({ what: "Signed in" }),
  "sign-out-everywhere": () => ({ what: "Signed out everywhere" }),
  "user-create": ({ email, role }) => ({ what: `Created the ${role} ${email}` }),
  "user-disable": ({ email }) => ({ what: `Disabled ${email}` }),
  "user-enable": ({ email }) => ({ what: `Enabled ${email}` }),
  "role-change": ({ email, from, to }) => ({
    what: `Made ${email} ${to === "admin" ? "an admin" : "an operator"}`,
    more: `Was ${from === "admin" ? "an admin" : "an operator"} before`,
  }),
  "password-change": ({ email }, actor) => ({
    what: email === actor ? "Changed their own password" : `Set a new password for ${email}`,
  }),
  "token-create": ({ name, scopes }) => ({
    what: `Created the token ${name}`,
    more: `Scopes: ${scopes.join(", ")}`,
  }),
  "token-revoke": ({ name }) => ({ what: `Revoked the token ${name}` }),
  flush: (chosen) => ({ what: `Flushed ${chosenText(chosen)}` }),
  retry: ({ retried, ...chosen }) => ({
    what: `Retried ${chosenText(chosen)}`,
    ...(retried ? { more: namesOf(retried, chosen.targets) } : {}),
  }),
  "run-stop": () => ({ what: "Stopped a run" }),
  discard: ({ views, targets, reason, discarded }) => ({
    what: `Discarded ${count(views, "view")} of ${count(targets, "target")}`,
    more: `Reason: ${reason}${discarded ? `. ${namesOf(discarded, targets)}` : ""}`,
  }),
  "views-taken-off": ({ topic, views, reason }) => ({
    what: `Took ${count(views, "view")} off topic ${topic}`,
    more: `Reason: ${reason}`,
  }),
  regression: ({ decision, views, reason }) => {
    const pending = views === undefined ? "the pending views" : count(views, "pending view");
    return {
      what: `${decision === "keep" ? "Kept" : "Discarded"} ${pending} after Redis had lost a batch`,
      ...(reason === undefined ? {} : { more: `Reason: ${reason}` }),
    };
  },
  cleanup: ({ removedViews = 0, ...rows }) => ({
    what: `Deleted ${cleanupKinds
      .filter((kind) => rows[kind])
      .map((kind) => count(rows[kind] ?? 0, ...cleanupNouns[kind]))
      .join(", ")} past their retention`,
    ...(removedViews > 0 ? { more: `With ${count(removedViews, "persisted view")}` } : {}),
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

export function presentEntry(entry: AuditEntry) {
  const { id, created_at, actor, action, run_id, is_run_kept, details } = entry;
  return {
    id: id.toString(),
    at: created_at.toISOString(),
    actor,
    runId: run_id?.toString() ?? null,
    isRunKept: is_run_kept,
    ...(isAuditAction(action) ? textOf(action, details, actor) : { what: action }),
  };
}

/** An entry whose details an older or a newer version wrote is shown as it is. */
function textOf<Action extends AuditAction>(
  action: Action,
  details: unknown,
  actor: string,
): EntryText {
  const schema = auditDetails[action] as unknown as z.ZodType<AuditDetails<Action>>;
  const parsed = schema.safeParse(details);
  return parsed.success
    ? texts[action](parsed.data, actor)
    : { what: actionLabels[action], more: JSON.stringify(details) };
}

/** `all` is how many there are: a page has the names of the first ones. */
function namesOf(views: Record<string, number>, all = 0): string {
  const named = Object.entries(views).map(
    ([target, number]) => `${target}: ${count(number, "view")}`,
  );
  const more = all - named.length;
  if (more > 0) named.push(`and ${more.toLocaleString("en")} more`);
  return named.join(", ");
}

function chosenText({ targets, views }: AuditDetails<"flush">): string {
  const of = views === undefined ? "" : `, ${count(views, "view")}`;
  return targets === undefined ? `everything pending${of}` : `${count(targets, "target")}${of}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
