import { beforeEach, describe, expect, test } from "vitest";
import { startAccounts, testPassword, testSecret } from "../helpers/accounts";
import { startAppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useServers } from "../helpers/use-servers";

/** Sessions as a browser has them, on the production build. */

const use = useServers();
const daoSlug = testDaoSlug();
const app = forAllTests(() =>
  startAppServer({
    ...{ ...use.urls, daoSlug },
    env: { SESSION_SECRET: testSecret, TRUST_PROXY: "loopback" },
  }),
);
const accounts = forAllTests(() => startAccounts({ ...use.urls, daoSlug }));
let people = 0;

async function newUser(): Promise<string> {
  people += 1;
  const email = `person-${people}@example.org`;
  await accounts.add(email);
  return email;
}

interface Sent {
  cookie?: string;
  form?: Record<string, string>;
}

function send(path: string, { cookie, form }: Sent = {}) {
  const client = { "X-Forwarded-For": `100.64.9.${people}` };
  const headers = { ...client, ...(cookie === undefined ? {} : { Cookie: cookie }) };
  const body = new URLSearchParams(form);
  return fetch(`${app.origin}${path}`, {
    redirect: "manual",
    ...(form ? { method: "POST", body, headers: { ...headers, Origin: app.origin } } : { headers }),
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

test("the cookie cannot be read by scripts, and is not sent along from other sites", async () => {
  const [cookie = ""] = (await signIn(await newUser())).headers.getSetCookie();
  const [pair, ...attributes] = cookie.split("; ");
  expect(pair).toMatch(/^fv_session=[\w%.+/=-]+$/);
  expect(attributes.sort()).toEqual(["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax"]);
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
});

describe("a session that is open", () => {
  let email: string;
  let cookie: string;
  beforeEach(async () => {
    email = await newUser();
    cookie = cookieOf(await signIn(email));
    expect(await isSignedIn(cookie)).toBe(true);
  });

  test("ends on the server when its user signs out", async () => {
    const answer = await send("/logout", { cookie, form: {} });
    expect(answer.headers.getSetCookie().join()).toMatch(/fv_session=[^;]*; Max-Age=0/);
    expect(await isSignedIn(cookie)).toBe(false);
  });

  test("is the only one left when its user changes the password", async () => {
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

test("nobody is led to another site, at whatever door", async () => {
  const query = "redirectTo=%2F%5Cevil.example";
  const email = await newUser();
  const entered = await signIn(email, { path: `/login?${query}` });
  expect([entered.status, entered.headers.get("Location")]).toEqual([302, "/admin"]);
  const page = await send(`/login?${query}`, { cookie: cookieOf(entered) });
  expect(page.headers.get("Location")).toBe("/admin");
  const theme = await send("/theme", { form: { theme: "dark", page: "/\\evil.example" } });
  expect(theme.headers.get("Location")).toBe("/admin");
  const asked = await signIn(email, { path: "/login?redirectTo=%2Fadmin%2Fruns%3Fpage%3D2" });
  expect(asked.headers.get("Location")).toBe("/admin/runs?page=2");
});

test("the answer tells nobody whether an account exists", async () => {
  const email = await newUser();
  const disabled = await newUser();
  await accounts.users.disable("tests", await accounts.idOf(disabled));
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
