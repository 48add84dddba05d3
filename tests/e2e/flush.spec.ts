import { expect, test, type Site } from "./fixtures";
import { expectEnded, flushNow, row, visit } from "./steps";

test.use({ siteEnv: { SYNC_CHUNK_SIZE: "50" } });

/**
 * 402 targets, in the order of their names because each has the same number of views. In chunks of 50 the
 * first stop is in the fifth, and the second in the last, which has 2. A run applies two chunks at once: while
 * the first stop is held it goes on past it, up to the second, and 350 targets are done.
 */
async function fillWithStops(
  site: Site,
  name: string,
): Promise<Record<"first" | "second", string>> {
  const stops = { first: `${name}-2`, second: `${name}-4` };
  const topics = [stops.first, stops.second];
  for (let index = 1_000; index < 1_200; index += 1) {
    topics.push(`${name}-1-${index}`, `${name}-3-${index}`);
  }
  await site.fill(new Map(topics.map((topicId) => [topicId, 2])));
  return stops;
}

test("an admin flushes, and watches the bar reach the end", async ({ admin, site }) => {
  const stops = await fillWithStops(site, "watched");
  const releaseFirst = await site.hold(stops.first);
  const releaseSecond = await site.hold(stops.second);
  const bar = admin.getByRole("progressbar", { name: "Targets dealt with" });

  const run = await flushNow(admin);
  await expect(admin.getByRole("heading", { name: `Run #${run}` })).toBeVisible();
  await expect(bar).toHaveAttribute("aria-valuetext", "350 of 402 targets");
  await expect(admin.getByText("Running", { exact: true })).toBeVisible();
  await expect(admin.getByText(/^700 views, \d[\d,]* targets\/s, .+ left$/)).toBeVisible();

  await admin.reload();
  await expect(bar).toHaveAttribute("aria-valuetext", "350 of 402 targets");
  await releaseFirst();
  await expect(bar).toHaveAttribute("aria-valuetext", "400 of 402 targets");
  await releaseSecond();
  await expect(bar).toHaveAttribute("aria-valuetext", "402 of 402 targets");
  await expect(bar).toHaveAttribute("aria-valuenow", "402");
  await expectEnded(admin, "Succeeded");
  await expect(admin.getByRole("status").filter({ hasText: "Run ended" })).toHaveText(
    "Run ended: Succeeded. 402 saved.",
  );
  // A run that has ended is not refreshed any more.
  await expect(admin.getByRole("button", { name: "Pause live refresh" })).toHaveCount(0);

  expect(await site.persisted(stops.second)).toBe(2);
  expect(await site.books.read()).toMatchObject({ applied: 804, overlay: 0, difference: 0 });
  await visit(admin, "/admin/runs");
  await expect(row(admin, `#${run}`)).toContainText("Flush by admin@forum.test");
});

test("a second press leads to the run that is active, and says so", async ({
  admin,
  open,
  site,
}) => {
  await site.count("slow", 2);
  const release = await site.hold("slow");
  const run = await flushNow(admin);

  const other = await open("admin");
  await visit(other, "/admin");
  await expect(other.getByRole("link", { name: `Watch run #${run}` })).toBeVisible();
  await other.getByRole("button", { name: "Flush now" }).click();
  await expect(other).toHaveURL(`/admin/runs/${run}`);
  const message = other.getByRole("status").filter({ hasText: "already running" });
  await expect(message).toHaveText("This sync was already running, so no other was started.");

  await release();
  await expectEnded(admin, "Succeeded");
  await expectEnded(other, "Succeeded");
  // Live refresh has not removed the message.
  await expect(message).toBeVisible();
  const { rows } = await site.pool.query(
    "SELECT actor, run_id FROM audit_log WHERE dao_slug = $1 AND action = 'flush' AND run_id >= $2",
    [site.daoSlug, run],
  );
  expect(rows).toEqual([{ actor: "admin@forum.test", run_id: run }]);
});

test("a flush of nothing says that there was nothing", async ({ admin, site }) => {
  await site.sync();
  await flushNow(admin);
  await expect(admin.getByText("Empty", { exact: true })).toBeVisible();
  await expect(admin.getByRole("progressbar")).toHaveCount(0);
});
