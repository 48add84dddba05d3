import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readText, root } from "./files";

/** Who may import whom: the table of docs/architecture.md. */
const forbidden: Record<string, string[]> = {
  modules: ["components", "hooks", "presenters", "routes", "services.server"],
  http: ["hooks", "presenters", "routes"],
  presenters: ["components", "hooks", "routes"],
  components: ["modules", "routes", "services.server", "db.server", "redis.server"],
  hooks: ["modules", "presenters", "routes", "services.server", "db.server", "redis.server"],
};

const sources = (folder: string) =>
  readdirSync(path.join(root, "app", folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => path.join("app", folder, file));

/** What a source file imports of the application, relative to `app`. */
function importsOf(file: string): string[] {
  return [...readText(file).matchAll(/\bfrom "((?:~|\.{1,2})\/[^"]+)"/g)].map(([, name = ""]) =>
    name.startsWith("~/")
      ? name.slice(2)
      : path.relative("app", path.join(path.dirname(file), name)),
  );
}

describe.each(Object.entries(forbidden))("app/%s", (folder, others) => {
  it("imports nothing from where it is built in", () => {
    expect(sources(folder).flatMap(importsOf).length).toBeGreaterThan(0);
    const wrong = sources(folder).flatMap((file) =>
      importsOf(file)
        .filter((name) => others.some((other) => name === other || name.startsWith(`${other}/`)))
        .map((name) => `${file} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});
