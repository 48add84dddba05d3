import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { getUser } from "~/server/guards.server";
import { startAccounts, testOrigin, testPassword } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useServers } from "../helpers/use-servers";

const use = useServers();
const app = forAllTests(() => startAccounts({ ...use.urls, daoSlug: testDaoSlug() }));

const signIn = (email: string, replacedToken?: string) => app.signIn(email, replacedToken);

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

  test("ends on sign-out, alone, and leaves the time of the sign-in behind", async () => {
    await app.add("out@example.org");
    const [here, there] = [await signIn("out@example.org"), await signIn("out@example.org")];
    await app.sessions.end(here);
    expect(await app.sessions.find(here)).toBeUndefined();
    expect(await app.sessions.find(there)).toBeDefined();
    await app.sessions.end(there);
    const [user] = (await app.users.list()).filter(({ email }) => email === "out@example.org");
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
    await app.add("root@example.org", "admin");
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
    const last = await signIn("gone@example.org");
    expect(await app.sessions.find(last)).toBeDefined();
    await app.database.prisma.user.delete({ where: { id } });
    expect(await app.sessions.find(last)).toBeUndefined();
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

test("no cookie is believed that we did not sign", async () => {
  await app.add("signed@example.org");
  const token = await signIn("signed@example.org");
  const userBy = (Cookie: string) => {
    const request = new Request(`${testOrigin}/admin`, { headers: { Cookie } });
    return getUser({ request, context: app.context });
  };
  const cookie = await app.cookie(token);
  const value = decodeURIComponent(cookie.split("=").slice(1).join("="));
  const [payload = "", signature = ""] = value.split(/\.(?=[^.]*$)/);
  const resigned = createHmac("sha256", "another secret").update(payload).digest("base64");
  const other = Buffer.from(JSON.stringify("a".repeat(43))).toString("base64");
  for (const forged of [
    token,
    payload,
    `${payload}.`,
    `${payload}.${signature.slice(0, -2)}AA`,
    `${payload}.${resigned}`,
    `${other}.${signature}`,
    `${payload}x.${signature}`,
    `${payload}.${signature}.${signature}`,
  ]) {
    expect(await userBy(`fv_session=${encodeURIComponent(forged)}`), forged).toBeUndefined();
  }
  expect(await userBy(cookie)).toMatchObject({ name: "signed@example.org" });
});
