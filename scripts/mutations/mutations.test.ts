import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutations } from "./list";
import { mutate } from "./mutation";

describe("the list of mutations", () => {
  it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
    "%s applies, and names a test that there is",
    (_name, mutation) => {
      const source = readFileSync(mutation.file, "utf8");
      expect(mutate(source, mutation)).not.toBe(source);
      expect(existsSync(mutation.test)).toBe(true);
    },
  );

  it("names each once", () => {
    const names = mutations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("a mutation", () => {
  const sample = { ...mutations[0]!, name: "sample", file: "a.ts", find: "x", replace: "$&y" };

  it("replaces its text, letter for letter", () => {
    expect(mutate("a x b", sample)).toBe("a $&y b");
  });

  it.each([
    ["a b", "sample no longer applies: its text stands 0 times in a.ts"],
    ["x x x", "sample no longer applies: its text stands 3 times in a.ts"],
  ])("does not apply to %j", (source, message) => {
    expect(() => mutate(source, sample)).toThrow(message);
  });
});
