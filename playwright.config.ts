import { defineConfig } from "playwright/test";
import { chromiumFlags } from "./scripts/local/browser";

/** What scripts/test/main.ts found or installed; Playwright's own Chromium when unset. */
const executablePath = process.env.CHROMIUM_PATH;

export default defineConfig({
  testDir: "tests/e2e",
  globalSetup: "./tests/helpers/servers.e2e.ts",
  // Each file has an application of its own, so that files do not disturb each other.
  workers: 2,
  // A browser on a machine that is short of everything. What passes only now is listed as flaky, to be mended.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 20_000 },
  outputDir: "test-results",
  reporter: [["list"], ["json", { outputFile: ".data/test/e2e.json" }]],
  use: {
    browserName: "chromium",
    // Neither the server's zone nor its neighbour: a page that mixes them up shows it.
    timezoneId: "Asia/Kolkata",
    locale: "en-GB",
    actionTimeout: 20_000,
    trace: "off",
    screenshot: "only-on-failure",
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: chromiumFlags },
  },
});
