import { chromium } from "playwright";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { findProgram, isExecutable, runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import {
  howToInstall,
  installCommand,
  installWithApt,
  mayInstall,
  requireConsent,
} from "./system-packages";

/** The tests' browser connects to nothing but the server under test. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

const downloadSeconds = 180;
const playwrightCli = path.join(
  path.dirname(createRequire(import.meta.url).resolve("playwright/package.json")),
  "cli.js",
);
/** Tests take half the time in the first of Debian's packages; two tests need the second. */
const debianPackages = ["chromium-headless-shell", "chromium"];
const need = { what: "Chromium", otherwise: ", or set CHROMIUM_PATH to one" };

/** `executablePath` is undefined for Playwright's own download. */
type Browser = Awaited<ReturnType<typeof tryToStart>>;

/**
 * A Chromium for Playwright that is known to start. Installs one if there is none, and the faster headless
 * shell where nobody has to be asked.
 */
export async function ensureBrowser() {
  const wished = process.env.CHROMIUM_PATH;
  if (wished) {
    const browser = await tryToStart(wished);
    if (browser) return browser;
    throw new SetupError(`CHROMIUM_PATH names ${wished}, which does not start`);
  }
  const found = (await tryShell()) ?? (isDebian() && mayInstall() ? undefined : await tryFull());
  const browser = found ?? (await install());
  if (browser) return browser;
  throw new SetupError(howToInstall(need, howToGetIt()));
}

/** The program of a Chromium that can keep pages for "Back" and render them in advance: no headless shell. */
export function findFullChromium(): string | undefined {
  const known = [process.env.CHROMIUM_PATH ?? "", chromium.executablePath()];
  const full = known.find((file) => isExecutable(file) && !/headless[-_]shell/.test(file));
  return full ?? findProgram("chromium", "google-chrome", "chromium-browser");
}

async function tryShell(): Promise<Browser> {
  const installed = findProgram("chromium-headless-shell");
  return (installed ? await tryToStart(installed) : undefined) ?? tryToStart(undefined);
}

async function tryFull(): Promise<Browser> {
  const installed = findFullChromium();
  return installed ? tryToStart(installed) : undefined;
}

/** Ubuntu has apt, too, but its `chromium` is a snap, which Playwright cannot start. */
function isDebian(): boolean {
  const release = "/etc/os-release";
  return existsSync(release) && /^ID=debian$/m.test(readFileSync(release, "utf8"));
}

function howToGetIt(): string {
  if (isDebian()) return installCommand({ apt: debianPackages.join(" "), brew: "chromium" });
  return "npx playwright install --with-deps chromium";
}

async function install(): Promise<Browser> {
  await requireConsent(need, howToGetIt());
  if (isDebian()) await installWithApt(debianPackages);
  const found = (await tryShell()) ?? (await tryFull()) ?? (await download());
  if (found) return found;
  await installWithApt(["chromium"]);
  return tryFull();
}

async function download(): Promise<Browser> {
  if (!(await playwright("install", "--only-shell", "chromium"))) return undefined;
  const downloaded = await tryToStart(undefined);
  if (downloaded) return downloaded;
  // System libraries are missing: Playwright knows their names, and Debian has the packages.
  await playwright("install-deps", "chromium");
  return tryToStart(undefined);
}

async function playwright(...args: string[]): Promise<boolean> {
  const env = { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "15000" };
  const options = { seconds: downloadSeconds, env };
  return (await runCommand(process.execPath, [playwrightCli, ...args], options)).ok;
}

async function tryToStart(executablePath: string | undefined) {
  try {
    const browser = await chromium.launch({
      ...(executablePath ? { executablePath } : {}),
      args: chromiumFlags,
      timeout: 30_000,
    });
    const version = browser.version();
    await browser.close();
    return { version, executablePath };
  } catch {
    return undefined;
  }
}
