import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateClientIfChanged } from "./prisma-client";

const root = path.resolve(import.meta.dirname, "../..");

describe("Prisma's client", () => {
  let project: string;
  const place = (name: string) => path.join(project, name);
  const generatedAnew = async () => {
    await generateClientIfChanged(project);
    return existsSync(place("called"));
  };

  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), "forum-views-client-"));
    for (const name of [
      "prisma/schema.prisma",
      "node_modules/prisma/package.json",
      "app/generated/prisma/internal/class.ts",
    ]) {
      cpSync(path.join(root, name), place(name));
    }
    mkdirSync(place("node_modules/.bin"));
    writeFileSync(place("node_modules/.bin/prisma"), "#!/bin/sh\ntouch called\n", { mode: 0o755 });
  });
  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  it("is kept while the schema and Prisma are the same", async () => {
    expect(await generatedAnew()).toBe(false);
  });

  it("is made for a fresh clone", async () => {
    rmSync(place("app"), { recursive: true });
    expect(await generatedAnew()).toBe(true);
  });

  it("is made anew for another schema", async () => {
    appendFileSync(place("prisma/schema.prisma"), "\n// changed\n");
    expect(await generatedAnew()).toBe(true);
  });

  it("is made anew for another Prisma", async () => {
    writeFileSync(place("node_modules/prisma/package.json"), `{"version":"0.0.0"}`);
    expect(await generatedAnew()).toBe(true);
  });
});
