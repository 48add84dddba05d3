import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useLinks, useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

const root = path.resolve(import.meta.dirname, "../..");
const token = "metrics-token-0123456789";
const use = useServers();
const links = useLinks(use);
const app = forAllTests(() =>
  startAppServer({
    ...{ ...links.urls, daoSlug: testDaoSlug() },
    env: { METRICS_TOKEN: token },
  }),
);

/** Every sample of a scrape, by its name and labels. */
async function scrape(): Promise<Map<string, number>> {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${app.origin}/metrics`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toContain("text/plain; version=0.0.4");
  const lines = (await response.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** A view of the viewer with this number. */
function view(topicId: string, viewer: number): Promise<Response> {
  const body = JSON.stringify({ address: `0x${String(viewer).padStart(40, "0")}` });
  return sendView(app.origin, topicId, { body });
}

describe("/metrics", () => {
  it("tells what was counted, what is pending, and what a sync made of it", async () => {
    await view("1", 1);
    await view("1", 2);
    await view("2", 1);
    await view("2", 1);
    await fetch(`${app.origin}/api/v1/forum/topics/no%20topic/views`, { method: "POST" });
    const before = await scrape();
    expect(before.get('forum_views_requests_total{outcome="counted"}')).toBe(3);
    expect(before.get('forum_views_requests_total{outcome="duplicate"}')).toBe(1);
    expect(before.get('forum_views_requests_total{outcome="malformed"}')).toBe(1);
    expect(before.get("forum_views_pending_views")).toBe(3);
    expect(before.get("forum_views_pending_targets")).toBe(2);
    expect(before.get("forum_views_pending_oldest_seconds")).toBeGreaterThan(0);
    expect(before.has("forum_views_sync_last_success_timestamp_seconds")).toBe(false);

    const startedAt = Date.now() / 1_000;
    expect((await callSync(app)).status).toBe(200);
    const after = await scrape();
    expect(after.get("forum_views_pending_views")).toBe(0);
    expect(after.get("forum_views_applied_views")).toBe(3);
    expect(after.get("forum_views_books_difference_views")).toBe(0);
    expect(after.get('forum_views_sync_runs_total{status="succeeded",trigger="cron"}')).toBe(1);
    expect(after.get('forum_views_sync_targets_sum{trigger="cron"}')).toBe(2);
    expect(after.get('forum_views_sync_duration_seconds_count{trigger="cron"}')).toBe(1);
    for (const name of ["success", "cron"]) {
      const at = after.get(`forum_views_sync_last_${name}_timestamp_seconds`);
      expect(Math.abs((at ?? 0) - startedAt)).toBeLessThan(60);
    }
  });

  it("leaves out what a dependency that is away would have to tell", async () => {
    links.redis.cut();
    try {
      const away = await scrape();
      expect(away.get('forum_views_dependency_up{dependency="redis"}')).toBe(0);
      expect(away.get('forum_views_dependency_up{dependency="postgres"}')).toBe(1);
      expect(away.has("forum_views_pending_views")).toBe(false);
      expect(away.has("forum_views_books_difference_views")).toBe(false);
      await view("1", 3);
      expect((await scrape()).get('forum_views_requests_total{outcome="failed"}')).toBe(1);
    } finally {
      links.redis.restore();
    }
    await expect.poll(async () => (await scrape()).has("forum_views_pending_views")).toBe(true);
  });

  it.each(["ops/prometheus-rules.yml", "ops/grafana-dashboard.json"])(
    "exports every metric that %s asks for",
    async (file) => {
      await callSync(app);
      const exported = new Set([...(await scrape()).keys()].map((key) => key.replace(/\{.*/, "")));
      const text = readFileSync(path.join(root, file), "utf8");
      const asked = new Set(text.match(/\b(?:forum_views|process)_[a-z_]+/g));
      expect(asked.size).toBeGreaterThan(5);
      expect([...asked].filter((name) => !exported.has(name))).toEqual([]);
    },
  );
});

it("says in /readyz what is set wrongly where views are lost by it", async () => {
  const warnings = async () => {
    const response = await fetch(`${app.origin}/readyz`);
    return ((await response.json()) as { warnings: string[] }).warnings.join("\n");
  };
  // No proxy is named, so all visitors of this one look like one client.
  const visitors = Array.from({ length: 60 }, () => sendView(app.origin, "behind-a-proxy"));
  await Promise.all(visitors);
  const origin = "https://forum.example";
  await sendView(app.origin, "of-a-forum", { headers: { Origin: origin } });
  expect(await warnings()).toContain("127.0.0.1, which TRUST_PROXY does not name");
  expect(await warnings()).toContain(`pages of ${origin} are refused`);
});
