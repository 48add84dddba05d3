import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stopLeftover } from "../local/guarded-process";
import { startedAt } from "../local/process-identity.mjs";

/** The demo's data belong to one demo at a time: one that still runs is stopped. Returns its process id. */
export async function becomeTheOnlyDemo(folder: string): Promise<number | undefined> {
  const record = path.join(folder, "demo.process.json");
  mkdirSync(folder, { recursive: true });
  const previous = await stopLeftover(record, "SIGTERM");
  const { pid } = process;
  writeFileSync(record, JSON.stringify({ pid, startedAt: startedAt(pid) }));
  return previous;
}
