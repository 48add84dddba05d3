import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram, runCommand } from "../../scripts/local/run-command";
import { readText } from "./files";

const units = [
  "forum-views.service",
  ...["forum-views-sync.service", "forum-views-sync.timer"],
  ...["forum-views-cleanup.service", "forum-views-cleanup.timer"],
];
const analyze = findProgram("systemd-analyze");

describe("the systemd units", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "forum-views-units-"));
    for (const unit of units) {
      // On this machine, the programs may be in other places.
      const text = readText(`ops/systemd/${unit}`).replaceAll(
        /ExecStart=\/usr\/bin\/\w+/g,
        "ExecStart=/bin/sh",
      );
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
});
