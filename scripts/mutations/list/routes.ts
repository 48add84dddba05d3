import { guardsOf, type Mutation } from "../mutation";
import { routeGuards } from "./test-files";

const requiresUser = "await requireUser({ request, context })";
const requiresChange = "await requireRight({ request, context }, CHANGE_VIEWS)";
const requiresManage = "await requireRight({ request, context }, MANAGE_USERS)";
const somebody = `{ id: "", name: "nobody", role: "admin" as const }`;
const operatorToo = `{ ...CHANGE_VIEWS, roles: ["operator", "admin"] }`;
/** The page of users imports no guard for operators. */
const asOperator = `await (await import("~/server/guards.server")).requireUser({ request, context })`;

/** Loaders that only ask whether somebody is signed in. */
const loaders = {
  "not-found": "admin.$.tsx",
  "topics-csv": "admin.topics[.]csv/route.ts",
  reason: "admin.reason.ts",
  audit: "admin.audit/route.tsx",
  runs: "admin.runs._index/route.tsx",
  topics: "admin.topics._index/route.tsx",
};
/** Pages with actions for admins. */
const pagesWithActions = {
  overview: "admin._index/route.tsx",
  failures: "admin.failures/route.tsx",
  topic: "admin.topics.$topicId/route.tsx",
  run: "admin.runs.$runId/route.tsx",
};
/** Loaders that show admins more. */
const loadersWithRole = { ...pagesWithActions, pending: "admin.pending/route.tsx" };

/** By the first word of a mutation's name. */
const refused: Record<string, string> = { role: "an operator", origin: "another site" };

function open(name: string, route: string, find: string, replace = ""): Mutation[] {
  const guard = `${name} refuses ${refused[name.split("-")[0]!] ?? "who is not signed in"}`;
  return guardsOf(`app/routes/${route}`, routeGuards, { [name]: { guard, find, replace } });
}

/** Two mutations of the page of users: anybody gets in, and operators do. */
function users(part: "loader" | "action", parameter: string): Mutation[] {
  const to = (guard: string) => `${parameter}) {\n  const admin = ${guard};`;
  return Object.entries({
    [`${part}-users`]: somebody,
    [`role-users-${part}`]: asOperator,
  }).flatMap(([name, replace]) =>
    open(name, "admin.users/route.tsx", to(requiresManage), to(replace)),
  );
}

const csvAnswer = "admin/csv-answer.server.ts";
const account = "admin.account.tsx";

export const routes = [
  ...Object.entries(loaders).flatMap(([page, route]) =>
    open(`loader-${page}`, route, `${requiresUser};`),
  ),
  ...Object.entries(loadersWithRole).flatMap(([page, route]) =>
    open(`loader-${page}`, route, `{ role } = ${requiresUser}`, `{ role } = ${somebody}`),
  ),
  ...Object.entries(pagesWithActions).flatMap(([page, route]) => [
    ...open(`action-${page}`, route, requiresChange, somebody),
    ...open(`role-${page}`, route, "context }, CHANGE_VIEWS", `context }, ${operatorToo}`),
  ]),
  ...users("loader", "LoaderFunctionArgs"),
  ...users("action", "ActionFunctionArgs"),
  ...open("loader-csv", csvAnswer, "await requireRight({ request, context }, list.right ?? READ);"),
  ...open("role-csv", csvAnswer, "list.right ?? READ", "READ"),
  ...open("loader-layout", "admin/route.tsx", "await userIfKnown({ request, context })", somebody),
  ...open(
    "loader-account",
    account,
    `name, role } = ${requiresUser}`,
    `name, role } = ${somebody}`,
  ),
  ...open("action-account", account, `const user = ${requiresUser}`, `const user = ${somebody}`),
  ...open("origin-sign-in", "login/route.tsx", "checkOrigin(request, env.APP_ORIGIN);"),
  ...open("origin-theme", "theme.ts", "checkOrigin(request, context.services.env.APP_ORIGIN);"),
  ...open("origin-sign-out", "logout.ts", "await getUser({ request, context })", "undefined"),
];
