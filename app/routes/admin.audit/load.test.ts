import { describe, expect, test } from "vitest";
import { listDefaults, parseListParams } from "~/lists/list-search";
import { pageInfo } from "~/lists/paging";
import type { AuditEntry, AuditFilter } from "~/accounts/audit.server";
import type { Services } from "~/services.server";
import { presentAudit } from "./load.server";

/** What the page says for these entries, and what it asked the log for. */
async function present(entries: Array<Partial<AuditEntry>>, search = "") {
  const asked: AuditFilter[] = [];
  const list = (filter: AuditFilter & { page: number; pageSize: number }) => {
    asked.push(filter);
    const all = entries.map((entry) => ({
      id: 1n,
      is_run_kept: false,
      actor: "ada@example.org",
      action: "flush",
      run_id: null,
      details: {},
      created_at: new Date("2026-01-02T03:04:05.000Z"),
      ...entry,
    }));
    return Promise.resolve({ entries: all, page: pageInfo(all.length, filter) });
  };
  const name = { title: "Grants", url: null, category: null, hidden: false };
  const directory = { names: () => Promise.resolve(new Map([["1", name]])) };
  const services = { audit: { list }, directory } as unknown as Services;
  const wanted = parseListParams("audit", new URLSearchParams(search));
  return { page: await presentAudit(services, wanted), asked: asked[0] };
}

describe("an entry", () => {
  test.each<[Partial<AuditEntry>, string, string?]>([
    [{ action: "flush" }, "Flushed everything pending"],
    [{ action: "flush", details: { targets: 1, views: 1 } }, "Flushed 1 target, 1 view"],
    [{ action: "retry", details: { targets: 1_200 } }, "Retried 1,200 targets"],
    [
      { action: "retry", details: { targets: 12, views: 40, retried: { "a:1": 39 } } },
      "Retried 12 targets, 40 views",
      "Grants (a:1): 39 views, and 11 more",
    ],
    [
      {
        action: "discard",
        details: { discard: "7", views: 340, targets: 2, reason: "Bots" },
      },
      "Discarded 340 views of 2 targets",
      "Reason: Bots",
    ],
    [
      {
        action: "discard",
        details: { views: 4, targets: 2, reason: "Bots", discarded: { "a:1": 3, "b:2": 1 } },
      },
      "Discarded 4 views of 2 targets",
      "Reason: Bots. Grants (a:1): 3 views, b:2: 1 view",
    ],
    [
      { action: "views-taken-off", details: { topic: "5", views: 12, reason: "A script" } },
      "Took 12 views off topic 5",
      "Reason: A script",
    ],
    [
      { action: "password-change", details: { email: "ada@example.org" } },
      "Changed their own password",
    ],
    [
      { action: "password-change", details: { email: "eve@example.org" } },
      "Set a new password for eve@example.org",
    ],
    [
      {
        action: "role-change",
        details: { email: "eve@example.org", from: "operator", to: "admin" },
      },
      "Made eve@example.org an admin",
      "Was an operator before",
    ],
    [
      { action: "regression", details: { decision: "keep", views: 12, reason: "Failover" } },
      "Kept 12 pending views after Redis had lost a batch",
      "Reason: Failover",
    ],
    [
      { action: "cleanup", details: { runErrors: 1_200, runs: 1, removedViews: 0 } },
      "Deleted 1,200 errors of runs, 1 run past their retention",
    ],
    [
      { action: "cleanup", details: { topics: 2, removedViews: 340 } },
      "Deleted 2 topics past their retention",
      "With 340 persisted views",
    ],
    [{ action: "discard", details: { other: 1 } }, "Discarded", '{"other":1}'],
    [{ action: "something-newer" }, "something-newer"],
  ])("%j says %s", async (entry, what, more) => {
    const { page } = await present([entry]);
    expect(page.entries).toMatchObject([more === undefined ? { what } : { what, more }]);
  });
});

test("a run has a page until it is deleted", async () => {
  const { page } = await present([{ run_id: 7n, is_run_kept: true }, { run_id: 8n }, {}]);
  expect(page.entries.map(({ runId, isRunKept }) => [runId, isRunKept])).toEqual([
    ["7", true],
    ["8", false],
    [null, false],
  ]);
});

describe("the address", () => {
  test("filters and pages", async () => {
    const { page, asked } = await present([], "actor=%20ada%20&action=retry&page=3&size=25");
    const params = { ...listDefaults.audit, actor: "ada", action: "retry", page: 3, pageSize: 25 };
    expect(asked).toEqual({ ...params, names: [] });
    expect(page).toMatchObject({ params });
  });

  test.each(["", "actor=&action=all", "actor=%00&action=nonsense&page=-1&size=7", "page=x"])(
    "%j shows the first page of everything",
    async (search) => {
      expect((await present([], search)).asked).toEqual({ ...listDefaults.audit, names: [] });
    },
  );
});
