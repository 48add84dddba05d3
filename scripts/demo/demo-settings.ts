import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const dataFolder = path.join(root, ".data/demo");

const settingsFile = path.join(dataFolder, "settings.json");

/** Settings that the first demo generates and later ones reuse: only the file's owner can read them. */
export interface DemoSettings {
  postgresPassword: string;
  cronSecret: string;
  sessionSecret: string;
  adminPassword: string;
  /** Names the demo's DAO on a Redis that is not its own, where another `ens` may be real. */
  guestDaoSlug: string;
}

export function loadSettings(): DemoSettings {
  try {
    return JSON.parse(readFileSync(settingsFile, "utf8")) as DemoSettings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const settings: DemoSettings = {
    postgresPassword: randomBytes(16).toString("hex"),
    cronSecret: randomBytes(32).toString("hex"),
    sessionSecret: randomBytes(32).toString("hex"),
    adminPassword: randomBytes(12).toString("base64url"),
    guestDaoSlug: `demo-${randomBytes(6).toString("hex")}`,
  };
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(settingsFile, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return settings;
}
