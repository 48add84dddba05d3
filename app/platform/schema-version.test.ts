import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { NEWEST_MIGRATION } from "./schema-version.server";

it("the build needs the newest migration that there is", () => {
  const migrations = readdirSync("prisma/migrations", { withFileTypes: true });
  const names = migrations.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(NEWEST_MIGRATION).toBe(names.toSorted().at(-1));
});
