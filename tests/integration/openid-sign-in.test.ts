import { describe, expect, test } from "vitest";
import { loader } from "~/routes/login_.organisation";
import { type AccountsProcess, startAccounts, testOrigin } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { openIdClient, startOpenIdIssuer } from "../helpers/openid-issuer";
import { forAllTests, useServers } from "../helpers/use-servers";

/** Whole sign-ins at a real issuer, from our first redirect to the session. */

const path = "/login/organisation";
const use = useServers();
const issuer = forAllTests(() => startOpenIdIssuer(testOrigin + path));
const otherIssuer = forAllTests(() => startOpenIdIssuer(testOrigin + path));
const app = forAllTests(() => startAt(issuer.url));
const elsewhere = forAllTests(() => startAt(otherIssuer.url));

function startAt(issuerUrl: string): Promise<AccountsProcess> {
  return startAccounts({
    ...use.urls,
    daoSlug: testDaoSlug(),
    env: {
      OIDC_ISSUER: issuerUrl,
      OIDC_CLIENT_ID: openIdClient.id,
      OIDC_CLIENT_SECRET: openIdClient.secret,
    },
  });
}

let clients = 0;
async function get(search: string, cookie = "", of = app): Promise<Response> {
  const request = new Request(testOrigin + path + search, { headers: { Cookie: cookie } });
  const context = { ...of.context, clientIp: `198.51.100.${(clients += 1)}` };
  return loader({ request, context, params: {} });
}

async function begin(redirectTo = "/admin/runs", of = app) {
  const answer = await get(`?${new URLSearchParams({ redirectTo })}`, "", of);
  return {
    location: answer.headers.get("Location") ?? "",
    cookie: answer.headers.get("Set-Cookie")?.split(";")[0] ?? "",
  };
}

/** A whole sign-in of a subject, with our answer to it. */
async function enter(subject: string, redirectTo?: string): Promise<Response> {
  const { location, cookie } = await begin(redirectTo);
  return get((await issuer.signIn(location, subject)).search, cookie);
}

/** The message of the sign-in page, if an answer redirects to it. */
async function flashOf(answer: Response): Promise<string> {
  expect(answer.headers.get("Location")).toBe("/login");
  expect(answer.headers.get("Set-Cookie")).not.toContain("fv_session");
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith("fv_flash"));
  const message = (await app.cookies.flash.parse(cookie ?? "")) as { text: string };
  return message.text;
}

async function userOf(answer: Response, of = app) {
  const cookie = answer.headers.getSetCookie().find((text) => text.startsWith("fv_session"));
  const token = (await of.cookies.session.parse(cookie ?? "")) as string | null;
  return token === null ? undefined : of.sessions.find(token);
}

function known(subject: string, email: string, isVerified = true): string {
  issuer.accounts.set(subject, { email, email_verified: isVerified });
  return subject;
}

test("an invited e-mail address signs in, and is known by its subject from then on", async () => {
  await app.users.create("tests", { email: "ada@example.org", role: "maintainer" });
  const subject = known("ada-1", "Ada@Example.org");
  const first = await begin();
  const location = new URL(first.location);
  for (const name of ["state", "nonce", "code_challenge"]) {
    expect(location.searchParams.get(name)?.length).toBeGreaterThan(20);
  }
  const back = await issuer.signIn(first.location, subject);
  const entered = await get(back.search, first.cookie);
  expect(entered.headers.get("Location")).toBe("/admin/runs");
  expect(await userOf(entered)).toMatchObject({ name: "ada@example.org", role: "maintainer" });

  // With another e-mail address at the issuer, this is still the same person.
  known("ada-1", "ada.lovelace@example.org");
  const again = await enter(subject);
  expect(await userOf(again)).toMatchObject({
    id: (await userOf(entered))!.id,
    name: "ada.lovelace@example.org",
  });

  // And somebody who later gets the old address at the issuer is another person.
  const heir = known("heir-of-ada", "ada@example.org");
  expect(await flashOf(await enter(heir))).toContain("ada@example.org is not invited");
});

describe("nobody gets in", () => {
  async function invited(name: string): Promise<string> {
    await app.users.create("tests", { email: `${name}@example.org`, role: "operator" });
    return known(name, `${name}@example.org`);
  }

  test("who is not invited, or whose e-mail address is not verified", async () => {
    const stranger = await enter(known("stranger", "s@example.org"));
    expect(await flashOf(stranger)).toContain("is not invited");

    const subject = await invited("unverified");
    known(subject, "unverified@example.org", false);
    expect(await flashOf(await enter(subject))).toContain(
      "has not verified unverified@example.org",
    );
  });

  test("who refuses at the issuer", async () => {
    const { location, cookie } = await begin();
    const back = await issuer.refuse(location);
    expect(await flashOf(await get(back.search, cookie))).toContain("cancelled or refused");
  });

  test("with a code that was used before", async () => {
    const subject = await invited("replayed");
    const { location, cookie } = await begin();
    const { search } = await issuer.signIn(location, subject);
    expect(await userOf(await get(search, cookie))).toBeDefined();
    expect(await flashOf(await get(search, cookie))).toContain("is not valid, or was used before");
  });

  test("without state or cookie, with those of another browser, or with another nonce", async () => {
    const subject = await invited("forged");
    const { location, cookie } = await begin();
    const { search } = await issuer.signIn(location, subject);
    expect(await flashOf(await get(search))).toContain("was not begun here");
    const other = await begin();
    expect(await flashOf(await get(search, other.cookie))).toContain("is not valid");
    const params = new URLSearchParams(search);
    params.delete("state");
    expect(await flashOf(await get(`?${params}`, cookie))).toContain("is not valid");

    const begun = await begin();
    const withOtherNonce = new URL(begun.location);
    withOtherNonce.searchParams.set("nonce", "a-nonce-of-somebody-else");
    const back = await issuer.signIn(withOtherNonce.href, subject);
    expect(await flashOf(await get(back.search, begun.cookie))).toContain("is not valid");
  });

  test("with the answer of another issuer", async () => {
    const subject = await invited("mixed-up");
    otherIssuer.accounts.set(subject, { email: "mixed-up@example.org", email_verified: true });
    const { location, cookie } = await begin();
    const there = new URL(location);
    const mixed = await otherIssuer.signIn(`${otherIssuer.url}/auth${there.search}`, subject);
    expect(mixed.searchParams.get("code")).toBeTruthy();
    expect(await flashOf(await get(mixed.search, cookie))).toContain("is not valid");
  });

  test("at another issuer by the same subject", async () => {
    const subject = await invited("twice");
    expect(await userOf(await enter(subject))).toBeDefined();
    otherIssuer.accounts.set(subject, { email: "someone@example.org", email_verified: true });
    const there = await begin("/admin", elsewhere);
    const back = await otherIssuer.signIn(there.location, subject);
    expect(
      await userOf(await get(back.search, there.cookie, elsewhere), elsewhere),
    ).toBeUndefined();
  });
});

test("leads to no other site afterwards", async () => {
  await app.users.create("tests", { email: "led@example.org", role: "operator" });
  const subject = known("led", "led@example.org");
  const answer = await enter(subject, "https://evil.example/admin");
  expect(answer.headers.get("Location")).toBe("/admin");
});

test("an issuer that is away is said, and asked again the next time", async () => {
  const away = await startOpenIdIssuer(testOrigin + path);
  const process = await startAt(away.url);
  await away.stop();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(await flashOf(await get("", "", process))).toContain("does not answer");
  }
  await process.close();
});
