import { expect, it } from "vitest";
import { lastUtcDays } from "./utc-days";

it("lists the last UTC days, today last", () => {
  expect(lastUtcDays(3, new Date("2026-03-01T23:59:59Z"))).toEqual([
    "2026-02-27",
    "2026-02-28",
    "2026-03-01",
  ]);
});
