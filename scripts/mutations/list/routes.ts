import type { Mutation } from "../mutation";
import { routeGuards } from "./test-files";

const requiresUser = "await requireUser({ request, context });";
const somebody = `{ id: "", name: "nobody", role: "admin" as const }`;

/** Anybody gets in. */
function open(name: string, file: string, find: string, replace: string): Mutation {
  const guard = `${name}: nobody who is not signed in`;
  return { name, guard, file: `app/routes/${file}`, find, replace, tests: [routeGuards] };
}

/** A loader that only asks whether somebody is signed in. */
function openLoader(page: string, file: string): Mutation {
  return open(`loader-${page}`, file, requiresUser, "");
}

/** A loader that shows admins more. */
function openLoaderWithRole(page: string, file: string): Mutation {
  const find = `const { role } = ${requiresUser}`;
  return open(`loader-${page}`, file, find, `const { role } = ${somebody};`);
}

const changeAction = "const user = await requireRight({ request, context }, CHANGE_VIEWS);";

/** Two mutations of an action for admins: anybody gets in, and operators do. */
function openAction(page: string, file: string): Mutation[] {
  const name = `action-${page}`;
  return [
    open(name, file, changeAction, `const user = ${somebody};`),
    {
      ...open(
        name,
        file,
        changeAction,
        changeAction.replace("CHANGE_VIEWS", `{ ...CHANGE_VIEWS, roles: ["operator", "admin"] }`),
      ),
      name: `role-${page}`,
      guard: `action-${page}: no operator`,
    },
  ];
}

const usersLoader = `LoaderFunctionArgs) {
  const admin = await requireRight({ request, context }, MANAGE_USERS);`;
const usersAction = `ActionFunctionArgs) {
  const admin = await requireRight({ request, context }, MANAGE_USERS);`;
/** The page of users imports no guard for operators. */
const asOperator = `await (await import("~/server/guards.server")).requireUser({ request, context })`;

function users(part: "loader" | "action", find: string): Mutation[] {
  const guard = "await requireRight({ request, context }, MANAGE_USERS)";
  const name = `${part}-users`;
  return [
    open(name, "admin.users/route.tsx", find, find.replace(guard, somebody)),
    {
      ...open(name, "admin.users/route.tsx", find, find.replace(guard, asOperator)),
      name: `role-users-${part}`,
      guard: `${part}-users: no operator`,
    },
  ];
}

const csvAnswer = "admin/csv-answer.server.ts";
const csvGuard = "await requireRight({ request, context }, list.right ?? READ);";

const checksOrigin = "checkOrigin(request, env.APP_ORIGIN);";

export const routes: Mutation[] = [
  openLoader("not-found", "admin.$.tsx"),
  openLoaderWithRole("overview", "admin._index/route.tsx"),
  openLoaderWithRole("failures", "admin.failures/route.tsx"),
  openLoaderWithRole("pending", "admin.pending/route.tsx"),
  openLoaderWithRole("run", "admin.runs.$runId/route.tsx"),
  openLoader("topics-csv", "admin.topics[.]csv/route.ts"),
  open("loader-csv", csvAnswer, csvGuard, ""),
  {
    ...open("role-csv", csvAnswer, csvGuard, csvGuard.replace("list.right ?? ", "")),
    guard: "loader-csv: no operator where only admins may read",
  },
  openLoader("reason", "admin.reason.ts"),
  openLoader("audit", "admin.audit/route.tsx"),
  openLoader("runs", "admin.runs._index/route.tsx"),
  openLoader("topics", "admin.topics._index/route.tsx"),
  openLoaderWithRole("topic", "admin.topics.$topicId/route.tsx"),
  open(
    "loader-layout",
    "admin/route.tsx",
    "const user = await userIfKnown({ request, context });",
    `const user = ${somebody};`,
  ),
  open(
    "loader-account",
    "admin.account.tsx",
    `const { id, name, role } = ${requiresUser}`,
    `const { id, name, role } = ${somebody};`,
  ),
  open(
    "action-account",
    "admin.account.tsx",
    `ActionFunctionArgs) {\n  const user = ${requiresUser}`,
    `ActionFunctionArgs) {\n  const user = ${somebody};`,
  ),
  ...openAction("overview", "admin._index/route.tsx"),
  ...openAction("failures", "admin.failures/route.tsx"),
  ...openAction("topic", "admin.topics.$topicId/route.tsx"),
  ...openAction("run", "admin.runs.$runId/route.tsx"),
  ...users("loader", usersLoader),
  ...users("action", usersAction),
  {
    ...open("origin-sign-in", "login/route.tsx", checksOrigin, ""),
    guard: "sign-in: no other site",
  },
  {
    ...open(
      "origin-theme",
      "theme.ts",
      "checkOrigin(request, context.services.env.APP_ORIGIN);",
      "",
    ),
    guard: "theme: no other site",
  },
  {
    ...open("origin-sign-out", "logout.ts", "await getUser({ request, context })", "undefined"),
    guard: "sign-out: no other site",
  },
];
