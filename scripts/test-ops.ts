/**
 * `npm run test:ops`: checks the files in ops with the programs that read them. Installs promtool if it can,
 * which takes 300 MB with Debian's package; `npm test` runs the same checks where promtool is installed
 * already.
 */
import { spawnSync } from "node:child_process";
import { buildIfChanged } from "./demo/build-if-changed";
import { explain, showLine } from "./local/progress";
import { ensureSystemProgram } from "./local/system-packages";

try {
  await ensureSystemProgram("promtool");
  await buildIfChanged(process.cwd());
  const args = ["run", "tests/ops", "tests/integration/promtool.test.ts"];
  process.exitCode = spawnSync("node_modules/.bin/vitest", args, { stdio: "inherit" }).status ?? 1;
} catch (error) {
  showLine(`✗ ${explain(error)}`);
  process.exitCode = 1;
}
