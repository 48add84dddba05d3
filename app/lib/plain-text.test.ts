import { expect, it } from "vitest";
import { plainText } from "./plain-text";

it.each([
  ["  Treasury   report ", "Treasury report"],
  ["<b>bold</b> &amp; more", "<b>bold</b> &amp; more"],
  ["two\r\nlines\u0000 and\u2028a\u0007 bell", "two lines and a bell"],
  ["\u202egnp.exe\u202c \u200fmark\u2066", "gnp.exe mark"],
  ["\ud800half", "half"],
  ["👩\u200d🚀 launch", "👩\u200d🚀 launch"],
])("shows %j as one line of text", (text, shown) => {
  expect(plainText(text, 300)).toBe(shown);
});

it("cuts between letters", () => {
  expect(plainText("🚀".repeat(10_000), 300)).toBe(`${"🚀".repeat(299)}…`);
  expect(plainText("a".repeat(300), 300)).toBe("a".repeat(300));
});
