// Plain JavaScript on Node's own modules only: this runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const [oldestMajor, oldestMinor] = [20, 19];

/** @param {string} lockfile */
function lockedPackages(lockfile) {
  const { packages } =
    /** @type {{ packages: Record<string, { version?: string, optional?: boolean }> }} */ (
      JSON.parse(readFileSync(path.join(root, lockfile), "utf8"))
    );
  return packages;
}

/** npm leaves what it installed in a hidden lockfile. Content is compared: a checkout changes file times. */
function isInstalled() {
  try {
    const installed = lockedPackages("node_modules/.package-lock.json");
    return Object.entries(lockedPackages("package-lock.json")).every(
      ([location, { version, optional }]) => {
        const found = installed[location];
        // Optional packages may be missing, for example those for other platforms.
        return location === "" || (found ? found.version === version : optional === true);
      },
    );
  } catch {
    return false;
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  console.error(
    `Node ${oldestMajor}.${oldestMinor} or newer is needed; this is ${process.versions.node}.`,
  );
  process.exit(1);
}

/** Runs `npm ci` unless `node_modules` already holds what `package-lock.json` says. Exits 1 on failure. */
export function ensureDependencies() {
  requireNode();
  process.chdir(root);
  if (isInstalled()) return;
  console.log("… Installing the dependencies (npm ci)");
  const started = performance.now();
  runNpm("ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error");
  console.log(`✓ Dependencies (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** Generates the database client, without which modules of the application cannot be imported. */
export function generateClient() {
  runNpm("run", "--silent", "db:generate");
}

/** @param {string[]} options */
function runNpm(...options) {
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm ? [process.execPath, npm, ...options] : ["npm", ...options];
  const { status } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return;
  console.error(`✗ npm ${options.join(" ")} failed`);
  process.exit(1);
}
