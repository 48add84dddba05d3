import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GuardianOrder, startGuarded, stopLeftover } from "./guarded-process";
import { startedAt } from "./process-identity.mjs";
import { waitUntil } from "./wait-until";

const untilStopped = "setInterval(() => {}, 1000)";
const exitingWith7 = `process.on("SIGTERM", () => process.exit(7)); ${untilStopped}`;

let folder: string;
let record: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "guarded-process-"));
  record = path.join(folder, "server.process.json");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function order(program: string): GuardianOrder & { logFile: string } {
  return {
    command: process.execPath,
    args: ["-e", `console.log("started"); ${program}`],
    cwd: folder,
    stopSignal: "SIGTERM",
    record,
    logFile: path.join(folder, "server.log"),
  };
}

const isGone = (pid: number) => () => startedAt(pid) === undefined;
const hasStarted = () => readFileSync(path.join(folder, "server.log"), "utf8").includes("started");

describe("a guarded process", () => {
  it("is stopped with its signal, and gives its exit code", async () => {
    const server = await startGuarded(order(exitingWith7));
    await waitUntil(hasStarted, { what: "its first words", seconds: 10 });
    expect(server.hasExited()).toBe(false);
    expect(await server.stop()).toBe(7);
    expect(isGone(server.pid)()).toBe(true);
  });

  it("is noticed when it ends by itself", async () => {
    const server = await startGuarded(order("process.exit(3)"));
    expect(await server.exited).toBe(3);
    expect(server.hasExited()).toBe(true);
  });

  it("ends, and leaves nothing, when the process that started it is killed", async () => {
    const data = path.join(folder, "data");
    mkdirSync(data);
    const ordered = JSON.stringify({ ...order(untilStopped), removeAfterwards: [data] });
    const starter = `
      import { startGuarded } from ${JSON.stringify(path.resolve("scripts/local/guarded-process"))};
      const { pid } = await startGuarded(${ordered});
      console.log(pid);
      setInterval(() => {}, 1000);`;
    const file = path.join(folder, "starter.mts");
    writeFileSync(file, starter);
    const parent = spawn(process.execPath, ["--import", "tsx", file]);
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString()))),
    );
    expect(isGone(pid)()).toBe(false);
    parent.kill("SIGKILL");
    await waitUntil(isGone(pid), { what: "the server to end", seconds: 10 });
    await waitUntil(() => !existsSync(data), { what: "its data to go", seconds: 10 });
  });
});

describe("a left-over", () => {
  it.each([
    ["is stopped by the next run", undefined],
    ["is not taken for another process that got its id", "some other time"],
  ])("%s", async (_what, otherTime) => {
    const child = spawn(process.execPath, ["-e", untilStopped]);
    const pid = child.pid!;
    writeFileSync(record, JSON.stringify({ pid, startedAt: otherTime ?? startedAt(pid) }));
    expect(await stopLeftover(record, "SIGTERM")).toBe(otherTime ? undefined : pid);
    expect(isGone(pid)()).toBe(!otherTime);
    child.kill("SIGKILL");
  });
});
