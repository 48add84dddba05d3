import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageJson, readText, root } from "./files";

/** What can be said of the image without an engine: the last stage holds all that its programs read. */

interface Copy {
  stage: string | undefined;
  sources: string[];
  target: string;
}

const dockerfile = readText("Dockerfile").replaceAll("\\\n", " ");
const [, ...stages] = dockerfile.split(/^FROM /m);
const finalStage = stages.at(-1)!;
const copiesOf = (stage: string): Copy[] =>
  [...stage.matchAll(/^COPY (?:--from=(\S+) )?(.+) (\S+)$/gm)].map(
    ([, from, sources = "", target = ""]) => ({ stage: from, sources: sources.split(" "), target }),
  );
/** Of the project, as the build stage leaves it. */
const finalCopies = copiesOf(finalStage).filter(({ stage }) => stage !== "dependencies");

const programs = ["alerts-test", "cleanup", "db-migrate", "sync", "user-create"].map(
  (name) => `scripts/${name}.ts`,
);
const shipped = (file: string) => path.join(image, file);
let image: string;

beforeAll(() => {
  image = mkdtempSync(path.join(tmpdir(), "forum-views-image-"));
  for (const { sources, target } of finalCopies) {
    for (const source of sources) {
      const name = source.replace(/^\/app\//, "");
      // What only a build makes: the test of the application's own build is elsewhere.
      if (name === "build") continue;
      const isInto = target.endsWith("/");
      const place = shipped(isInto ? path.join(target, path.basename(name)) : target);
      mkdirSync(path.dirname(place), { recursive: true });
      cpSync(path.join(root, name), place, { recursive: true });
    }
  }
});
afterAll(() => {
  rmSync(image, { recursive: true });
});

/** The npm packages that programs need; fails when a file that they import is missing. */
async function packagesOf(entries: string[], folder: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: entries,
    outdir: folder,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    packages: "external",
    external: ["./index.js"],
    loader: { ".css": "empty" },
    logLevel: "silent",
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const names = imports
    .filter(({ external, path }) => external && !path.startsWith(".") && !path.startsWith("node:"))
    .map(({ path }) => /^(@[^/]+\/)?[^/]+/.exec(path)![0]);
  return [...new Set(names)].filter((name) => !builtinModules.includes(name));
}

describe("the image", () => {
  it("has a Node that the package asks for", () => {
    const [, major] = /^ARG NODE_MAJOR=(\d+)$/m.exec(dockerfile)!;
    expect(packageJson.engines.node).toMatch(new RegExp(`^>=${major}\\.`));
    expect(stages[0]).toContain("node:${NODE_MAJOR}-");
  });

  it("copies what exists, and what .dockerignore lets through", () => {
    const lines = readText(".dockerignore").split("\n");
    const allowed = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const fromProject = stages.flatMap(copiesOf).filter(({ stage }) => stage === undefined);
    const sources = fromProject.flatMap(({ sources }) => sources).filter((name) => name !== ".");
    expect(sources.length).toBeGreaterThan(5);
    for (const source of [...sources, ...allowed]) {
      expect(existsSync(path.join(root, source)), `${source} is missing`).toBe(true);
    }
    expect(sources.filter((name) => !allowed.includes(name.split("/")[0]!))).toEqual([]);
  });

  it("takes from other stages what they make", () => {
    const fromStages = copiesOf(finalStage).filter(({ stage }) => stage !== undefined);
    const made = ["/app/node_modules", "/app/app", "/app/public", "/app/build"];
    expect(fromStages.flatMap(({ sources }) => sources)).toEqual(made);
    for (const { stage } of fromStages) expect(dockerfile).toContain(` AS ${stage}\n`);
  });

  it.each(programs)("holds all that %s reads", async (program) => {
    const packages = await packagesOf([program], image);
    expect(packages.length).toBeGreaterThan(0);
    const installed = [...Object.keys(packageJson.dependencies)];
    expect(packages.filter((name) => !installed.includes(name))).toEqual([]);
  });

  it("holds what is read without an import", () => {
    for (const file of ["prisma/schema.prisma", "prisma/migrations/migration_lock.toml"]) {
      expect(existsSync(shipped(file)), file).toBe(true);
    }
    // The commands are `tsx …`, with the paths of tsconfig.json.
    expect(Object.keys(packageJson.dependencies)).toContain("tsx");
    for (const file of ["package.json", "tsconfig.json"])
      expect(existsSync(shipped(file))).toBe(true);
  });

  it("has every package that the server and the pages import", async () => {
    const installed = Object.keys(packageJson.dependencies);
    const routes = readdirSync(path.join(root, "app/routes"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
      .map((name) => `app/routes/${name}`);
    const entries = ["server.ts", "app/root.tsx", "app/entry.server.tsx", ...routes];
    const packages = await packagesOf(entries, root);
    expect(packages).toContain("recharts");
    expect(packages.filter((name) => !installed.includes(name))).toEqual([]);
  });

  it("runs Node itself, for production and not as root", () => {
    expect(finalStage).toMatch(/^ENV NODE_ENV=production$/m);
    expect(finalStage).toMatch(/^USER node$/m);
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(finalStage)![1]!) as string[];
    expect(packageJson.scripts.start).toBe(`NODE_ENV=production exec ${command.join(" ")}`);
    expect(dockerfile).toMatch(/npm ci --omit=dev/);
  });
});
