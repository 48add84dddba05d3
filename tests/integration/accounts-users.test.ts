import { beforeAll, describe, expect, test } from "vitest";
import { administerUsers, type UserForm } from "~/routes/admin.users/administer-users.server";
import { proven, startAccounts, testPassword } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useServers } from "../helpers/use-servers";

const use = useServers();
const start = () => startAccounts({ ...use.urls, daoSlug: testDaoSlug() });
const app = forAllTests(start);
const ip = "203.0.113.7";

async function activeAdmins(): Promise<string[]> {
  const users = await app.users.list();
  return users
    .filter(({ role, disabled_at }) => role === "admin" && !disabled_at)
    .map(({ id }) => id);
}

describe("the last active admin", () => {
  let ids: string[];
  beforeAll(async () => {
    await app.add("one@example.org", "admin");
    await app.add("two@example.org", "admin");
    ids = [await app.idOf("one@example.org"), await app.idOf("two@example.org")];
  });
  async function restore() {
    for (const id of ids) {
      await app.users.enable("tests", id);
      await app.users.changeRole("tests", id, "admin");
    }
  }

  test("can be neither demoted nor disabled", async () => {
    const [one, two] = ids as [string, string];
    expect(await app.users.disable("tests", one)).toMatchObject({ kind: "changed" });
    expect(await app.users.disable("tests", two)).toEqual({ kind: "last-admin" });
    expect(await app.users.changeRole("tests", two, "operator")).toEqual({ kind: "last-admin" });
    expect(await app.users.changeRole("tests", two, "admin")).toMatchObject({ kind: "changed" });
    expect(await activeAdmins()).toEqual([two]);
    await restore();
  });

  test("is left by changes that come at the same time, whatever they are", async () => {
    const [one, two] = ids as [string, string];
    const demote = (id: string) => app.users.changeRole("tests", id, "operator");
    const disable = (id: string) => app.users.disable("tests", id);
    for (let round = 0; round < 60; round += 1) {
      const first = round % 2 === 0 ? demote : disable;
      const second = round % 3 === 0 ? demote : disable;
      const results = await Promise.all([first(one), second(two)]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(["changed", "last-admin"]);
      expect(await activeAdmins()).toHaveLength(1);
      await restore();
    }
  });
});

describe("a user", () => {
  test("exists once, however the address is written", async () => {
    await app.add("same@example.org");
    const again = { email: "same@example.org", role: "admin" as const, password: testPassword };
    expect(await app.users.create("tests", again)).toBe(false);
    const listed = (await app.users.list()).filter(({ email }) => email === "same@example.org");
    expect(listed).toMatchObject([{ role: "operator", open_sessions: 0 }]);
  });

  test("who does not exist cannot be changed", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    const change = { id: nobody, password: testPassword };
    expect(await app.users.disable("tests", nobody)).toEqual({ kind: "unknown" });
    expect(await app.users.enable("tests", nobody)).toEqual({ kind: "unknown" });
    expect(await app.users.changeRole("tests", nobody, "admin")).toEqual({ kind: "unknown" });
    expect(await app.users.changePassword("tests", change)).toEqual({ kind: "unknown" });
  });

  test("leaves a trail of every change, without passwords", async () => {
    await app.add("trail@example.org");
    const id = await app.idOf("trail@example.org");
    await app.users.changeRole("root@example.org", id, "admin");
    await app.users.changePassword("root@example.org", { id, password: "another long one" });
    await app.users.disable("root@example.org", id);
    await app.users.enable("root@example.org", id);
    const { entries, page } = await app.audit.list({
      actor: "ROOT@example",
      page: 1,
      pageSize: 50,
    });
    const email = "trail@example.org";
    expect(page.total).toBe(4);
    expect(entries.map(({ action, details }) => [action, details])).toEqual([
      ["user-enable", { email }],
      ["user-disable", { email }],
      ["password-change", { email }],
      ["role-change", { email, from: "operator", to: "admin" }],
    ]);
  });
});

describe("an admin at the page of users", () => {
  const administer = async (form: UserForm) => {
    const admin = { id: await app.idOf("one@example.org"), name: "one@example.org" };
    return administerUsers(app.users, { ...admin, role: "admin" }, form);
  };

  test("cannot change their own account", async () => {
    const id = await app.idOf("one@example.org");
    for (const form of [
      { intent: "disable", id },
      { intent: "role", id, role: "operator" },
      { intent: "password", id, password: "a new long password" },
    ] satisfies UserForm[]) {
      expect(await administer(form)).toMatchObject({ message: { kind: "error" } });
    }
    expect(await activeAdmins()).toContain(id);
  });

  test("is told when nothing was done", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    expect(await administer({ intent: "enable", id: nobody })).toMatchObject({
      message: { kind: "error", text: "There is no such user any more." },
    });
  });
});

describe("a password", () => {
  const signIn = (email: string, password: string) =>
    app.passwordSignIn.signIn({ email, password, ip, replacedToken: undefined });

  test("set by an admin replaces the old one and ends every session", async () => {
    await app.add("reset@example.org");
    const token = await app.signIn("reset@example.org");
    const id = await app.idOf("reset@example.org");
    await app.users.changePassword("root@example.org", { id, password: "a new long password" });
    expect(await app.sessions.find(token)).toBeUndefined();
    expect(await signIn("reset@example.org", testPassword)).toEqual({ kind: "wrong" });
    expect(await signIn("reset@example.org", "a new long password")).toMatchObject({
      kind: "signed-in",
    });
  });

  test("of one's own takes the current one, and keeps this session only", async () => {
    await app.add("own@example.org");
    const [here, there] = [
      await app.signIn("own@example.org"),
      await app.signIn("own@example.org"),
    ];
    const user = (await app.sessions.find(here))!;
    const change = { user, password: "my own new password", ip, token: here };
    expect(
      await app.passwordSignIn.changeOwnPassword({
        ...change,
        currentPassword: "not the right one",
      }),
    ).toEqual({ kind: "wrong" });
    expect(await app.sessions.find(there)).toBeDefined();
    expect(
      await app.passwordSignIn.changeOwnPassword({ ...change, currentPassword: testPassword }),
    ).toEqual({ kind: "changed" });
    expect(await app.sessions.find(here)).toBeDefined();
    expect(await app.sessions.find(there)).toBeUndefined();
    expect(await signIn("own@example.org", "my own new password")).toMatchObject({
      kind: "signed-in",
    });
  });

  test("may be typed in either form of the same characters", async () => {
    const email = "umlaut@example.org";
    const password = "Schl\u00FCsselbrettchen";
    await app.users.create("tests", { email, role: "operator", password });
    expect(await signIn(email, "Schlu\u0308sselbrettchen")).toMatchObject({ kind: "signed-in" });
  });

  test("that changed while it was verified opens no session", async () => {
    await app.add("raced@example.org");
    const user = (await app.users.findByEmail("raced@example.org"))!;
    await app.users.changePassword("tests", { id: user.id, password: "changed meanwhile" });
    expect(await app.sessions.open(proven(user))).toBeUndefined();
  });
});

describe("the audit log", () => {
  test("keeps what others record, and finds it by action and page", async () => {
    for (let run = 1; run <= 3; run += 1) {
      await app.audit.record({
        actor: "flusher@example.org",
        action: "flush",
        runId: String(run),
        details: { targets: run, views: run * 10 },
      });
    }
    const filter = { actor: "flusher", action: "flush", pageSize: 2 };
    const first = await app.audit.list({ ...filter, page: 1 });
    const second = await app.audit.list({ ...filter, page: 2 });
    expect(first.page).toMatchObject({ total: 3, pages: 2 });
    expect(await app.audit.list({ ...filter, page: 99 })).toEqual(second);
    expect([...first.entries, ...second.entries].map(({ run_id }) => String(run_id))).toEqual([
      "3",
      "2",
      "1",
    ]);
    expect(second.entries[0]).toMatchObject({ details: { targets: 1, views: 10 } });
  });

  test("takes wildcards for what they are", async () => {
    const { page } = await app.audit.list({ actor: "fl_sher%", page: 1, pageSize: 50 });
    expect(page.total).toBe(0);
  });

  test("is one DAO's own", async () => {
    const other = await start();
    const { entries, page } = await other.audit.list({ page: 1, pageSize: 50 });
    expect({ entries, total: page.total }).toEqual({ entries: [], total: 0 });
    await other.close();
  });
});
