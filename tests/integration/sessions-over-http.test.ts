import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startAccounts, testPassword, testSecret, type AccountsProcess } from "../helpers/accounts";
import { startAppServer, type AppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { testRedis } from "../helpers/database";
import { useServers } from "../helpers/use-servers";

/** Sessions as a browser has them, on the production build. */

const use = useServers();
const daoSlug = testDaoSlug();
let app: AppServer;
let secure: AppServer;
let accounts: AccountsProcess;
let people = 0;

const secureOrigin = "https://views.example";

beforeAll(async () => {
  const options = { databaseUrl: use.database.url, redisUrl: testRedis(), daoSlug };
  const env = { SESSION_SECRET: testSecret, TRUST_PROXY: "loopback" };
  app = await startAppServer({ ...options, env });
  secure = await startAppServer({ ...options, env: { ...env, APP_ORIGIN: secureOrigin } });
  accounts = await startAccounts(options);
  await accounts.add("root@example.org", "admin");
});
afterAll(async () => {
  await accounts.close();
  await app.stop();
  await secure.stop();
});

async function newUser(role: "operator" | "admin" = "operator"): Promise<string> {
  people += 1;
  const email = `person-${people}@example.org`;
  await accounts.add(email, role);
  return email;
}

interface Sent {
  cookie?: string;
  form?: Record<string, string>;
  server?: AppServer;
  origin?: string;
}

function send(path: string, { cookie, form, server = app, origin = server.origin }: Sent = {}) {
  const client = { "X-Forwarded-For": `100.64.9.${people}` };
  const headers = { ...client, ...(cookie === undefined ? {} : { Cookie: cookie }) };
  const body = new URLSearchParams(form);
  return fetch(`${server.origin}${path}`, {
    redirect: "manual",
    ...(form ? { method: "POST", body, headers: { ...headers, Origin: origin } } : { headers }),
  });
}

const cookieOf = (answer: Response) => answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

async function signIn(email: string, more: Sent & { password?: string; path?: string } = {}) {
  const { password = testPassword, path = "/login", ...sent } = more;
  return send(path, { ...sent, form: { email, password } });
}

/** Whether a page answers 200, or redirects to the sign-in page. */
async function isSignedIn(cookie: string): Promise<boolean> {
  const answer = await send("/admin/runs", { cookie });
  if (answer.status === 302) expect(answer.headers.get("Location")).toMatch(/^\/login\?/);
  return answer.status === 200;
}

describe("the cookie", () => {
  test("cannot be read by scripts, and is not sent along from other sites", async () => {
    const [cookie = ""] = (await signIn(await newUser())).headers.getSetCookie();
    const [pair, ...attributes] = cookie.split("; ");
    expect(pair).toMatch(/^fv_session=[\w%.+/=-]+$/);
    expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax"]);
  });

  test("is bound to the host and to https where the site has it", async () => {
    const answer = await signIn(await newUser(), { server: secure, origin: secureOrigin });
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-fv_session=/);
    expect(cookie.split("; ").slice(1).sort()).toEqual([
      ...["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax", "Secure"],
    ]);
  });
});

describe("somebody else's cookie", () => {
  test("planted before the sign-in is neither adopted nor left open", async () => {
    const [attacker, victim] = [await newUser(), await newUser()];
    const planted = cookieOf(await signIn(attacker));
    const answer = await signIn(victim, { cookie: planted });
    expect(answer.status).toBe(302);
    expect(cookieOf(answer)).not.toBe(planted);
    expect(await isSignedIn(cookieOf(answer))).toBe(true);
    expect(await isSignedIn(planted)).toBe(false);
  });

  test("of an invented session becomes none, although it is signed", async () => {
    const invented = await accounts.cookie("a".repeat(43));
    const answer = await signIn(await newUser(), { cookie: invented });
    expect(cookieOf(answer)).not.toBe(invented);
    expect(await isSignedIn(invented)).toBe(false);
  });

  test("that was tampered with opens nothing", async () => {
    const cookie = cookieOf(await signIn(await newUser()));
    const value = decodeURIComponent(cookie.split("=").slice(1).join("="));
    const [payload = "", signature = ""] = value.split(/\.(?=[^.]*$)/);
    const resigned = createHmac("sha256", "another secret").update(payload).digest("base64");
    const other = Buffer.from(JSON.stringify("a".repeat(43))).toString("base64");
    for (const forged of [
      payload,
      `${payload}.`,
      `${payload}.${signature.slice(0, -2)}AA`,
      `${payload}.${resigned}`,
      `${other}.${signature}`,
      `${payload}x.${signature}`,
      `${payload}.${signature}.${signature}`,
    ]) {
      const name = "fv_session";
      expect(await isSignedIn(`${name}=${encodeURIComponent(forged)}`), forged).toBe(false);
    }
    expect(await isSignedIn(cookie)).toBe(true);
  });
});

describe("a session that is open", () => {
  let email: string;
  let id: string;
  let cookie: string;
  const open = async (role: "operator" | "admin" = "operator") => {
    email = await newUser(role);
    id = await accounts.idOf(email);
    cookie = cookieOf(await signIn(email));
    expect(await isSignedIn(cookie)).toBe(true);
  };

  test("ends when it is too old", async () => {
    await open();
    await accounts.database.prisma.session.updateMany({
      where: { user_id: id },
      data: { expires_at: new Date(Date.now() - 1_000) },
    });
    expect(await isSignedIn(cookie)).toBe(false);
  });

  test("ends with its user, disabled or deleted", async () => {
    await open();
    await accounts.users.disable("root@example.org", id);
    expect(await isSignedIn(cookie)).toBe(false);
    await open();
    await accounts.database.prisma.user.delete({ where: { id } });
    expect(await isSignedIn(cookie)).toBe(false);
  });

  test("ends on the server when its user signs out", async () => {
    await open();
    const answer = await send("/logout", { cookie, form: {} });
    expect(answer.headers.getSetCookie().join()).toMatch(/fv_session=[^;]*; Max-Age=0/);
    expect(await isSignedIn(cookie)).toBe(false);
  });

  test("has at once the rights that its user has now", async () => {
    await open("admin");
    const users = async () => (await send("/admin/users", { cookie })).status;
    const flush = async () =>
      (await send("/admin?index", { cookie, form: { intent: "flush" } })).status;
    expect([await users(), await flush()]).toEqual([200, 302]);
    await accounts.users.changeRole("root@example.org", id, "operator");
    expect([await users(), await flush()]).toEqual([403, 403]);
    await accounts.users.changeRole("root@example.org", id, "admin");
    expect([await users(), await flush()]).toEqual([200, 302]);
  });

  test("is the only one left when its user changes the password", async () => {
    await open();
    const elsewhere = cookieOf(await signIn(email));
    const password = "a new long password";
    const form = { currentPassword: testPassword, password, repeated: password };
    expect((await send("/admin/account", { cookie, form })).status).toBe(302);
    expect(await isSignedIn(elsewhere)).toBe(false);
    expect(await isSignedIn(cookie)).toBe(true);
    expect((await signIn(email)).status).toBe(401);
    expect((await signIn(email, { password })).status).toBe(302);
  });
});

describe("signing in leads", () => {
  const locationFor = async (email: string, query: string) => {
    const answer = await signIn(email, { path: `/login?redirectTo=${query}` });
    expect(answer.status).toBe(302);
    return answer.headers.get("Location");
  };

  test("to the page that was asked for", async () => {
    expect(await locationFor(await newUser(), "%2Fadmin%2Fruns%3Fpage%3D2")).toBe(
      "/admin/runs?page=2",
    );
  });

  test.each([
    ["//evil.example", "another host"],
    ["%2F%2Fevil.example", "another host, encoded"],
    ["%252F%252Fevil.example", "another host, encoded twice"],
    ["%2F%5Cevil.example", "a backslash"],
    ["%2Fadmin%5C%5Cevil.example", "backslashes behind our path"],
    ["%2Fadmin%0D%0ALocation:%20https:%2F%2Fevil.example", "a line break"],
    ["%2F%09%2Fevil.example", "a tab"],
    ["javascript:alert(1)", "a script"],
    ["https:%2F%2Fevil.example%2Fadmin", "another site"],
    ["https:evil.example", "another site without slashes"],
    ["http:%2F%2Fuser:pass@evil.example%2Fadmin", "another site with a user"],
    ["%2Fadmin@evil.example", "what looks like a user"],
    ["%2Fadmin%2F..%2F%2Fevil.example", "a way up"],
    ["data:text%2Fhtml,x", "a document of its own"],
    ["%EF%BC%8F%EF%BC%8Fevil.example", "wide slashes"],
  ])("to the start instead of to %s (%s)", async (query) => {
    expect(await locationFor(await newUser(), query)).toBe("/admin");
    const signedIn = cookieOf(await signIn(`person-${people}@example.org`));
    const page = await send(`/login?redirectTo=${query}`, { cookie: signedIn });
    expect(page.headers.get("Location")).toBe("/admin");
    const theme = await send("/theme", {
      form: { theme: "dark", page: decodeURIComponent(query) },
    });
    expect(theme.headers.get("Location")).toBe("/admin");
  });
});

test("the answer tells nobody whether an account exists", async () => {
  const email = await newUser();
  const disabled = await newUser();
  await accounts.users.disable("root@example.org", await accounts.idOf(disabled));
  const answers = [];
  for (const who of [email, disabled, "nobody-at-all@example.org"]) {
    people += 1;
    const answer = await signIn(who, { password: "not the password" });
    const text = (await answer.text()).replaceAll(who, "WHO");
    const headers = [...answer.headers.keys()].sort();
    const stable = text.replace(/nonce="[^"]+"|"now":\d+/g, "");
    answers.push({ status: answer.status, headers, stable });
  }
  expect(answers[0]?.status).toBe(401);
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});
