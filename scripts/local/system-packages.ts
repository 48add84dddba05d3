import { existsSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { isPortFree } from "./ports";
import { showLine } from "./progress";
import { findProgram, runCommand } from "./run-command";
import { SetupError } from "./setup-error";

interface SystemPackage {
  what: string;
  /** Names on the PATH, or full paths; one of them is enough. */
  programs: string[];
  apt: string;
  brew: string;
  /** Debian starts the services that it installs, but only the program is needed here. */
  service?: { name: string; port: number };
  /** What else the person can do, as the end of the sentence "run …". */
  otherwise?: string;
}

const packages = {
  redis: {
    what: "Redis",
    programs: ["redis-server", "valkey-server"],
    apt: "redis-server",
    brew: "redis",
    service: { name: "redis-server", port: 6379 },
    otherwise: ", or set REDIS_URL to a Redis that runs",
  },
  openssl: { what: "OpenSSL", programs: ["openssl"], apt: "openssl", brew: "openssl" },
  pgbouncer: {
    what: "PgBouncer",
    // Not every PATH contains Debian's folder.
    programs: ["pgbouncer", "/usr/sbin/pgbouncer"],
    apt: "pgbouncer",
    brew: "pgbouncer",
    service: { name: "pgbouncer", port: 6432 },
  },
  promtool: {
    what: "promtool",
    programs: ["promtool"],
    apt: "prometheus",
    brew: "prometheus",
    service: { name: "prometheus", port: 9090 },
  },
} satisfies Record<string, SystemPackage>;

export type SystemProgram = keyof typeof packages;

export function findSystemProgram(name: SystemProgram): string | undefined {
  return findProgram(...packages[name].programs);
}

/** What the person can do about a program that is missing, as one sentence. */
export function howToGet(name: SystemProgram): string {
  return howToInstall(packages[name], installCommand(packages[name]));
}

/**
 * The full path of a program. Installs it if it is missing and the person does not object. @throws SetupError
 */
export async function ensureSystemProgram(name: SystemProgram): Promise<string> {
  const present = findSystemProgram(name);
  if (present) return present;
  const wanted: SystemPackage = packages[name];
  await requireConsent(wanted, installCommand(wanted));
  const { apt, brew, service } = wanted;
  const wasFree = service && (await isPortFree(service.port));
  if (process.platform !== "darwin") await installWithApt([apt]);
  else await runCommand("brew", ["install", "--quiet", brew], { seconds: 600 });
  if (wasFree && !(await isPortFree(service.port))) await stopService(service.name);
  const installed = findSystemProgram(name);
  if (installed) return installed;
  throw new SetupError(howToGet(name));
}

/** What a person can type to install a package. */
export function installCommand({ apt, brew }: Pick<SystemPackage, "apt" | "brew">): string {
  if (process.platform === "darwin") return `brew install ${brew}`;
  return `${process.getuid?.() === 0 ? "" : "sudo "}apt-get install ${apt}`;
}

type Need = Pick<SystemPackage, "what" | "otherwise">;

export function howToInstall({ what, otherwise = "" }: Need, command: string): string {
  return `${what} is needed: run \`${command}\`${otherwise}.`;
}

/** Says what will be installed, and asks if a person can answer. @throws SetupError if the answer is no */
export async function requireConsent(need: Need, command: string): Promise<void> {
  const consent = consentFor(circumstances());
  const toRefuse = "FORUM_VIEWS_NO_INSTALL=1 refuses";
  if (consent === "install") {
    showLine(`Installing ${need.what}: ${command} (${toRefuse})`);
    return;
  }
  if (consent === "ask") {
    showLine(`${need.what} is needed, and can be installed: ${command} (${toRefuse})`);
    if (await ask("Install it now? [y/N] ")) return;
  }
  throw new SetupError(howToInstall(need, command));
}

/** Whether `requireConsent` will agree without asking. */
export function mayInstall(): boolean {
  return consentFor(circumstances()) === "install";
}

const circumstances = () => ({
  env: process.env as Record<string, string | undefined>,
  isRoot: process.getuid?.() === 0,
  isContainer: ["/.dockerenv", "/run/.containerenv"].some((file) => existsSync(file)),
  isTerminal: process.stdin.isTTY && process.stdout.isTTY,
});

/** Whether this machine may be changed. */
export function consentFor({
  env,
  isRoot,
  isContainer,
  isTerminal,
}: ReturnType<typeof circumstances>): "install" | "ask" | "refuse" {
  const isSet = (value = "") => !["", "0", "false"].includes(value);
  if (isSet(env.FORUM_VIEWS_NO_INSTALL)) return "refuse";
  if (isSet(env.CI)) return "install";
  if (isRoot && (isContainer || isSet(env.KUBERNETES_SERVICE_HOST))) return "install";
  return isTerminal ? "ask" : "refuse";
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D mean no.
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([terminal.question(question), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Installs Debian packages if no password is needed for that. */
export async function installWithApt(names: string[]): Promise<boolean> {
  const aptGet = "apt-get -o DPkg::Lock::Timeout=120";
  // A broken third-party source makes the update fail, although the package may well be found.
  await runAsRoot(`${aptGet} update -qq`, 300);
  return runAsRoot(`${aptGet} install -y -qq --no-install-recommends ${names.join(" ")}`, 600);
}

/** Stops a service that a package's installation started, and keeps it from starting at boot. */
async function stopService(name: string): Promise<void> {
  if (await runAsRoot(`systemctl disable --now ${name}`, 30)) return;
  await runAsRoot(`service ${name} stop`, 30);
}

/** Whether there is such a command, it could be run as root without a password, and it succeeded. */
async function runAsRoot(command: string, seconds: number): Promise<boolean> {
  const words = ["env", "DEBIAN_FRONTEND=noninteractive", ...command.split(" ")];
  const [program = "", ...args] = process.getuid?.() === 0 ? words : ["sudo", "-n", ...words];
  return (await runCommand(program, args, { seconds })).ok;
}
