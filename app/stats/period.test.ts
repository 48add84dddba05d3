import { describe, expect, it } from "vitest";
import { barsOf, periodSearch, readPeriod, refusedDay, unitOf } from "./period";

const today = "2026-11-27";

function period(query: string, firstDay: string | undefined = "2026-08-01") {
  return readPeriod(new URLSearchParams(query), { today, firstDay });
}

describe("readPeriod", () => {
  it.each([
    ["", "2026-10-31", "2026-10-03", "2026-10-30"],
    ["period=today", "2026-11-27", "2026-11-26", "2026-11-26"],
    ["period=7d", "2026-11-21", "2026-11-14", "2026-11-20"],
    ["period=90d", "2026-08-30", "2026-06-01", "2026-08-29"],
    ["period=12m", "2025-11-28", "2024-11-28", "2025-11-27"],
  ])("%s begins and is compared with as many days before", (query, from, before, until) => {
    expect(period(query)).toMatchObject({
      from,
      to: today,
      previous: { from: before, to: until },
    });
  });

  it("of all time begins with the first day that has views, and has nothing before", () => {
    expect(period("period=all")).toEqual({
      name: "all",
      from: "2026-08-01",
      to: today,
      previous: undefined,
    });
    const days = { today, firstDay: undefined };
    expect(readPeriod(new URLSearchParams("period=all"), days)).toMatchObject({ from: today });
  });

  it("may have its own days", () => {
    expect(period("from=2026-11-01&to=2026-11-27")).toEqual({
      name: "custom",
      from: "2026-11-01",
      to: "2026-11-27",
      previous: { from: "2026-10-05", to: "2026-10-31" },
    });
  });

  it.each([
    "period=tomorrow",
    "from=2026-11-01",
    "from=2026-11-28&to=2026-11-27",
    "from=2026-11-01&to=2026-11-28",
    "from=2026-02-30&to=2026-03-01",
    "from=01.11.2026&to=27.11.2026",
    "from=1999-01-01&to=2026-11-27",
  ])("falls back for %s", (query) => {
    expect(period(query)).toEqual(period(""));
  });

  it.each(["", "period=12m", "period=all", "from=2026-11-01&to=2026-11-02"])(
    "is found again by a link: %s",
    (query) => {
      const read = period(query);
      expect(period(periodSearch(read).slice(1))).toEqual(read);
    },
  );
});

describe("refusedDay", () => {
  it.each([
    ["2026-11-1", today, "from", "must be a day"],
    ["2026-11-01", "today", "to", "must be a day"],
    ["2026-11-01", "2026-11-28", "to", "must not be after today"],
    ["2026-11-28", today, "from", "must not be after `to`"],
    ["2016-01-01", today, "from", "ten years"],
  ])("names the field for %s to %s", (from, to, field, message) => {
    const refused = refusedDay({ from, to }, today);
    expect(refused?.field).toBe(field);
    expect(refused?.message).toContain(message);
  });
});

describe("barsOf", () => {
  it("has one bar for each day of up to three months", () => {
    const bars = barsOf({ from: "2026-11-26", to: today }, [1, 2], [3, 4]);
    expect(bars).toEqual([
      { from: "2026-11-26", to: "2026-11-26", views: 1, previous: 3 },
      { from: today, to: today, views: 2, previous: 4 },
    ]);
  });

  it.each([
    ["week", "2026-06-03", 26, { from: "2026-06-03", to: "2026-06-07" }],
    ["month", "2024-11-15", 25, { from: "2024-11-15", to: "2024-11-30" }],
  ] as const)(
    "has one bar for each %s of longer ones, and no day twice",
    (unit, from, count, first) => {
      const { views } = daysFrom(from);
      expect(unitOf({ from, to: today })).toBe(unit);
      const bars = barsOf({ from, to: today }, views, views);
      expect(bars).toHaveLength(count);
      expect(bars[0]).toMatchObject(first);
      expect(bars.at(-1)?.to).toBe(today);
      const sum = bars.reduce((total, bar) => total + bar.views, 0);
      expect(sum).toBe(views.reduce((total, count) => total + count, 0));
      expect(bars.every((bar) => bar.views === bar.previous)).toBe(true);
    },
  );
});

function daysFrom(from: string) {
  const length = (Date.parse(today) - Date.parse(from)) / 86_400_000 + 1;
  return { views: Array.from({ length }, (_, index) => index + 1) };
}
