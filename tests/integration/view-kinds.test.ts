import { beforeEach, expect, it } from "vitest";
import { startAppServer } from "../helpers/app-server";
import { newVisitor, sendView } from "../helpers/visitor";
import { ViewKinds } from "~/counting/view-kinds.server";
import { createLogger } from "~/platform/logger.server";
import { testDaoSlug } from "../helpers/dao-slug";
import { useLinks, useServers } from "../helpers/use-servers";
import { connectServers } from "../helpers/sync-fixture";
import { testRedis } from "../helpers/database";

const use = useServers();
const links = useLinks(use);
let daoSlug: string;
let now: Date;

beforeEach(() => {
  daoSlug = testDaoSlug();
  now = new Date("2026-03-01T12:00:00Z");
});

const kinds = (pool = use.servers.pool) =>
  new ViewKinds({ pool, daoSlug, clock: () => now, logger: createLogger("silent") });

/** The views of these days by their kind. */
async function viewsOf(from: string, to = from): Promise<Record<string, number>> {
  const read = await kinds().read(from, to);
  return Object.fromEntries(read.map(({ kind, views }) => [kind, views]));
}

const none = { wallet: 0, anonymous: 0, bot: 0, duplicate: 0, capped: 0 };

it("views are added up by day and kind, from all processes", async () => {
  const [one, other] = [kinds(), kinds()];
  one.note("wallet");
  one.note("wallet");
  one.note("bot");
  other.note("wallet");
  await Promise.all([one.flush(), other.flush()]);
  now = new Date("2026-03-02T00:00:00Z");
  one.note("capped");
  await one.flush();
  await one.flush();
  expect(await viewsOf("2026-03-01")).toEqual({ ...none, wallet: 3, bot: 1 });
  expect(await viewsOf("2026-03-02", "2026-03-31")).toEqual({ ...none, capped: 1 });
  const both = { ...none, wallet: 3, bot: 1, capped: 1 };
  expect(await viewsOf("2026-03-01", "2026-03-02")).toEqual(both);
});

it("what cannot be written down is kept for the next time", async () => {
  const cut = connectServers(links.database.url, testRedis());
  try {
    const counts = kinds(cut.pool);
    counts.note("anonymous");
    links.database.cut();
    await counts.flush();
    counts.note("anonymous");
    links.database.restore();
    await counts.flush();
    expect(await viewsOf("2026-03-01")).toEqual({ ...none, anonymous: 2 });
  } finally {
    await cut.close();
  }
});

it("views over HTTP are noted, and written down before the process ends", async () => {
  const app = await startAppServer({
    ...use.urls,
    daoSlug,
    env: { TRUST_PROXY: "loopback", VIEW_NETWORK_CAP: "2" },
  });
  const headers = newVisitor();
  const view = (address: string, others: Record<string, string> = {}) =>
    sendView(app.origin, "1", {
      headers: { ...headers, ...others },
      body: JSON.stringify({ address: `0x${address.repeat(40)}` }),
    });
  await sendView(app.origin, "1");
  for (const address of ["1", "1", "2", "3"]) expect((await view(address)).status).toBe(200);
  await view("4", { "User-Agent": "Googlebot/2.1" });
  await view("5", { "Sec-Purpose": "prefetch" });
  await app.stop();
  const everything = await viewsOf("2026-01-01", "2126-01-01");
  expect(everything).toEqual({ wallet: 2, anonymous: 1, duplicate: 1, capped: 1, bot: 1 });
});
