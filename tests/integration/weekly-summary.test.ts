import { expect, it } from "vitest";
import { AlertStore } from "~/monitoring/alerts/alert-store.server";
import { summariseWeek } from "~/monitoring/alerts/weekly-summary.server";
import { startDashboard } from "../helpers/dashboard";
import { forEachTest, useServers } from "../helpers/use-servers";

/** The message about a week: when it is written, what it says, and that it is sent once. */

const use = useServers();
const dao = forEachTest(() => startDashboard(use.urls));

/** Called in a time zone where it is another day around midnight UTC. */
function summarise(now: string): Promise<void> {
  const { directory } = dao.services;
  const clock = () => new Date(now);
  return summariseWeek({ pool: dao.pool, daoSlug: dao.daoSlug, directory, clock });
}

/** Sends what is due, as if it had been written at that time. */
async function sent(writtenAt: string) {
  await dao.query(
    `UPDATE alerts SET started_at = $2 WHERE dao_slug = $1 AND firing_sent_at IS NULL`,
    writtenAt,
  );
  const store = new AlertStore({ pool: use.servers.pool, daoSlug: dao.daoSlug });
  const messages = [];
  for (let claim = await store.claim(); claim; claim = await store.claim()) {
    messages.push(claim.message);
    await store.markSent(claim);
  }
  return messages;
}

async function insertDays(rows: Array<[topicId: string, day: string, views: number]>) {
  await dao.query(
    `INSERT INTO forum_topic_view_daily (dao_slug, "topicId", day, views)
     SELECT $1, * FROM unnest($2::text[], $3::date[], $4::int[])`,
    ...[0, 1, 2].map((column) => rows.map((row) => row[column])),
  );
}

it("it tells of the week from Monday to Sunday, once", async () => {
  await insertDays([
    ["1", "2026-02-15", 1_000_000],
    ["1", "2026-02-16", 400],
    ["1", "2026-02-23", 300],
    ["1", "2026-03-01", 200],
    ["2", "2026-02-28", 100],
    ["3", "2026-02-24", 50],
    ["3", "2026-03-02", 7],
  ]);
  await dao.services.directory.upsert([
    { topicId: "1", title: `Budget <b>2026</b> ${"x".repeat(200)}` },
    { topicId: "2", title: "A secret", hidden: true },
  ]);
  const monday = "2026-03-02T00:00:01Z";
  await Promise.all([summarise(monday), summarise(monday), summarise(monday)]);
  const [message, ...others] = await sent(monday);
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    ...{ kind: "weekly-summary", state: "firing", path: "/admin" },
    title: "650 views from 23 Feb to 1 Mar 2026",
  });
  expect(message?.text.split("\n")).toEqual([
    "62.5% more than in the week before (400).",
    "Most read:",
    expect.stringMatching(/^1\. Budget <b>2026<\/b> x+…: 500$/),
    "2. Hidden topic: 100",
    "3. Topic 3: 50",
    "No sync failed, and nothing needs attention.",
  ]);
  await summarise("2026-03-08T23:59:59Z");
  expect(await sent(monday)).toEqual([]);
  await summarise("2026-03-09T00:00:00Z");
  expect(await sent("2026-03-09T00:00:00Z")).toMatchObject([
    { title: "7 views from 2 Mar to 8 Mar 2026" },
  ]);
});

it("it tells of failures, and of a week without views", async () => {
  const cure = await dao.poison("bad");
  await dao.count("bad", 2);
  await dao.sync();
  await dao.query(`UPDATE sync_runs SET started_at = '2026-02-26' WHERE dao_slug = $1`);
  await summarise("2026-03-04T12:00:00Z");
  await cure();
  const [message] = await sent("2026-03-04T12:00:00Z");
  expect(message?.text).toBe(
    "The week before had no views.\n1 sync failed at least in part. The views of 1 topic could not be persisted yet.",
  );
});

it("one that nobody took goes when the next one comes", async () => {
  await summarise("2026-03-04T12:00:00Z");
  await dao.query(
    `UPDATE alerts SET started_at = '2026-03-04', next_attempt_at = 'infinity' WHERE dao_slug = $1`,
  );
  await summarise("2026-03-09T12:00:00Z");
  expect(await sent("2026-03-09T12:00:00Z")).toMatchObject([
    { title: "0 views from 2 Mar to 8 Mar 2026" },
  ]);
});
