import { describe, expect, it } from "vitest";
import { addDays, daysBetween, isUtcDay, listDays, utcDay } from "./utc-days";

it("counts days over the ends of months", () => {
  expect(utcDay(new Date("2026-03-01T23:59:59Z"))).toBe("2026-03-01");
  expect(listDays("2026-02-27", 3)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  expect(daysBetween("2026-02-27", "2026-03-01")).toBe(2);
});

describe("isUtcDay", () => {
  it.each(["2026-02-28", "2024-02-29"])("takes %s", (day) => expect(isUtcDay(day)).toBe(true));
  it.each(["2026-02-29", "2026-2-1", "2026-02-01T00:00", "today", "", "0000-13-01"])(
    "refuses %s",
    (day) => expect(isUtcDay(day)).toBe(false),
  );
});
