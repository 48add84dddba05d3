import { beforeAll, expect, test } from "vitest";
import { viewKeys } from "~/sync/redis/view-keys";
import { BooksReader } from "~/sync/balance/books.server";
import { startAccounts, testSecret } from "../helpers/accounts";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { fillOverlay } from "../helpers/sync-fixture";
import { forAllTests, useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

/** Sorted sets take any bytes as a name and any number but NaN as a score, and somebody may put them there. */

const use = useServers();
const daoSlug = testDaoSlug();
const keys = viewKeys(daoSlug);
const app = forAllTests(() =>
  startAppServer({
    ...{ ...use.urls, daoSlug },
    env: { SESSION_SECRET: testSecret, TRUST_PROXY: "loopback", SYNC_PARK_AFTER: "2" },
  }),
);
const accounts = forAllTests(() => startAccounts({ ...use.urls, daoSlug }));
let cookie: string;

const bytes = (...parts: Array<string | number[]>) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

const odd: Array<[score: string, member: string | Buffer]> = [
  ["3", bytes("forum_topic:", [0xff, 0xfe, 0xc0, 0xaf])],
  ["3", bytes([0x00])],
  ["3", bytes("forum_topic:a", [0x00], "b")],
  ["3", bytes("forum_topic:", [0xed, 0xa0, 0x80])],
  ["3", "\u{1f4a9}:\u{1f4a9}"],
  ["3", "forum_topic:\u{1f4a9}"],
  ["3", "forum_topic:\u202egnp.exe"],
  ["3", `forum_topic:${"x".repeat(101)}`],
  ["3", `forum_topic:${"y".repeat(50_000)}`],
  ["3", "forum_topic:<script>alert(1)</script>"],
  ["3", "forum_topic:'; DROP TABLE users; --"],
  ["3", "forum_topic:a\r\nb"],
  ["3", ""],
  ["3", ":"],
  ["3", "forum_topic:"],
  ["3", "__proto__:constructor"],
  ["3", "=cmd|'/c calc'!A1"],
  ["-5", "forum_topic:negative"],
  ["0", "forum_topic:zero"],
  ["0.5", "forum_topic:half"],
  ["1e300", "forum_topic:huge"],
  ["inf", "forum_topic:infinite"],
  ["-inf", "forum_topic:minus-infinite"],
  ["9007199254740993", "forum_topic:inexact"],
];

beforeAll(async () => {
  await accounts.add("root@example.org", "admin");
  cookie = await accounts.cookie(await accounts.signIn("root@example.org"));
});

interface SyncAnswer {
  run: string;
  success: boolean;
  summary: { total: number; flushed: number; failed: number };
  errors?: Array<{ target: string; error: string }>;
}

async function sync(): Promise<SyncAnswer> {
  const answer = await callSync(app);
  expect(answer.status).toBe(200);
  const run = answer.headers.get("X-Sync-Run-Id") ?? "";
  return { ...((await answer.json()) as SyncAnswer), run };
}

async function expectPages(run?: string): Promise<void> {
  for (const path of [
    ...["/admin", "/admin/failures?size=200", "/admin/topics", "/admin/audit"],
    ...["", "?size=200", "?sort=target&q=forum", "?place=batch", ".csv"].map(
      (list) => `/admin/pending${list}`,
    ),
    ...["/admin/topics.csv", ...(run ? [`/admin/runs/${run}?size=200`] : [])],
  ]) {
    const answer = await fetch(`${app.origin}${path}`, { headers: { Cookie: cookie } });
    expect(answer.status, path).toBe(200);
    const text = await answer.text();
    const isPage = answer.headers.get("Content-Type")?.startsWith("text/html");
    if (isPage) expect(text, path).not.toContain("<script>alert(1)");
    else expect(text, path).not.toMatch(/NaN|^[=+@-]/m);
    expect(text, path).not.toMatch(/Something went wrong|cannot be read at the moment/);
  }
}

test("members with odd bytes and scores fail in plain words, and the rest is flushed", async () => {
  for (let topic = 0; topic < 20; topic += 1) await sendView(app.origin, `good-${topic}`);
  const { redis, pool } = use.servers;
  await redis.zadd(keys.overlay, ...odd.flat());
  await fillOverlay({ redis, keys }, new Map([["over-the-column", 3_000_000_000]]));
  await expectPages();

  const failing = odd.length + 1;
  const first = await sync();
  expect(first.summary).toEqual({ total: 20 + failing, flushed: 20, failed: failing });
  for (const { target, error } of first.errors ?? []) {
    expect(error).toMatch(/^[A-Z][\w ,.'-]{3,80}$/);
    // JSON that every reader takes: no half of a character, no control character, nothing endless.
    expect(Buffer.from(target).toString()).toBe(target);
    expect(target).not.toMatch(/\p{Cc}/u);
    expect(target.length).toBeLessThan(400);
  }
  expect(new Set(first.errors?.map(({ target }) => target)).size).toBe(failing);
  await expectPages(first.run);

  const second = await sync();
  // Only this target's views can be meant for a topic; nothing of it is left in Redis.
  expect(second.summary).toEqual({ total: 1, flushed: 0, failed: 1 });
  expect(await redis.exists(keys.overlay, keys.batch, keys.batchMembers)).toBe(0);
  expect((await sync()).summary.total).toBe(0);
  await expectPages(second.run);
  const { rows } = await pool.query<{ views: string }>(
    "SELECT sum(views) AS views FROM forum_topic_view_stats WHERE dao_slug = $1",
    [daoSlug],
  );
  expect(rows[0]?.views).toBe("20");
  expect((await new BooksReader({ pool, redis, keys, daoSlug }).read()).difference).toBe(0);
});

test("none of them makes the API count anything but whole views", async () => {
  const { redis } = use.servers;
  const names = ["infinite", "minus-infinite", "negative", "zero", "half", "huge", "good-1"];
  const ids = names.join(",");
  await redis.zadd(keys.overlay, "inf", "forum_topic:infinite", "-5", "forum_topic:negative");
  const answer = await fetch(`${app.origin}/api/v1/forum/views?topicIds=${ids}`);
  const { topics } = (await answer.json()) as { topics: Array<{ uniqueViews: unknown }> };
  expect(topics.map(({ uniqueViews }) => uniqueViews)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  await redis.zrem(keys.overlay, "forum_topic:infinite", "forum_topic:negative");
});

test("they can be discarded, all of them, and leave balanced books and no error in the log", async () => {
  const { redis, pool } = use.servers;
  const answer = await fetch(`${app.origin}/admin/failures`, {
    method: "POST",
    redirect: "manual",
    headers: { Cookie: cookie, Origin: app.origin },
    body: new URLSearchParams({ intent: "discard", scope: "matching", why: "not ours" }),
  });
  expect(answer.status).toBe(302);
  const { rowCount } = await pool.query(
    "SELECT FROM failed_targets WHERE dao_slug = $1 AND views > 0",
    [daoSlug],
  );
  expect(rowCount).toBe(0);
  expect((await new BooksReader({ pool, redis, keys, daoSlug }).read()).difference).toBe(0);
  await expectPages();
  expect(app.logs.filter(({ level }) => String(level) === "error")).toEqual([]);
});
