import { z } from "zod";
import { pageSizes } from "~/lists/list-search";
import {
  AUDIT_ACTIONS,
  auditDetails,
  isAuditAction,
  type AuditAction,
  type AuditDetails,
  type AuditEntry,
} from "~/accounts/audit.server";
import { cleanupKinds, type CleanupKind } from "~/retention/cleanup-answer";
import type { Services } from "~/services.server";

const LAST_PAGE = 1_000_000;
/** What the filter calls no filter. */
const EVERYTHING = "all";

/** What the address may say; anything else counts as nothing. */
const searchSchema = z.object({
  actor: z
    .string()
    .trim()
    .min(1)
    .max(320)
    .regex(/^\P{Cc}*$/u)
    .optional()
    .catch(undefined),
  action: z.enum(AUDIT_ACTIONS).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(LAST_PAGE).catch(1),
  size: z.coerce.number().pipe(z.literal(pageSizes)).catch(50),
});

/** Everything on the page of the audit log. @throws DependencyError */
export async function presentAudit(
  { audit, runs }: Pick<Services, "audit" | "runs">,
  search: URLSearchParams,
) {
  const { actor, action, page, size } = searchSchema.parse(Object.fromEntries(search));
  const list = await audit.list({ actor, action, page, pageSize: size });
  const named = list.entries.flatMap(({ run_id }) => run_id?.toString() ?? []);
  const kept = await runs.existing(named);
  return {
    entries: list.entries.map((entry) => presentEntry(entry, kept)),
    filter: { actor: actor ?? "", action: action ?? EVERYTHING },
    actions: [
      { value: EVERYTHING, label: "Everything" },
      ...AUDIT_ACTIONS.map((value) => ({ value, label: actionLabels[value] })),
    ],
    isFiltered: actor !== undefined || action !== undefined,
    page: list.page,
  };
}

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
  retry: (chosen) => ({ what: `Retried ${chosenText(chosen)}` }),
  discard: ({ views, targets, reason, discarded }) => ({
    what: `Discarded ${count(views, "view")} of ${count(targets, "target")}`,
    more: `Reason: ${reason}${discarded ? `. ${namesOf(discarded)}` : ""}`,
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

/** `keptRuns` are those that have a page: runs are deleted before the entries that name them. */
function presentEntry(
  { id, created_at, actor, action, run_id, details }: AuditEntry,
  keptRuns: Set<string>,
) {
  const runId = run_id?.toString() ?? null;
  return {
    id: id.toString(),
    at: created_at.toISOString(),
    actor,
    runId,
    isRunKept: runId !== null && keptRuns.has(runId),
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

/** Targets that an entry shows; its details in the database have all of them. */
const MOST_NAMED = 10;

function namesOf(discarded: Record<string, number>): string {
  const targets = Object.entries(discarded);
  const named = targets
    .slice(0, MOST_NAMED)
    .map(([target, views]) => `${target}: ${count(views, "view")}`);
  const more = targets.length - named.length;
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
