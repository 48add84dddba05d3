import { expect, it } from "vitest";
import { containsPattern } from "./like-pattern";

it.each([
  ["12", "%12%"],
  ["a_b", "%a\\_b%"],
  ["100%", "%100\\%%"],
  ["\\", "%\\\\%"],
])("a LIKE pattern takes %j letter for letter", (text, pattern) => {
  expect(containsPattern(text)).toBe(pattern);
});
