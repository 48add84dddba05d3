import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { readText, root } from "./files";

/**
 * Checks of the image that need no container engine: its last stage has every file that its programs read.
 */

const finalStage = readText("Dockerfile")
  .split(/^FROM /m)
  .at(-1)!;
const commands = ["alerts:test", "cleanup", "db:migrate", "sync", "user:create"] as const;
let image: string;

beforeAll(() => {
  image = mkdtempSync(path.join(tmpdir(), "forum-views-image-"));
  for (const [, sources = "", target = ""] of finalStage.matchAll(
    /^COPY (?:--from=build )?([^-].*) (\S+)$/gm,
  )) {
    for (const source of sources.split(" ").map((name) => name.replace(/^\/app\//, ""))) {
      // The build folder exists only after a build; the application's tests run it.
      if (source === "build") continue;
      const place = path.join(image, target, target.endsWith("/") ? path.basename(source) : "");
      mkdirSync(path.dirname(place), { recursive: true });
      cpSync(path.join(root, source), place, { recursive: true });
    }
  }
});
afterAll(() => {
  rmSync(image, { recursive: true });
});

/** The npm packages that a program needs; fails when a file that it imports is missing. */
async function packagesOf(entry: string, folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    external: ["./index.js"],
    logLevel: "silent",
  });
  return Object.values(metafile.inputs)
    .flatMap((input) => input.imports)
    .filter(({ external, path }) => external && !/^(\.|node:)/.test(path))
    .map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)![0]);
}

it.each(commands)("the image holds all that `npm run %s` reads", async (command) => {
  const [, program = ""] = /^(?:exec )?tsx (\S+)$/.exec(packageJson.scripts[command])!;
  const packages = await packagesOf(program, image);
  expect(packages).not.toEqual([]);
  const installed = Object.keys(packageJson.dependencies);
  expect(packages.filter((name) => !installed.includes(name))).toEqual([]);
});

it("the image holds what is read without an import", () => {
  for (const file of ["package.json", "tsconfig.json", "prisma/migrations/migration_lock.toml"]) {
    expect(existsSync(path.join(image, file)), file).toBe(true);
  }
  expect(Object.keys(packageJson.dependencies)).toContain("tsx");
});
