// Runs one server for a parent process and stops it as soon as the parent is gone, however it went:
// the parent holds the other end of standard input, which closes even when the parent is killed.
// Argument: a GuardianOrder as JSON. The server inherits the environment and the output of this process.
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { startedAt } from "./process-identity.mjs";

const secondsToStop = 20;

const order = /** @type {import("./guarded-process").GuardianOrder} */ (
  JSON.parse(process.argv[2] ?? "")
);

const server = spawn(order.command, order.args, {
  cwd: order.cwd,
  ...(order.account ? { uid: order.account.uid, gid: order.account.gid } : {}),
  stdio: ["ignore", "inherit", "inherit"],
});

/** @param {number} code */
function finish(code) {
  for (const folder of order.removeAfterwards ?? [])
    rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}

function stop() {
  server.kill(order.stopSignal);
  setTimeout(() => server.kill("SIGKILL"), secondsToStop * 1000);
}

server.on("spawn", () => {
  const { pid } = server;
  if (!pid) return;
  writeFileSync(order.record, JSON.stringify({ pid, startedAt: startedAt(pid) }));
});
server.on("error", (error) => {
  console.error(error.message);
  finish(127);
});
server.on("exit", (code, signal) => finish(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));

process.stdin.resume();
process.stdin.on("end", stop);
process.stdin.on("error", stop);
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.on("SIGHUP", () => {});
