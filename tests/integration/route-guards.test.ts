import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { ActionFunction, LoaderFunction } from "@remix-run/node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  CHANGE_VIEWS,
  MANAGE_TOKENS,
  MANAGE_USERS,
  may,
  READ,
  USER_ROLES,
  type Right,
  type UserRole,
} from "~/accounts/rights";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

/**
 * Every loader and every action checks the user itself, because `?_data=` requests reach each of them
 * directly, without its layout's checks.
 */

/** A right; `anybody`, except pages of other sites; or `api`: no cookies, so no check here. */
type Guard = Right | "anybody" | "api";

const routes: Record<string, { loader?: Guard; action?: Guard }> = {
  "$.tsx": { loader: "anybody" },
  "_index.tsx": { loader: "anybody" },
  "admin.$.tsx": { loader: READ },
  "admin._index": { loader: READ, action: CHANGE_VIEWS },
  "admin.account.tsx": { loader: READ, action: READ },
  "admin.audit": { loader: READ },
  "admin.audit[.]csv.ts": { loader: READ },
  "admin.failures": { loader: READ, action: CHANGE_VIEWS },
  "admin.failures[.]csv.ts": { loader: READ },
  "admin.pending": { loader: READ },
  "admin.pending[.]csv": { loader: READ },
  "admin.reason.ts": { loader: READ },
  "admin.runs.$runId": { loader: READ, action: CHANGE_VIEWS },
  "admin.runs.$runId.errors[.]csv.ts": { loader: READ },
  "admin.runs._index": { loader: READ },
  "admin.tokens": { loader: MANAGE_TOKENS, action: MANAGE_TOKENS },
  "admin.tokens[.]csv.ts": { loader: MANAGE_TOKENS },
  "admin.runs[.]csv.ts": { loader: READ },
  "admin.topics.$topicId": { loader: READ, action: CHANGE_VIEWS },
  "admin.topics._index": { loader: READ },
  "admin.topics[.]csv": { loader: READ },
  admin: { loader: READ },
  "admin.users": { loader: MANAGE_USERS, action: MANAGE_USERS },
  "admin.users[.]csv.ts": { loader: MANAGE_USERS },
  "api.v1.forum.cleanup.ts": { loader: "api", action: "api" },
  "api.v1.forum.stats.ts": { loader: "api" },
  "api.v1.forum.sync-views.ts": { loader: "api", action: "api" },
  "api.v1.forum.topics.ts": { action: "api" },
  "api.v1.openapi[.]json.ts": { loader: "api" },
  "docs.api.ts": { loader: "anybody" },
  "healthz.ts": { loader: "api" },
  login: { loader: "anybody", action: "anybody" },
  "login_.organisation.ts": { loader: "anybody" },
  "login_.wallet.ts": { action: "anybody" },
  "logout.ts": { loader: "anybody", action: "anybody" },
  "metrics.ts": { loader: "api" },
  "readyz.ts": { loader: "api" },
  "theme.ts": { loader: "anybody", action: "anybody" },
};

const folder = path.resolve("app/routes");
const origin = "http://forum.test";
const previousSecret = "the-previous-secret-of-the-tests";

const use = useServers();
const dashboard = forAllTests(() =>
  startDashboard({ ...use.urls, env: { CRON_SECRET_PREVIOUS: previousSecret } }),
);
const cookies: Record<string, string> = {};

beforeAll(async () => {
  for (const role of USER_ROLES) cookies[role] = await dashboard.signIn(role);
});

interface RouteModule {
  loader?: LoaderFunction;
  action?: ActionFunction;
}

async function load(file: string): Promise<RouteModule> {
  const place = path.join(folder, file);
  const module = statSync(place).isDirectory() ? path.join(place, "route") : place;
  return (await import(/* @vite-ignore */ module)) as RouteModule;
}

interface Asker {
  role?: UserRole;
  from?: string;
  authorization?: string;
}

/** The answer or error of a loader or an action; undefined for data, which means that it let the user in. */
async function ask(file: string, part: "loader" | "action", asker: Asker) {
  const headers = new Headers({ Origin: asker.from ?? origin });
  if (asker.role) headers.set("Cookie", cookies[asker.role] ?? "");
  if (asker.authorization) headers.set("Authorization", asker.authorization);
  const body = part === "action" ? new URLSearchParams({ intent: "flush" }) : null;
  const method = part === "action" ? "POST" : "GET";
  const request = new Request(`${origin}/admin/somewhere?_data=1`, { method, headers, body });
  const called = (await load(file))[part];
  if (!called) throw new Error(`${file} has no ${part}`);
  const params = { runId: "1", topicId: "1" };
  try {
    const answer: unknown = await called({ request, params, context: dashboard.context });
    return answer instanceof Response ? answer : undefined;
  } catch (thrown) {
    if (thrown instanceof Response) return thrown;
    throw thrown;
  }
}

const parts = Object.keys(routes).flatMap((file) =>
  (["loader", "action"] as const).flatMap((part) => {
    const guard = routes[file]?.[part];
    return guard ? [{ file, part, guard }] : [];
  }),
);
const guarded = parts.flatMap(({ guard, ...rest }) =>
  typeof guard === "string" ? [] : [{ ...rest, guard }],
);
/** Everything that needs a right, for each role: who may not, and who may. */
const asked = guarded.flatMap(({ guard, ...rest }) =>
  USER_ROLES.map((role) => ({ ...rest, role, guard, isAllowed: may({ role }, guard) })),
);
const changing = parts.filter(({ part, guard }) => part === "action" && guard !== "api");

describe("the table of guards", () => {
  it("names every route, with what it loads and changes", async () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(routes).sort());
    for (const [file, { loader, action }] of Object.entries(routes)) {
      const module = await load(file);
      const has = [file, module.loader !== undefined, module.action !== undefined];
      expect(has).toEqual([file, loader !== undefined, action !== undefined]);
    }
  });
});

describe("nobody who is not signed in", () => {
  it.each(guarded)("gets anything from the $part of $file", async ({ file, part }) => {
    const answer = await ask(file, part, {});
    expect(answer?.status).toBe(302);
    expect(answer?.headers.get("Location")).toMatch(/^\/login(\?|$)/);
  });
});

describe("a role without the right", () => {
  const refused = asked.filter(({ isAllowed }) => !isAllowed);
  it.each(refused)(
    "$role is refused by the $part of $file",
    async ({ file, part, role, guard }) => {
      const answer = await ask(file, part, { role });
      expect(answer?.status).toBe(403);
      expect(await answer?.text()).toBe(guard.refusal);
    },
  );
});

describe("another site", () => {
  it.each(changing)("is refused by the $part of $file", async ({ file, part }) => {
    const answer = await ask(file, part, { role: "admin", from: "https://evil.example" });
    expect(answer?.status).toBe(403);
    expect(await answer?.text()).toContain("Refused: this request did not come from");
  });
});

describe("a role with the right, on our own pages", () => {
  const allowed = asked.filter(({ isAllowed }) => isAllowed);
  it.each(allowed)("$role is let in by the $part of $file", async ({ file, part, role }) => {
    const answer = await ask(file, part, { role });
    expect(answer?.status).not.toBe(403);
    expect(answer?.headers.get("Location") ?? "").not.toMatch(/^\/login/);
  });
});

describe.each(["api.v1.forum.sync-views.ts", "api.v1.forum.cleanup.ts"])("%s", (file) => {
  it.each(["loader", "action"] as const)("works by its %s with a secret only", async (part) => {
    const call = (authorization: string) => ask(file, part, { authorization });
    expect((await call("Bearer another-secret-that-is-none"))?.status).toBe(401);
    expect((await call(`Bearer ${previousSecret}`))?.status).toBe(200);
    expect((await call(`Bearer ${dashboard.services.env.CRON_SECRET}`))?.status).toBe(200);
  });
});
