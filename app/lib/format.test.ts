import { describe, expect, it } from "vitest";
import {
  formatCompact,
  formatCount,
  formatDateTime,
  formatDay,
  formatDuration,
  formatMonth,
  formatRelative,
  formatShare,
} from "./format";

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1.0 s"],
    [9_999, "9.9 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [185_000, "3 min 5 s"],
    [7_440_000, "2 h 4 min"],
    [90_000_000, "1 d 1 h"],
  ])("says %i ms as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe("formatRelative", () => {
  const now = Date.parse("2025-11-22T12:00:00Z");
  it.each([
    ["2025-11-22T11:59:58Z", "just now"],
    ["2025-11-22T11:59:35Z", "25 s ago"],
    ["2025-11-22T11:57:00Z", "3 min ago"],
    ["2025-11-22T14:00:00Z", "just now"],
    ["2025-10-24T12:00:00Z", "29 d ago"],
    ["2025-10-23T12:00:00Z", undefined],
  ])("says %s as %s", (date, text) => {
    expect(formatRelative(new Date(date), now)).toBe(text);
  });
});

it("formats moments in UTC", () => {
  const date = new Date("2025-11-02T05:04:03Z");
  expect(formatDateTime(date, { zone: "utc" })).toBe("2 Nov 2025, 05:04 UTC");
  expect(formatDateTime(date, { zone: "utc", precision: "second" })).toBe(
    "2 Nov 2025, 05:04:03 UTC",
  );
});

it("formats days", () => {
  expect(formatDay("2025-11-22")).toBe("22 Nov 2025");
  expect(formatDay("2025-11-22", "short")).toBe("22 Nov");
});

it("formats numbers", () => {
  expect(formatCompact(1_234_567)).toBe("1.2M");
  expect(formatCount(1, "target")).toBe("1 target");
  expect(formatCount(1_234, "target")).toBe("1,234 targets");
});

describe("formatShare", () => {
  it.each([
    [0, "0.0%"],
    [0.0002, "<0.1%"],
    [0.001, "0.1%"],
    [0.02, "2.0%"],
    [1, "100.0%"],
  ])("says %d as %s", (share, text) => {
    expect(formatShare(share)).toBe(text);
  });
});

describe("formatMonth", () => {
  it("names the month", () => {
    expect(formatMonth("2025-11")).toBe("Nov 2025");
  });
});
