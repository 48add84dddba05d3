import type { BrowserContext } from "playwright/test";
import {
  adminMutations,
  everything,
  makeAims,
  post,
  type Aims,
  type Mutation,
} from "../helpers/e2e-mutations";
import { expect, test, type People, type Site } from "./fixtures";

/** Mutations that everybody who is signed in may make, and those that need no sign-in at all. */
const ownMutations: Mutation[] = [
  { name: "sign-out", path: "/logout", route: "routes/logout", form: {} },
  {
    name: "sign-out everywhere",
    path: "/logout",
    route: "routes/logout",
    form: { intent: "everywhere" },
  },
  { name: "theme", path: "/theme", route: "routes/theme", form: { theme: "dark" } },
  {
    name: "own password",
    path: "/admin/account",
    route: "routes/admin.account",
    form: {
      currentPassword: "correct horse battery",
      password: "another horse battery",
      repeated: "another horse battery",
    },
  },
  {
    name: "sign-in",
    path: "/login",
    route: "routes/login",
    form: { email: "admin@forum.test", password: "correct horse battery" },
  },
];

const elsewhere: Array<[name: string, headers: Record<string, string>]> = [
  ["another site", { Origin: "https://evil.test" }],
  ["another port", { Origin: "http://127.0.0.1:9" }],
  ["another scheme", { Origin: "https://127.0.0.1" }],
  ["a sandbox", { Origin: "null" }],
  ["another site that hides its name", { "Sec-Fetch-Site": "cross-site" }],
  ["a neighbour that hides its name", { "Sec-Fetch-Site": "same-site" }],
  ["a page that only has a referrer", { Referer: "https://evil.test/admin" }],
  ["nobody knows where", {}],
];

/** An admin with a session of their own, at whom the mutations of users are also aimed. */
async function seed(site: Site, people: People, context: BrowserContext): Promise<Aims> {
  const { email } = await people.add("admin");
  await context.addCookies((await people.signIn(email)).cookies);
  return makeAims(site, await people.accounts.idOf(email));
}

test("every mutation is refused to another origin, before anything happens", async ({
  visitor,
  site,
  people,
}) => {
  const context = visitor.context();
  const aims = await seed(site, people, context);
  const before = await everything(site, aims);
  const cookies = await context.cookies();
  for (const mutation of [...adminMutations(aims), ...ownMutations]) {
    for (const asData of [false, true]) {
      const headers = { Origin: "https://evil.test" };
      const answer = await post(visitor, mutation, { asData, headers });
      const what = `${mutation.name}, ${asData ? "_data" : "without _data"}`;
      expect.soft(answer.status(), what).toBe(403);
      expect.soft(answer.headers()["set-cookie"], what).toBeUndefined();
      expect.soft(await answer.text(), what).toContain("Refused: this request did not come from");
    }
  }
  expect(await everything(site, aims)).toEqual(before);
  expect(await context.cookies()).toEqual(cookies);
  const stillSignedIn = await context.request.get("/admin/users", { maxRedirects: 0 });
  expect(stillSignedIn.status()).toBe(200);
});

test("whatever the other origin says about itself", async ({ visitor, site, people }) => {
  const aims = await seed(site, people, visitor.context());
  const before = await everything(site, aims);
  const [flush] = adminMutations(aims);
  for (const [name, headers] of elsewhere) {
    for (const asData of [false, true]) {
      const answer = await post(visitor, flush!, { asData, headers });
      expect.soft(answer.status(), `${name}, ${asData ? "_data" : "document"}`).toBe(403);
    }
  }
  expect(await everything(site, aims)).toEqual(before);
});

test.describe("a page on another port of the same host", () => {
  test.use({ expectedStatuses: [403] });

  test("cannot flush, although the browser sends it the cookies", async ({
    visitor,
    site,
    people,
  }) => {
    const aims = await seed(site, people, visitor.context());
    const before = await everything(site, aims);
    await visitor.route("http://127.0.0.1:9/", (route) =>
      route.fulfill({
        contentType: "text/html",
        body: `<title>evil</title><form method="post" action="${site.origin}/admin?index">
          <button name="intent" value="flush">Win a prize</button></form>`,
      }),
    );
    await visitor.goto("http://127.0.0.1:9/");
    const [answer] = await Promise.all([
      visitor.waitForResponse(`${site.origin}/admin?index`),
      visitor.getByRole("button", { name: "Win a prize" }).click(),
    ]);
    expect((await answer.request().allHeaders()).cookie).toContain("fv_session=");
    expect(answer.status()).toBe(403);
    await expect(visitor.getByText("Refused: this request did not come from")).toBeVisible();
    expect(await everything(site, aims)).toEqual(before);
  });
});

test("what our own pages send is carried out", async ({ visitor, site, people }) => {
  const aims = await seed(site, people, visitor.context());
  const byName = (wanted: string) =>
    [...adminMutations(aims), ...ownMutations].find(({ name }) => name === wanted)!;
  const headers = { Origin: site.origin };
  const theme = await post(visitor, byName("theme"), { asData: false, headers });
  expect(theme.headers()["set-cookie"]).toContain("fv_theme=");
  const flush = await post(visitor, byName("flush"), { asData: true, headers });
  expect(flush.headers()["x-remix-redirect"]).toMatch(/^\/admin\/runs\/\d+$/);
  const signedOut = await post(visitor, byName("sign-out"), { asData: false, headers });
  expect(signedOut.headers().location).toBe("/login");
});
