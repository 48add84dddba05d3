import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import {
  parseEnvironment,
  type EnvironmentError,
  variableNames,
} from "~/platform/environment.server";
import packageJson from "../../package.json" with { type: "json" };
import { readText, root } from "./files";

/** Checks that every variable, script, port, file and address named in deployment files exists. */

const filesBelow = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
const files = [
  ...["Dockerfile", "compose.yaml", "vercel.json", "docs/deployment.md"],
  ...["kubernetes", "systemd", "github-actions", "vercel"].flatMap((name) =>
    filesBelow(`ops/${name}`),
  ),
];

/** Variables of PostgreSQL, Redis, npm, systemd, the image's build, and of the files themselves. */
const othersVariables = [
  ...["POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_USER", "REDISCLI_AUTH", "REDIS_PASSWORD"],
  ...["NPM_CONFIG_AUDIT", "NPM_CONFIG_CACHE", "NPM_CONFIG_FUND", "NPM_CONFIG_UPDATE_NOTIFIER"],
  ...["AF_INET", "AF_INET6", "AF_UNIX", "NODE_MAJOR", "PUBLISHED_PORT"],
  ...["FORUM_VIEWS_ORIGIN", "SYNC_URL", "CLEANUP_URL"],
];
const sample: Record<string, string> = {
  ...{ DATABASE_URL: "postgresql://user@db.example/forum", REDIS_URL: "redis://cache.example" },
  ...{ DAO_SLUG: "ens", APP_ORIGIN: "https://views.example" },
  ...{ CRON_SECRET: "0123456789abcdef", SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
  ...{ METRICS_TOKEN: "0123456789abcdef", POSTGRES_PASSWORD: "abc123", REDIS_PASSWORD: "def456" },
};
const port = String(parseEnvironment(sample).PORT);
const routes = filesBelow("app/routes").map(
  (file) => `/${file.replace(/^app\/routes\/|(\/route)?\.tsx?$/g, "").replaceAll(".", "/")}`,
);

function matches(file: string, pattern: RegExp): string[] {
  return [...readText(file).matchAll(pattern)].map(([, name = ""]) => name);
}

/** For each file, the names in it that do not exist. */
function missing(pattern: RegExp, isThere: (name: string) => boolean): string[] {
  const named = files.flatMap((file) => matches(file, pattern).map((name) => ({ file, name })));
  expect(named.length).toBeGreaterThan(3);
  return named.filter(({ name }) => !isThere(name)).map(({ file, name }) => `${file}: ${name}`);
}

const yaml = <T>(file: string) =>
  parseAllDocuments(readText(file), { merge: true }).map((document) => document.toJS() as T);

describe("what the files to deploy with name is there:", () => {
  it.each<[what: string, pattern: RegExp, isThere: (name: string) => boolean]>([
    [
      "variables",
      /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g,
      (name) => variableNames.includes(name) || othersVariables.includes(name),
    ],
    [
      "npm scripts",
      /\bnpm[\s",]+run[\s",]+(?:--silent[\s",]+)?([a-z][a-z:]*)/g,
      (name) => name in packageJson.scripts,
    ],
    [
      "ports",
      /(?:EXPOSE |\|\| |containerPort: |PORT: |:)(\d{4})\b/g,
      (name) => name === port || ["5432", "6379"].includes(name),
    ],
    [
      "addresses of the API and probes",
      /(\/api\/v1\/[\w/-]+|\/healthz|\/readyz|\/metrics)/g,
      (name) => routes.includes(name),
    ],
    [
      "files",
      /(?:^|[\s(/])((?:ops|scripts|docs|prisma)\/[\w./-]+\w)/gm,
      (name) => existsSync(path.join(root, name)),
    ],
  ])("%s", (_what, pattern, isThere) => {
    expect(missing(pattern, isThere)).toEqual([]);
  });
});

describe("Compose's cron", () => {
  it("calls the sync in each round, and the cleanup in the first one and a day later", () => {
    const [compose] = yaml<{ services: { cron: { command: string[] } } }>("compose.yaml");
    const loop = compose!.services.cron.command[2]!.replaceAll("$$", "$");
    const rounds = 86_400 / Number(/sleep (\d+)/.exec(loop)![1]) + 1;
    // Shell functions replace the programs; the loop ends after so many pauses.
    const programs = `wget() { echo "$8"; }; n=0; sleep() { n=$((n + 1)); [ $n -lt ${rounds} ] || exit 0; };`;
    const env = { ...process.env, SYNC_URL: "sync", CLEANUP_URL: "cleanup" };
    const output = execFileSync("sh", ["-c", `${programs} ${loop}`], { env, encoding: "utf8" });
    const calls = output.split("\n").filter((line) => line !== "");
    expect(calls).toEqual([
      "sync",
      "cleanup",
      ...Array<string>(rounds - 1).fill("sync"),
      "cleanup",
    ]);
  });
});

describe("the variables that the application requires", () => {
  it("are given to it by Compose", () => {
    const [compose] = yaml<{ services: { app: { environment: object } } }>("compose.yaml");
    const given = Object.entries(compose!.services.app.environment).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$\{(\w+)[^}]*\}/g, (_all, used: string) => sample[used] ?? ""),
    ]);
    expectEnvironment(Object.fromEntries(given) as Record<string, string>);
  });

  it("are given to it by Kubernetes", () => {
    const resources = yaml<{ kind: string; data?: object }>("ops/kubernetes/app.yaml");
    const { data } = resources.find(({ kind }) => kind === "ConfigMap")!;
    const secrets = matches("ops/kubernetes/secret.env.example", /^([A-Z_]+)=/gm);
    expectEnvironment({
      ...Object.fromEntries(secrets.map((name) => [name, sample[name] ?? ""])),
      ...data,
    });
  });
});

function expectEnvironment(given: Record<string, string>): void {
  try {
    parseEnvironment(given);
  } catch (error) {
    expect((error as EnvironmentError).message).toBe("");
  }
}
