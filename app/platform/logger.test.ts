import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/** Writes a line now and then, and ends by itself. */
const program = `
import { createLogger } from "./app/platform/logger.server";
const logger = createLogger("info");
let lines = 0;
const timer = setInterval(() => {
  logger.info("a line");
  lines += 1;
  if (lines < 20) return;
  clearInterval(timer);
  process.stderr.write("all written");
  process.exit(0);
}, 20);`;

it("a log whose reader has gone keeps nobody from going on, or from ending", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, errors }).toEqual({ code: 0, errors: "all written" });
}, 30_000);
