import { chromium } from "playwright";
import { createRequire } from "node:module";
import path from "node:path";
import { findProgram, runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import { installWithApt, requireConsent } from "./system-packages";

/** The tests' browser connects to nothing but the server under test. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

const installCommand = "npx playwright install --with-deps chromium";
const otherwise = ", or set CHROMIUM_PATH to one";
const downloadSeconds = 180;
const playwrightCli = path.join(
  path.dirname(createRequire(import.meta.url).resolve("playwright/package.json")),
  "cli.js",
);

export interface Browser {
  version: string;
  /** When unset, Playwright's own download is used. */
  executablePath: string | undefined;
}

/** A Chromium for Playwright that is known to start; installs one if there is none. */
export async function ensureBrowser(): Promise<Browser> {
  const wished = process.env.CHROMIUM_PATH;
  if (wished) {
    const browser = await tryToStart(wished);
    if (browser) return browser;
    throw new SetupError(`CHROMIUM_PATH names ${wished}, which does not start`);
  }
  const found = (await tryInstalled()) ?? (await install());
  if (found) return found;
  throw new SetupError(`Chromium could not be installed: run \`${installCommand}\`${otherwise}.`);
}

async function tryInstalled(): Promise<Browser | undefined> {
  const installed = findProgram("chromium", "chromium-browser", "google-chrome");
  const system = installed && (await tryToStart(installed));
  return system || tryToStart(undefined);
}

async function install(): Promise<Browser | undefined> {
  await requireConsent({ what: "Chromium", otherwise }, installCommand);
  if (await playwright("install", "--only-shell", "chromium")) {
    const downloaded = await tryToStart(undefined);
    if (downloaded) return downloaded;
    // System libraries are missing: Playwright knows their names, and Debian has the packages.
    await playwright("install-deps", "chromium");
    const completed = await tryToStart(undefined);
    if (completed) return completed;
  }
  await installWithApt("chromium");
  return tryInstalled();
}

async function playwright(...args: string[]): Promise<boolean> {
  const env = { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: "15000" };
  const options = { seconds: downloadSeconds, env };
  return (await runCommand(process.execPath, [playwrightCli, ...args], options)).ok;
}

async function tryToStart(executablePath: string | undefined): Promise<Browser | undefined> {
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
