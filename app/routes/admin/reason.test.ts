import { describe, expect, it } from "vitest";
import { readReason } from "./reason";

function form(why: string | File): FormData {
  const data = new FormData();
  data.set("why", why);
  data.set("intent", "discard");
  return data;
}

describe("readReason", () => {
  it("takes what says something, trimmed", () => {
    expect(readReason(form("  spam from a bot "))).toEqual({ reason: "spam from a bot" });
  });

  it.each(["", "  a ", "x".repeat(501), "spam\u0000", new File([], "why")])(
    "refuses %j, and says of which form it is",
    (why) => {
      expect(readReason(form(why))).toMatchObject({
        error: { why: [expect.any(String)] },
        initialValue: { intent: "discard" },
      });
    },
  );
});
