import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { words } from "./words";

it("explains words that the glossary has", async () => {
  const glossary = await readFile("docs/glossary.md", "utf8");
  const known = [...glossary.matchAll(/^\| (\w+) +\|/gm)].map(([, word]) => word);
  expect(known).toEqual(expect.arrayContaining(Object.keys(words)));
});
