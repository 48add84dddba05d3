import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "~/platform/logger.server";
import type { Findings } from "~/monitoring/alerts/alert";
import { readFindings } from "~/monitoring/alerts/read-findings.server";
import { AlertStore } from "~/monitoring/alerts/alert-store.server";
import { AlertWatcher } from "~/monitoring/alerts/alert-watcher.server";
import { WebhookSender } from "~/monitoring/alerts/webhook-sender.server";
import { startDashboard } from "../helpers/dashboard";
import { testRedis } from "../helpers/database";
import { intercept } from "../helpers/intercept";
import { connectServers } from "../helpers/sync-fixture";
import { forEachTest, useLinks, useServers } from "../helpers/use-servers";
import { webhookReceiver } from "../helpers/webhook-receiver";

/** How alerts begin and end, and which process may say and send what. */

const use = useServers();
const links = useLinks(use);
const dao = forEachTest(() => startDashboard(links.urls));
let store: AlertStore;

beforeEach(() => {
  store = new AlertStore({ pool: use.servers.pool, daoSlug: dao.daoSlug });
});

const wrong = { title: "Wrong", text: "It is.", path: "/admin" };
const firing: Findings = new Map([["books-off", wrong]]);
const over: Findings = new Map([["books-off", null]]);

async function settle(findings: Findings) {
  const check = await store.beginCheck(0);
  return store.settleCheck(check!, findings);
}

describe("a check", () => {
  it("is made by one process in an interval", async () => {
    const begun = await Promise.all(Array.from({ length: 5 }, () => store.beginCheck(600)));
    expect(begun.filter((check) => check !== undefined)).toHaveLength(1);
    expect(await store.beginCheck(0)).toBeDefined();
  });

  it("changes nothing when a later one has begun", async () => {
    await settle(firing);
    const stalled = await store.beginCheck(0);
    expect(await settle(over)).toEqual([{ kind: "books-off", state: "resolved" }]);
    expect(await store.settleCheck(stalled!, firing)).toEqual([]);
    expect(await settle(firing)).toEqual([{ kind: "books-off", state: "firing" }]);
  });

  it("begins an alert once, ends it once, and leaves alone what it knows nothing of", async () => {
    expect(await settle(firing)).toEqual([{ kind: "books-off", state: "firing" }]);
    expect(await settle(firing)).toEqual([]);
    expect(await settle(new Map())).toEqual([]);
    expect(await settle(over)).toEqual([{ kind: "books-off", state: "resolved" }]);
    expect(await settle(over)).toEqual([]);
  });
});

describe("a message", () => {
  it("is given to one process", async () => {
    await settle(firing);
    const claims = await Promise.all(Array.from({ length: 8 }, () => store.claim()));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it("comes after all that came before of its kind", async () => {
    for (const findings of [firing, over, firing]) await settle(findings);
    const states: string[] = [];
    for (let claim = await store.claim(); claim; claim = await store.claim()) {
      states.push(claim.message.state);
      expect(await store.claim()).toBeUndefined();
      await store.markSent(claim);
    }
    expect(states).toEqual(["firing", "resolved", "firing"]);
  });

  it("of a process that died waits until it is due, and keeps its id", async () => {
    await settle(firing);
    const lost = await store.claim();
    expect(await store.claim()).toBeUndefined();
    await dao.query(`UPDATE alerts SET next_attempt_at = clock_timestamp() WHERE dao_slug = $1`);
    expect((await store.claim())?.message.id).toBe(lost!.message.id);
  });

  it("is not taken from whoever has it by a process that wakes too late", async () => {
    await settle(firing);
    const late = await store.claim();
    await store.postpone(late!, 0);
    const claim = await store.claim();
    expect(claim?.attempt).toBe(2);
    await store.postpone(late!, 0);
    expect(await store.claim()).toBeUndefined();
    await store.markSent(claim!);
    await settle(over);
    const ending = await store.claim();
    await store.markSent(late!);
    await store.postpone(late!, 0);
    expect(await store.claim()).toBeUndefined();
    expect(ending?.message).toMatchObject({ state: "resolved", title: "Wrong" });
  });
});

describe("a message that is not worth sending any more", () => {
  async function change(assignment: string): Promise<void> {
    await dao.query(`UPDATE alerts SET ${assignment} WHERE dao_slug = $1`);
  }
  const endedYesterday = "resolved_at = now() - interval '25 hours'";

  it("is skipped: it was over a day ago, and nobody knows that it began", async () => {
    for (const findings of [firing, over]) await settle(findings);
    await change("resolved_at = now() - interval '23 hours'");
    const young = await store.claim();
    expect(young?.message.state).toBe("firing");
    await store.postpone(young!, 0);
    await change(endedYesterday);
    expect(await store.claim()).toBeUndefined();
    await settle(firing);
    expect((await store.claim())?.alert).not.toBe(young?.alert);
  });

  it("and one of which somebody knows that it began is not", async () => {
    await settle(firing);
    await store.markSent((await store.claim())!);
    await settle(over);
    await change(endedYesterday);
    expect((await store.claim())?.message.state).toBe("resolved");
  });

  it("is given up by whoever has it, and does not keep back the next of its kind", async () => {
    await settle(firing);
    const late = await store.claim();
    await store.postpone(late!, 0);
    const claim = await store.claim();
    await store.giveUp(late!);
    await store.postpone(claim!, 0);
    const last = await store.claim();
    expect(last?.attempt).toBe(3);
    await store.giveUp(last!);
    expect(await store.claim()).toBeUndefined();
    await settle(over);
    expect(await store.claim()).toBeUndefined();
    await settle(firing);
    expect((await store.claim())?.message).toMatchObject({ state: "firing" });
  });
});

describe("the conditions", () => {
  async function findings(books = dao.services.books): Promise<Record<string, string>> {
    const { failures, runs } = dao.services;
    const found = await readFindings({ books, failures, runs, intervalMinutes: 10 });
    return Object.fromEntries(
      [...found].map(([kind, finding]) => [kind, finding?.title ?? "fine"]),
    );
  }
  const fine = {
    "failed-run": "fine",
    "parked-targets": "fine",
    "late-cron": "fine",
    "regressed-batch": "fine",
    "books-off": "fine",
    "wiped-redis": "fine",
  };

  it("are fine on a new install, and after a sync, unless the next one is late", async () => {
    expect(await findings()).toEqual(fine);
    await dao.count("1");
    await dao.sync();
    expect(await findings()).toEqual(fine);
    await dao.query(
      `UPDATE sync_runs SET finished_at = clock_timestamp() - interval '25 minutes'
       WHERE dao_slug = $1`,
    );
    expect(await findings()).toEqual({ ...fine, "late-cron": "The cron is late" });
    await dao.sync();
    expect(await findings()).toEqual(fine);
  });

  it("know a run by how it ended, whoever asked for it, and skip an interrupted one", async () => {
    await dao.poison("bad");
    await dao.count("bad");
    await dao.sync({ trigger: "flush", actor: "admin@forum.test" });
    expect(await findings()).toMatchObject({ "failed-run": "A sync failed" });
    for (const status of ["interrupted", "running"]) {
      await dao.query(
        `INSERT INTO sync_runs (dao_slug, trigger, actor, status) VALUES ($1, 'cron', 'cron', $2)`,
        status,
      );
      expect(await findings()).toMatchObject({ "failed-run": "A sync failed" });
    }
  });

  it("tell nothing of the books while a run is active", async () => {
    await dao.redis.incrby(dao.keys.accepted, 3);
    expect(await findings()).toMatchObject({ "books-off": "The books are off by 3 views" });
    await dao.query(`INSERT INTO sync_runs (dao_slug, trigger, actor) VALUES ($1, 'cron', 'cron')`);
    expect(await findings()).not.toHaveProperty("books-off");
  });

  it("tell nothing of the books that were read while views moved", async () => {
    await dao.redis.incrby(dao.keys.accepted, 3);
    const duringRun = intercept(dao.services.books, async (_method, call) => {
      await dao.sync();
      return call();
    });
    expect(await findings(duringRun)).not.toHaveProperty("books-off");
    const unsettled = intercept(dao.services.books, async (_method, call) => ({
      ...((await call()) as object),
      isSettled: false,
    }));
    const found = await findings(unsettled);
    expect(found).not.toHaveProperty("books-off");
    expect(found).not.toHaveProperty("regressed-batch");
  });

  it("tell nothing of the books of a Redis that was wiped or went back", async () => {
    await dao.count("1");
    await dao.sync();
    await dao.redis.decr(dao.keys.lastBatch);
    const regressed = await findings();
    expect(regressed).toMatchObject({
      "regressed-batch": "Redis has lost a batch that it had acknowledged",
    });
    expect(regressed).not.toHaveProperty("books-off");
    await dao.redis.del(dao.keys.lastBatch);
    const wiped = await findings();
    expect(wiped).toMatchObject({
      "regressed-batch": "fine",
      "wiped-redis": "Redis has lost all its data",
    });
    expect(wiped).not.toHaveProperty("books-off");
  });

  it("tell of a wiped Redis until a sync has ended after the one that found it", async () => {
    await dao.count("1");
    await dao.sync();
    await dao.redis.del(dao.keys.lastBatch, dao.keys.totals, dao.keys.accepted);
    await dao.sync();
    expect(await findings()).toMatchObject({
      "failed-run": "fine",
      "books-off": "fine",
      "wiped-redis": "Redis has lost all its data",
    });
    await dao.sync();
    expect(await findings()).toEqual(fine);
  });

  it("tell only what PostgreSQL knows while Redis is away", async () => {
    links.redis.cut();
    try {
      expect(await findings()).toEqual({ "failed-run": "fine", "parked-targets": "fine" });
    } finally {
      links.redis.restore();
    }
  });
});

describe("a watcher", () => {
  const receiver = forEachTest(() => webhookReceiver());
  let watchers: AlertWatcher[];
  let lines: Line[];
  beforeEach(() => {
    watchers = [];
    lines = [];
  });
  afterEach(() => Promise.all(watchers.map((watcher) => watcher.stop())));

  function startWatcher(
    watched: AlertStore,
    { interval, readFindings = () => Promise.resolve(firing) }: WatcherOptions,
  ): void {
    const output = new PassThrough();
    output.on("data", (line: Buffer) => lines.push(JSON.parse(String(line)) as Line));
    const watcher = new AlertWatcher({
      store: watched,
      sender: new WebhookSender({
        url: receiver.url,
        secret: undefined,
        origin: "https://views.example",
      }),
      readFindings,
      summarise: undefined,
      interval,
      logger: createLogger("info", output),
    });
    watchers.push(watcher);
    watcher.start();
  }

  it("says once that PostgreSQL is away, and goes on when it is back", async () => {
    const linked = connectServers(links.database.url, testRedis());
    let checks = 0;
    const watched = intercept(
      new AlertStore({ pool: linked.pool, daoSlug: dao.daoSlug }),
      (method, call) => {
        if (method === "beginCheck") checks += 1;
        return call();
      },
    );
    links.database.cut();
    startWatcher(watched, { interval: 0.2 });
    await expect.poll(() => checks).toBeGreaterThan(2);
    links.database.restore();
    await expect.poll(() => receiver.statesOf("books-off")).toEqual(["firing"]);
    await watchers[0]?.stop();
    expect(lines.map(({ msg }) => msg)).toEqual([
      "Alerts cannot be checked",
      "An alert began",
      "Alert sent",
      "Alerts are checked again",
    ]);
    await linked.close();
  });

  it("leaves a check that takes long to whoever began it", async () => {
    let tries = 0;
    const watched = intercept(store, (method, call) => {
      if (method === "beginCheck") tries += 1;
      return call();
    });
    // Waits until the other process has checked several times.
    const readFindings = async () => {
      const most = tries + 3;
      await expect.poll(() => tries).toBeGreaterThan(most);
      return firing;
    };
    for (let count = 0; count < 2; count += 1)
      startWatcher(watched, { interval: 0.1, readFindings });
    await expect.poll(() => receiver.statesOf("books-off")).toEqual(["firing"]);
  });

  it("tries a message again, under the same id, and is done when it is taken", async () => {
    receiver.answer((_message, count) => ({ status: count < 3 ? 500 : 200 }));
    startWatcher(store, { interval: 0.2 });
    await expect.poll(() => lines.at(-1)?.msg).toBe("Alert sent");
    expect(lines.map(({ againInSeconds }) => againInSeconds)).toEqual([
      undefined,
      0.2,
      0.4,
      undefined,
    ]);
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ body }) => body.alert.id)).size).toBe(1);
    expect(lines[1]).toMatchObject({ host: new URL(receiver.url).host });
    expect(JSON.stringify(lines)).not.toContain("very-secret-path");
    expect(await store.claim()).toBeUndefined();
  });

  it("waits as long as the receiver asks for with 429, and not with other alerts", async () => {
    receiver.answer(({ body }) =>
      body.alert.kind === "failed-run"
        ? { status: 429, headers: { "Retry-After": "600" } }
        : { status: 200 },
    );
    const findings: Findings = new Map([...firing, ["failed-run", wrong]]);
    startWatcher(store, { interval: 0.2, readFindings: () => Promise.resolve(findings) });
    await expect
      .poll(() => lines.find(({ againInSeconds }) => againInSeconds))
      .toMatchObject({ alert: "failed-run", reason: "It answered 429", againInSeconds: 600 });
    await expect.poll(() => receiver.statesOf("books-off")).toEqual(["firing"]);
    expect(receiver.statesOf("failed-run")).toEqual(["firing"]);
    receiver.release();
    await dao.query(`UPDATE alerts SET next_attempt_at = now() WHERE dao_slug = $1`);
    await expect.poll(() => receiver.statesOf("failed-run")).toEqual(["firing", "firing"]);
  });

  it("gives up a message that is refused again and again", async () => {
    receiver.answer(() => ({ status: 410 }));
    await settle(firing);
    await dao.query(`UPDATE alerts SET attempts = 8 WHERE dao_slug = $1`);
    startWatcher(store, { interval: 0.001 });
    await expect
      .poll(() => lines.map(({ msg, attempt }) => [msg, attempt]))
      .toEqual([
        ["An alert could not be sent; it is tried again", 9],
        ["An alert is refused; it is given up", 10],
      ]);
    expect(await store.claim()).toBeUndefined();
  });

  it("is not there without a receiver", () => {
    expect(dao.services.alerts).toBeUndefined();
  });
});

interface Line {
  msg: string;
  attempt?: number;
  againInSeconds?: number;
}

interface WatcherOptions {
  /** Seconds. */
  interval: number;
  readFindings?: () => Promise<Findings>;
}
