import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { step } from "./progress";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";

/** Of what Prisma generates, the file that holds the schema and the version that it was made with. */
const generatedFile = "app/generated/prisma/internal/class.ts";

/** Generates Prisma's client, unless the one that is there was made from the schema as it is. */
export async function generateClientIfChanged(root: string): Promise<void> {
  if (isClientCurrent(root)) return;
  await step("Prisma's client", async () => {
    const { ok, output } = await runCommand(
      path.join(root, "node_modules/.bin/prisma"),
      ["generate"],
      { cwd: root, seconds: 120 },
    );
    if (!ok) throw new SetupError(`Prisma's client could not be generated:\n${output}`);
  });
}

function isClientCurrent(root: string): boolean {
  const read = (file: string) => readFileSync(path.join(root, file), "utf8");
  if (!existsSync(path.join(root, generatedFile))) return false;
  const generated = read(generatedFile);
  const { version } = JSON.parse(read("node_modules/prisma/package.json")) as { version: string };
  return [read("prisma/schema.prisma"), version].every((part) =>
    generated.includes(JSON.stringify(part)),
  );
}
