import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MANAGE_USERS } from "~/accounts/rights";
import { DependencyError } from "~/platform/dependency-error.server";
import { getUser, requireRight, requireUser, type GuardedRequest } from "~/server/guards.server";
import { type AccountsProcess, startAccounts, testOrigin, testPassword } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { type TestDatabase, createTestDatabase, testRedis } from "../helpers/database";

let database: TestDatabase;
let app: AccountsProcess;
const daoSlug = testDaoSlug();

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startAccounts({ databaseUrl: database.url, redisUrl: testRedis(), daoSlug });
  await app.add("root@example.org", "admin");
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

async function signIn(email: string, replacedToken?: string): Promise<string> {
  const attempt = { email, password: testPassword, ip: "203.0.113.7", replacedToken };
  const result = await app.passwordSignIn.signIn(attempt);
  if (result.kind !== "signed-in") throw new Error(`${email}: ${result.kind}`);
  return result.token;
}

async function requestOf(token: string | undefined, init: RequestInit = {}): Promise<Request> {
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set("Cookie", await app.cookie(token));
  return new Request(`${testOrigin}/admin/runs?page=2`, { ...init, headers });
}

const requireAdmin = (guarded: GuardedRequest) => requireRight(guarded, MANAGE_USERS);

/** What the guard throws. */
async function refusalBy(guard: typeof requireUser, request: Request): Promise<Response> {
  const thrown: unknown = await guard({ request, context: app.context }).catch(
    (error: unknown) => error,
  );
  if (!(thrown instanceof Response)) throw new Error("The guard let the request through");
  return thrown;
}

describe("a session", () => {
  test("says who asks, and is stored as a digest only", async () => {
    await app.add("ada@example.org");
    const token = await signIn("ada@example.org");
    expect(await app.sessions.find(token)).toEqual({
      id: await app.idOf("ada@example.org"),
      name: "ada@example.org",
      role: "operator",
    });
    const stored = await app.database.prisma.session.findMany();
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(token).toMatch(/^[\w-]{43}$/);
  });

  test("ends 3 days after its last use, and 14 days after sign-in, however much it is used", async () => {
    await app.add("days@example.org");
    const token = await signIn("days@example.org");
    const user_id = await app.idOf("days@example.org");
    const { session } = app.database.prisma;
    const hoursLeft = async () => {
      const { expires_at } = await session.findFirstOrThrow({ where: { user_id } });
      return Math.round((expires_at.getTime() - Date.now()) / 3_600_000);
    };
    const usedAfter = async (days: number) => {
      const begun = new Date(Date.now() - days * 86_400_000);
      const last_seen_at = new Date(Date.now() - 3_600_000);
      await session.updateMany({ where: { user_id }, data: { created_at: begun, last_seen_at } });
      expect(await app.sessions.find(token)).toBeDefined();
    };
    expect(await hoursLeft()).toBe(3 * 24);
    await usedAfter(5);
    expect(await hoursLeft()).toBe(3 * 24);
    await usedAfter(13);
    expect(await hoursLeft()).toBe(24);
    await session.updateMany({
      where: { user_id },
      data: { expires_at: new Date(Date.now() - 1_000) },
    });
    expect(await app.sessions.find(token)).toBeUndefined();
    await signIn("days@example.org");
    expect(await session.count({ where: { user_id } })).toBe(1);
  });

  test("is listed for its user, who can end it, and nobody else can", async () => {
    await app.add("lists@example.org");
    await app.add("curious@example.org");
    const here = await signIn("lists@example.org");
    const there = await signIn("lists@example.org");
    const user = (await app.sessions.find(here))!;
    const other = (await app.sessions.find(await signIn("curious@example.org")))!;
    const listed = await app.sessions.list(user.id, here);
    expect(listed).toMatchObject([
      { isThis: false, network: "203.0.…" },
      { isThis: true, network: "203.0.…" },
    ]);
    const elsewhere = listed.find(({ isThis }) => !isThis)!;
    await app.sessions.endOne(other, elsewhere.id);
    expect(await app.sessions.find(there)).toBeDefined();
    await app.sessions.endOne(user, elsewhere.id);
    expect(await app.sessions.find(there)).toBeUndefined();
    expect(await app.sessions.find(here)).toBeDefined();
  });

  test("leaves the time of the sign-in behind when it is over", async () => {
    await app.add("past@example.org");
    await app.sessions.end(await signIn("past@example.org"));
    const [user] = (await app.users.list()).filter(({ email }) => email === "past@example.org");
    expect(user).toMatchObject({ open_sessions: 0 });
    expect(user?.last_signed_in_at).toBeInstanceOf(Date);
  });

  test("ends when its browser signs in again, and other browsers' do not", async () => {
    await app.add("rota@example.org");
    const phone = await signIn("rota@example.org");
    const before = await signIn("rota@example.org");
    const after = await signIn("rota@example.org", before);
    expect(after).not.toBe(before);
    expect(await app.sessions.find(before)).toBeUndefined();
    expect(await app.sessions.find(after)).toBeDefined();
    expect(await app.sessions.find(phone)).toBeDefined();
  });

  test("ends on sign-out, alone", async () => {
    await app.add("out@example.org");
    const [here, there] = [await signIn("out@example.org"), await signIn("out@example.org")];
    await app.sessions.end(here);
    expect(await app.sessions.find(here)).toBeUndefined();
    expect(await app.sessions.find(there)).toBeDefined();
  });

  test("ends with all others when its user signs out everywhere, which the log knows", async () => {
    await app.add("everywhere@example.org");
    const tokens = [await signIn("everywhere@example.org"), await signIn("everywhere@example.org")];
    const user = await app.sessions.find(tokens[0]!);
    expect(await app.sessions.endAll(user!)).toBe(2);
    for (const token of tokens) expect(await app.sessions.find(token)).toBeUndefined();
    const { entries } = await app.audit.list({ actor: user!.name, page: 1, pageSize: 50 });
    expect(entries.map(({ action }) => action)).toEqual([
      "sign-out-everywhere",
      "sign-in",
      "sign-in",
    ]);
  });

  test("has the role that its user has now", async () => {
    await app.add("role@example.org");
    const token = await signIn("role@example.org");
    await app.users.changeRole("root@example.org", await app.idOf("role@example.org"), "admin");
    expect((await app.sessions.find(token))?.role).toBe("admin");
    await app.users.changeRole("root@example.org", await app.idOf("role@example.org"), "operator");
    expect((await app.sessions.find(token))?.role).toBe("operator");
  });

  test("ends at once with its user, and does not come back with them", async () => {
    await app.add("gone@example.org");
    const token = await signIn("gone@example.org");
    const id = await app.idOf("gone@example.org");
    await app.users.disable("root@example.org", id);
    expect(await app.sessions.find(token)).toBeUndefined();
    const attempt = { email: "gone@example.org", password: testPassword, ip: "203.0.113.9" };
    expect(await app.passwordSignIn.signIn({ ...attempt, replacedToken: undefined })).toEqual({
      kind: "wrong",
    });
    await app.users.enable("root@example.org", id);
    expect(await app.sessions.find(token)).toBeUndefined();
    expect(await app.sessions.find(await signIn("gone@example.org"))).toBeDefined();
  });
});

test("a user who is disabled by whatever means has no session", async () => {
  await app.add("by-hand@example.org");
  const token = await signIn("by-hand@example.org");
  const id = await app.idOf("by-hand@example.org");
  await app.database.prisma.user.update({ where: { id }, data: { disabled_at: new Date() } });
  expect(await app.database.prisma.session.count({ where: { user_id: id } })).toBe(1);
  expect(await app.sessions.find(token)).toBeUndefined();
});

describe("the guards", () => {
  let operator: string;
  let admin: string;
  beforeAll(async () => {
    await app.add("guarded@example.org");
    operator = await signIn("guarded@example.org");
    admin = await signIn("root@example.org");
  });

  test("let users in, and only admins where only admins may go", async () => {
    const { context } = app;
    const user = await requireUser({ request: await requestOf(operator), context });
    expect(user).toMatchObject({ name: "guarded@example.org", role: "operator" });
    const request = await requestOf(admin);
    expect(await requireAdmin({ request, context })).toMatchObject({ role: "admin" });
    const refusal = await refusalBy(requireAdmin, await requestOf(operator));
    expect(refusal.status).toBe(403);
    expect(await refusal.text()).toBe("Only admins may do this");
  });

  test("lead everybody else to the sign-in page and back", async () => {
    for (const guard of [requireUser, requireAdmin]) {
      const refusal = await refusalBy(guard, await requestOf(undefined));
      expect(refusal.status).toBe(302);
      expect(refusal.headers.get("Location")).toBe("/login?redirectTo=%2Fadmin%2Fruns%3Fpage%3D2");
    }
  });

  test("believe no cookie that we did not sign", async () => {
    const { context } = app;
    const ours = await app.cookie(admin);
    for (const Cookie of [
      `fv_session=${admin}`,
      ours.replace(/\.[^.]*$/, ""),
      `${ours.slice(0, -3)}AAA`,
    ]) {
      const request = new Request(`${testOrigin}/admin`, { headers: { Cookie } });
      expect(await getUser({ request, context })).toBeUndefined();
    }
  });

  test("refuse another site's change before they look at anything", async () => {
    for (const guard of [getUser, requireUser, requireAdmin] as Array<typeof requireUser>) {
      const headers = { Origin: "https://evil.example" };
      const request = await requestOf(admin, { method: "POST", headers });
      expect((await refusalBy(guard, request)).status).toBe(403);
    }
    const headers = { Origin: testOrigin };
    const request = await requestOf(admin, { method: "POST", headers });
    expect(await requireAdmin({ request, context: app.context })).toBeDefined();
  });

  test("say which server is away, and no host name", async () => {
    const cookie = await app.cookie(admin);
    const away = await startAccounts({
      databaseUrl: "postgres://postgres:postgres@127.0.0.1:1/none",
      redisUrl: testRedis(),
      daoSlug,
    });
    const request = new Request(`${testOrigin}/admin`, { headers: { Cookie: cookie } });
    const thrown: unknown = await requireUser({ request, context: away.context }).catch(
      (error: unknown) => error,
    );
    await away.close();
    expect(thrown).toBeInstanceOf(DependencyError);
    expect((thrown as DependencyError).message).toBe("Database connection failed");
  });
});
