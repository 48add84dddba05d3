import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";

const timeoutSeconds = 600;

/** How to start the npm that runs this script, or else the one on the PATH. */
export function npmCommand(args: string[]): [command: string, args: string[]] {
  const running = process.env.npm_execpath;
  return running ? [process.execPath, [running, ...args]] : ["npm", args];
}

/** Runs npm quietly, and returns what it wrote. @throws SetupError with the end of what it wrote */
export async function runNpm(
  root: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { ok, output } = await runCommand(...npmCommand(args), {
    cwd: root,
    env: { ...process.env, ...env },
    seconds: timeoutSeconds,
  });
  if (!ok) throw new SetupError(`npm ${args.join(" ")} failed:\n${output.slice(-4000)}`);
  return output;
}
