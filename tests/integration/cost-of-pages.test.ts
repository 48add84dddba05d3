import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import type { LoaderFunction } from "@remix-run/node";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { LimitedStatement } from "~/platform/limited-statement.server";
import { createViewsHandler } from "~/api/views.server";
import { loader as layout } from "~/routes/admin/route";
import { loader as overview } from "~/routes/admin._index/route";
import { loader as audit } from "~/routes/admin.audit/route";
import { loader as failures } from "~/routes/admin.failures/route";
import { loader as pending } from "~/routes/admin.pending/route";
import { loader as run } from "~/routes/admin.runs.$runId/route";
import { loader as runs } from "~/routes/admin.runs._index/route";
import { loader as topic } from "~/routes/admin.topics.$topicId/route";
import { loader as topics } from "~/routes/admin.topics._index/route";
import { loader as users } from "~/routes/admin.users/route";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

/** How much a page asks of PostgreSQL and Redis, regardless of the amount of data: speed without a clock. */

const use = useServers();
const dashboard = forAllTests(() => startDashboard(use.urls));
let cookie: string;
let lastRun: string;

beforeAll(async () => {
  const { count, poison, services, sync } = dashboard;
  cookie = await dashboard.signIn("admin");
  // More of everything than fits on a page.
  for (let id = 1; id <= 60; id += 1) await count(String(id), 2);
  await poison("bad");
  for (let turn = 0; turn < 60; turn += 1) {
    await count("bad");
    await sync();
  }
  for (let id = 1; id <= 60; id += 1) await count(String(id));
  lastRun = (await services.runs.last("all"))!.id;
});

interface Cost {
  /** Statements for PostgreSQL; each is a round trip. */
  statements: number;
  /** Commands for Redis; those of a transaction are sent together. */
  commands: number;
}

async function costOf(act: () => Promise<unknown>): Promise<Cost> {
  const statements = vi.spyOn(pg.Client.prototype, "query");
  const commands = vi.spyOn(Redis.prototype, "sendCommand");
  try {
    await act();
    return { statements: statements.mock.calls.length, commands: commands.mock.calls.length };
  } finally {
    vi.restoreAllMocks();
  }
}

async function load(loader: LoaderFunction, path: string, params: Record<string, string> = {}) {
  const request = new Request(`${dashboard.services.env.APP_ORIGIN}${path}`, {
    headers: { Cookie: cookie },
  });
  return loader({ request, params, context: dashboard.context });
}

/** The costs of each page, without those of the layout. */
const costs: Array<[path: string, loader: LoaderFunction, statements: number, commands: number]> = [
  ["/admin", layout, 8, 9],
  ["/admin", overview, 11, 10],
  ["/admin/pending", pending, 6, 12],
  ["/admin/pending?q=1", pending, 8, 5],
  ["/admin/pending?place=batch", pending, 4, 10],
  ["/admin/topics", topics, 4, 0],
  ["/admin/topics?period=90d", topics, 4, 0],
  ["/admin/topics?q=1", topics, 8, 0],
  ["/admin/topics/1", topic, 11, 2],
  ["/admin/runs", runs, 4, 0],
  ["/admin/runs/:run", run, 8, 0],
  ["/admin/failures", failures, 7, 3],
  ["/admin/audit", audit, 3, 0],
  ["/admin/users", users, 2, 0],
];

describe("a page asks at most", () => {
  it.each(costs)("%s", async (path, loader, statements, commands) => {
    const params = { topicId: "1", runId: lastRun };
    // The first request fills caches; the second one is measured.
    await load(loader, path, params);
    const cost = await costOf(() => load(loader, path, params));
    expect(cost.statements).toBeLessThanOrEqual(statements);
    expect(cost.commands).toBeLessThanOrEqual(commands);
  });
});

/** A statement is sent as text, or as an object with its own limit. */
function textOf(query: unknown): string {
  return query instanceof LimitedStatement ? query.statement.text : String(query);
}

it("only today is read after a sync, whatever is shown", async () => {
  const texts = async () => {
    const statements = vi.spyOn(pg.Client.prototype, "query");
    for (const query of ["", "?period=7d", "?period=90d", "?period=all"]) {
      await load(overview, `/admin${query}`);
      await load(topics, `/admin/topics${query}`);
    }
    const sent = statements.mock.calls.map(([query]) => textOf(query));
    vi.restoreAllMocks();
    return sent.filter(
      (text) => text.includes("forum_topic_view_daily") && !text.includes("min(day)"),
    );
  };
  await texts();
  await dashboard.count("1");
  await dashboard.sync();
  expect(await texts()).toHaveLength(0);
});

describe("a count", () => {
  const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
  let server: Server;
  beforeAll(async () => {
    const views = createViewsHandler(dashboard.services, () => "203.0.113.7");
    server = createServer((request, response) => void views(request, response));
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(() => server.close());

  async function count(topicId: string): Promise<number> {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/forum/topics/${topicId}/views`;
    const headers = { "User-Agent": userAgent };
    return (await fetch(url, { method: "POST", headers })).status;
  }

  it("asks Redis once, for limit, mark, cap and count, and PostgreSQL for nothing", async () => {
    expect(await count("first")).toBe(200);
    expect(await costOf(() => count("second"))).toEqual({ statements: 0, commands: 1 });
  });

  it("asks nothing for a bad topic id", async () => {
    expect(await costOf(() => count("a%20b"))).toEqual({ statements: 0, commands: 0 });
  });
});
