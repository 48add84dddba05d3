import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram, runCommand } from "../../scripts/local/run-command";
import { packageJson, readText } from "./files";

const units = [
  "forum-views.service",
  ...["forum-views-sync.service", "forum-views-sync.timer"],
  ...["forum-views-cleanup.service", "forum-views-cleanup.timer"],
];
const read = (unit: string) => readText(`ops/systemd/${unit}`);
const analyze = findProgram("systemd-analyze");

describe("the systemd units", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "forum-views-units-"));
    for (const unit of units) {
      // The programs of this machine may be elsewhere.
      const text = read(unit).replaceAll(/ExecStart=\/usr\/bin\/\w+/g, "ExecStart=/bin/sh");
      writeFileSync(path.join(folder, unit), text);
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.skipIf(!analyze).each(units)("%s is what systemd understands", async (unit) => {
    const check = ["verify", "--man=no", path.join(folder, unit)];
    const { output } = await runCommand(analyze!, check, { seconds: 20 });
    expect(output.split("\n").filter((line) => line.includes(unit))).toEqual([]);
  });

  it("start what `npm start`, `npm run sync` and `npm run cleanup` do", () => {
    const [, start] = /^ExecStart=\/usr\/bin\/(.*)$/m.exec(read("forum-views.service"))!;
    expect(packageJson.scripts.start).toBe(`NODE_ENV=production exec ${start}`);
    expect(read("forum-views-sync.service")).toContain(
      "ExecStart=/usr/bin/npm run --silent sync -- --on-conflict skip\n",
    );
    expect(read("forum-views-cleanup.service")).toContain(
      "ExecStart=/usr/bin/npm run --silent cleanup\n",
    );
  });

  it("are hardened alike", () => {
    const hardening = (unit: string) => /^NoNewPrivileges[^]*?UMask=0077$/m.exec(read(unit))?.[0];
    expect(hardening("forum-views.service")).toBeDefined();
    for (const unit of ["forum-views-sync.service", "forum-views-cleanup.service"])
      expect(hardening(unit)).toBe(hardening("forum-views.service"));
  });
});
