import { expect, test } from "./fixtures";
import { expectEnded, keepFailing, message, row, runShown, stat, tick, visit } from "./steps";

test.use({ siteEnv: { SYNC_PARK_AFTER: "3" } });

const lockedTopic = "Refused by the database: this topic is locked";

test("a refused target appears, is retried when its cause is gone, and goes", async ({
  admin,
  site,
}) => {
  const cure = await site.refuse("stuck");
  await site.count("stuck", 3);
  await site.count("fine", 2);
  const firstRun = await site.sync();
  expect(await site.persisted("fine")).toBe(2);

  await visit(admin, "/admin/failures");
  const targets = admin.getByRole("table", { name: "Failing and parked targets" });
  const stuck = row(targets, /^forum_topic:stuck/);
  await expect(stuck).toContainText(lockedTopic);
  await expect(stuck.getByRole("cell", { name: "Failing 1/3" })).toBeVisible();
  await expect(stuck.getByRole("cell", { name: "3", exact: true })).toBeVisible();
  await expect(stuck.getByRole("link", { name: `Run ${firstRun}` })).toBeVisible();
  await expect(row(targets, /^forum_topic:fine/)).toHaveCount(0);

  // While the cause remains, the result of the target says so.
  await tick(admin, "forum_topic:stuck");
  await admin.getByRole("button", { name: "Retry…", exact: true }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Retry 1 target?" });
  await expect(dialog).toContainText("Moves 3 views of 1 target to its topic");
  await dialog.getByRole("button", { name: "Retry 1 target" }).click();
  await expect(message(admin)).toContainText("Retried 1 target: 1 target refused again.");
  await message(admin).getByRole("link", { name: "Run #" }).click();
  await runShown(admin);
  const results = admin.getByRole("table", { name: "Chosen targets and their results" });
  await expect(row(results, "forum_topic:stuck")).toContainText("Failed");
  await expect(row(results, "forum_topic:stuck")).toContainText(lockedTopic);

  await cure();
  await visit(admin, "/admin/failures");
  await expect(stuck.getByRole("cell", { name: "Failing 2/3" })).toBeVisible();
  await tick(admin, "forum_topic:stuck");
  await admin.getByRole("button", { name: "Retry…", exact: true }).click();
  await dialog.getByRole("button", { name: "Retry 1 target" }).click();
  await expect(message(admin)).toContainText("3 views of 1 target moved to their topics");
  await message(admin).getByRole("link", { name: "Run #" }).click();
  await expectEnded(admin, "Succeeded");
  await expect(row(results, "forum_topic:stuck")).toContainText("Flushed");

  await visit(admin, "/admin/failures");
  await expect(admin.getByText("Nothing is failing")).toBeVisible();
  expect(await site.persisted("stuck")).toBe(3);
  expect((await site.books.read()).difference).toBe(0);
  // The page of the run in which it failed still lists it, and shows that it is settled.
  await visit(admin, `/admin/runs/${firstRun}`);
  const errors = admin.getByRole("table", { name: "Failed targets" });
  await expect(row(errors, "forum_topic:stuck")).toContainText("Settled");
});

test("what failed in a run is retried from its page", async ({ admin, site }) => {
  const cure = await keepFailing(site, { red: 1, blue: 2 });
  await visit(admin, "/admin");
  await admin.getByRole("main").getByRole("link", { name: "Last run" }).click();
  const run = await runShown(admin);
  const errors = admin.getByRole("table", { name: "Failed targets" });
  await expect(row(errors, "forum_topic:red")).toContainText("Still failing");
  await cure();
  await admin.getByRole("button", { name: "Retry 2 failed targets" }).click();
  await expect(admin).not.toHaveURL(`/admin/runs/${run}`);
  await expectEnded(admin, "Succeeded");
  const results = admin.getByRole("table", { name: "Chosen targets and their results" });
  for (const target of ["forum_topic:red", "forum_topic:blue"]) {
    await expect(row(results, target)).toContainText("Flushed");
  }
  await visit(admin, `/admin/runs/${run}`);
  await expect(row(errors, "forum_topic:red")).toContainText("Settled");
  await expect(admin.getByRole("button", { name: /^Retry/ })).toHaveCount(0);
});

test("after too many attempts a target is parked, apart from the others", async ({
  admin,
  site,
}) => {
  const cure = await site.refuse("hopeless");
  await site.count("hopeless", 5);
  for (let attempt = 1; attempt <= 3; attempt += 1) await site.sync();
  const cureOther = await site.refuse("fresh");
  await site.count("fresh", 1);
  await site.sync();

  await visit(admin, "/admin");
  await expect(stat(admin, "Failing and parked").last()).toHaveText(
    "1 failing, 1 parked, 6 views kept",
  );
  await admin.getByRole("main").getByRole("link", { name: "Failing and parked" }).click();
  // One reason, one group: its targets, and those of them that are parked.
  const groups = admin.getByRole("table", { name: "Failing and parked, by reason" });
  await expect(row(groups, lockedTopic).getByRole("cell").nth(0)).toHaveText("2");
  await expect(row(groups, lockedTopic).getByRole("cell").nth(1)).toHaveText("1");
  await admin
    .getByRole("navigation", { name: "State" })
    .getByRole("link", { name: "Parked" })
    .click();
  await expect(admin).toHaveURL("/admin/failures?state=parked");
  const targets = admin.getByRole("table", { name: "Failing and parked targets" });
  await expect(row(targets, /^forum_topic:fresh/)).toHaveCount(0);
  await expect(row(targets, /^forum_topic:hopeless/)).toContainText("Parked");

  await cure();
  // A sync leaves parked views alone; only a retry takes them.
  await site.sync();
  expect(await site.persisted("hopeless")).toBe(0);
  await tick(admin, "forum_topic:hopeless");
  await admin.getByRole("button", { name: "Retry…", exact: true }).click();
  await admin.getByRole("button", { name: "Retry 1 target" }).click();
  await expect(message(admin)).toContainText("5 views of 1 target moved to their topics");
  // The filter that was chosen is still there.
  await expect(admin).toHaveURL("/admin/failures?state=parked");
  expect(await site.persisted("hopeless")).toBe(5);
  await cureOther();
  await site.sync();
});

test("a group of reasons leads to its targets, and is retried in a click and an answer", async ({
  admin,
  site,
}) => {
  // So many other reasons that the targets are far below.
  await site.fill(new Map(Array.from({ length: 40 }, (_, index) => [`many-${index}`, 1])));
  for (let index = 0; index < 40; index += 1) await site.refuse(`many-${index}`, `no ${index}`);
  const cure = await keepFailing(site, { "quota-1": 2, "quota-2": 2 }, "the quota is used up ");
  await visit(admin, "/admin/failures");
  const groups = admin.getByRole("table", { name: "Failing and parked, by reason" });
  const refused = "Refused by the database: the quota is used up";
  await expect(row(groups, refused).getByRole("cell").first()).toHaveText("2");
  const group = groups.getByRole("link", { name: refused });
  await group.click();
  await expect(admin).toHaveURL(/reason=.*#targets$/);
  await expect(group).toHaveAttribute("aria-current", "true");
  await expect(admin.getByRole("combobox", { name: "Reason" })).toHaveValue(`${refused} `);
  await expect(admin.getByText("2 targets that match, 4 views kept")).toBeVisible();
  await expect(row(admin, /^forum_topic:quota-1/)).toBeInViewport();
  const tabs = admin.getByRole("navigation", { name: "State" });
  await expect(tabs.getByRole("link", { name: "All" })).toHaveText("All2");

  await cure();
  await visit(admin, "/admin/failures");
  await admin.getByRole("button", { name: `Retry… ${refused}` }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Retry 2 targets?" });
  await expect(dialog).toContainText("the quota is used up");
  await dialog.getByRole("button", { name: "Retry 2 targets" }).click();
  await expect(message(admin)).toContainText("4 views of 2 targets moved to their topics");
  await expect(admin).toHaveURL("/admin/failures");
  await expect(row(admin, /^forum_topic:many-39/)).toBeVisible();
  expect(await site.persisted("quota-2")).toBe(2);
  expect(await site.persisted("many-39")).toBe(0);
});

test("a retry runs beside a sync, and says when nothing was kept any more", async ({
  admin,
  site,
}) => {
  const cure = await keepFailing(site, { beside: 4 });
  await site.count("slow", 2);
  const release = await site.hold("slow");
  const syncing = site.sync();
  await visit(admin, "/admin/pending?place=batch");
  await expect(row(admin, "forum_topic:slow")).toBeVisible();

  await cure();
  await visit(admin, "/admin/failures?q=beside");
  await tick(admin, "forum_topic:beside");
  await admin.getByRole("button", { name: "Retry…", exact: true }).click();
  await admin.getByRole("button", { name: "Retry 1 target" }).click();
  await message(admin).getByRole("link", { name: "Run #" }).click();
  await expectEnded(admin, "Succeeded");
  const results = admin.getByRole("table", { name: "Chosen targets and their results" });
  await expect(row(results, "forum_topic:beside").getByRole("cell")).toHaveText([
    "Flushed",
    "4",
    "",
  ]);
  expect(await site.persisted("beside")).toBe(4);

  // Somebody with an old page asks for it again.
  const answer = await admin.request.post("/admin/failures", {
    form: { intent: "retry", target: "forum_topic:beside" },
    headers: { Origin: site.origin },
  });
  expect(await answer.text()).toContain("1 target had nothing kept any more");
  await release();
  await syncing;
  expect((await site.books.read()).difference).toBe(0);
});

test("a name that no topic can have is left out of a retry, and can be discarded", async ({
  admin,
  site,
}) => {
  const cure = await site.refuse("odd-1");
  await site.count("odd-1", 1);
  await site.redis.zadd(site.keys.overlay, 5, "forum_topic:odd name");
  await site.redis.zadd(site.keys.overlay, 2, Buffer.from([0x6f, 0x64, 0x64, 0xff, 0x0a]));
  await site.sync();
  await cure();
  await visit(admin, "/admin/failures?q=odd");
  await expect(row(admin, /odd name/)).toContainText("can only be discarded");
  // Bytes that are no text have the same label everywhere, and the page says in advance what cannot be
  // retried.
  const binary = "odd\u00b7\u00b7\u2026#";
  await expect(row(admin, new RegExp(binary))).toContainText("can only be discarded");
  await expect(admin.getByRole("button", { name: `Retry… ${binary}` })).toHaveCount(0);
  await expect(admin.getByRole("button", { name: `Discard… ${binary}` })).toBeVisible();
  await admin.getByRole("checkbox", { name: "Select all on this page" }).check();
  await expect(admin.getByText("3 targets selected, 8 views, 2 of them can only be")).toBeVisible();
  await admin.getByRole("button", { name: "Retry…", exact: true }).click();
  const dialog = admin.getByRole("alertdialog", { name: "Retry 1 target?" });
  await expect(dialog).toContainText("2 targets with a name that no topic can have are left out");
  await dialog.getByRole("button", { name: "Retry 1 target" }).click();
  await expect(message(admin)).toContainText("1 view of 1 target moved to their topics");
  expect(await site.persisted("odd-1")).toBe(1);

  await visit(admin, "/admin/failures?q=odd");
  await tick(admin, "forum_topic:odd name");
  await expect(admin.getByRole("button", { name: "Retry…", exact: true })).toHaveCount(0);
  await admin.getByRole("button", { name: "Discard…", exact: true }).click();
  const discard = admin.getByRole("alertdialog", { name: "Discard 1 target?" });
  // The dialog shows the number of the row, and why it is in no total.
  await expect(discard).toContainText("5 views of 1 target will be lost");
  await expect(discard).toContainText("5 views of them are under names that no topic can have");
  await discard.getByLabel("Reason").fill("written by a script");
  await discard.getByRole("button", { name: /^Discard/ }).click();
  await expect(admin.getByText("Discarded 5 views of 1 target.")).toBeVisible();
  await expect(row(admin, /odd name/)).toHaveCount(0);
  expect((await site.books.read()).difference).toBe(0);
});
