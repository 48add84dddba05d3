/**
 * `npm run test:ops`: checks the files in ops with the programs that read them. Installs promtool if it can,
 * which takes 300 MB with Debian's package; `npm test` runs the same checks where promtool is installed
 * already.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildIfChanged } from "./demo/build-if-changed";
import { explain, showLine } from "./local/progress";
import { ensureSystemProgram } from "./local/system-packages";

async function main(): Promise<number> {
  await ensureSystemProgram("promtool");
  await buildIfChanged(process.cwd());
  const args = ["run", "tests/ops", "tests/integration/promtool.test.ts"];
  const child = spawn("node_modules/.bin/vitest", args, { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  showLine(`✗ ${explain(error)}`);
  process.exitCode = 1;
}
