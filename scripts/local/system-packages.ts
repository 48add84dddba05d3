import { findProgram, runCommand } from "./run-command";

const minutes = 60;

/** Installs Debian packages if that is possible without asking for a password. */
export async function installWithApt(...packages: string[]): Promise<boolean> {
  if (!findProgram("apt-get")) return false;
  const asRoot = await rootPrefix();
  if (!asRoot) return false;
  const aptGet = (args: string[], seconds: number) => {
    const [command = "", ...rest] = [
      ...asRoot,
      "apt-get",
      "-o",
      "DPkg::Lock::Timeout=120",
      ...args,
    ];
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    return runCommand(command, rest, { seconds, env });
  };
  // A broken third-party source fails the update, though what is needed may well be found.
  await aptGet(["update", "-qq"], 5 * minutes);
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  return (await aptGet(install, 10 * minutes)).ok;
}

export async function installWithBrew(formula: string): Promise<boolean> {
  if (process.platform !== "darwin" || !findProgram("brew")) return false;
  return (await runCommand("brew", ["install", "--quiet", formula], { seconds: 10 * minutes })).ok;
}

/** Stops a service that a package's installation started, and keeps it from starting at boot. */
export async function stopService(name: string): Promise<void> {
  const asRoot = await rootPrefix();
  if (!asRoot) return;
  for (const words of [
    ["systemctl", "disable", "--now", name],
    ["service", name, "stop"],
  ]) {
    const [command = "", ...args] = [...asRoot, ...words];
    if ((await runCommand(command, args, { seconds: 30 })).ok) return;
  }
}

/** What stands before a command to run it as root: nothing, sudo, or undefined where it is not possible. */
async function rootPrefix(): Promise<string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  if (!findProgram("sudo")) return undefined;
  const { ok } = await runCommand("sudo", ["-n", "true"], { seconds: 5 });
  return ok ? ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"] : undefined;
}
