import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { EnvironmentError, parseEnvironment, variableNames } from "~/platform/environment.server";
import { allowedInstead, isUnknownApiPath } from "~/server/methods";
import { namesOf, packageJson, readText, root } from "./files";
import {
  appContainer,
  compose,
  configMap,
  containers,
  cronJobs,
  deployment,
  kubernetes,
  pods,
  secretNames,
  type Container,
} from "./manifests";

/** The files under ops and beside package.json that no engine runs here say what the application says. */

const files = [
  "compose.yaml",
  "Dockerfile",
  "README.md",
  "CONTRIBUTING.md",
  "docs/deployment.md",
  "ops/kubernetes/app.yaml",
  "ops/kubernetes/migrate.yaml",
  "ops/kubernetes/sync-cronjob.yaml",
  "ops/kubernetes/cleanup-cronjob.yaml",
  "ops/systemd/forum-views.service",
  "ops/systemd/forum-views-sync.service",
  "ops/systemd/forum-views-cleanup.service",
  "ops/github-actions/sync-views.yml",
  "ops/github-actions/cleanup.yml",
  "ops/vercel/api/sync-views.js",
  "ops/vercel/api/cleanup.js",
];

/** As somebody who follows the guide would fill them in. */
const filledIn: Record<string, string> = {
  ...{ DATABASE_URL: "postgresql://user@db.example/forum", REDIS_URL: "redis://cache.example" },
  ...{ DAO_SLUG: "ens", APP_ORIGIN: "https://views.example" },
  ...{ CRON_SECRET: "0123456789abcdef", SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
  ...{ METRICS_TOKEN: "0123456789abcdef", POSTGRES_PASSWORD: "abc123", REDIS_PASSWORD: "def456" },
};

function requiredNames(): string[] {
  try {
    parseEnvironment({});
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return [...error.message.matchAll(/^ {2}(\w+) is missing$/gm)].map(([, name = ""]) => name);
  }
  throw new Error("Nothing is required");
}

/** `${NAME:?message}` and `${NAME:-default}` of Compose. */
const interpolation = /\$\{(\w+)(?::([?-])([^}]*))?\}/g;

function interpolated(value: string): string {
  return value.replace(interpolation, (_all, name: string, kind: string, word: string) =>
    kind === "-" ? word : (filledIn[name] ?? ""),
  );
}

describe("the variables", () => {
  it("in .env.example are those that are read, and those of Compose", () => {
    const ofCompose = ["POSTGRES_PASSWORD", "REDIS_PASSWORD", "PUBLISHED_PORT"];
    const read = variableNames.filter((name) => name !== "NODE_ENV");
    expect(namesOf(".env.example").sort()).toEqual([...read, ...ofCompose].sort());
  });

  it("that Compose takes from .env stand in its example, and no secret has a default", () => {
    const used = [...readText("compose.yaml").matchAll(interpolation)];
    expect(used.length).toBeGreaterThan(5);
    for (const [all, name = "", kind] of used) {
      expect(namesOf(".env.example")).toContain(name);
      expect(kind, `${all} has a default or may be empty`).toBe(
        name === "PUBLISHED_PORT" ? "-" : "?",
      );
    }
  });

  it("that Compose gives the application are all that it needs, and right", () => {
    const given = Object.entries(compose.app!.environment!).map(([name, value]) => [
      name,
      interpolated(String(value)),
    ]);
    expect(given.map(([name]) => name)).toEqual(expect.arrayContaining(requiredNames()));
    const env = parseEnvironment(Object.fromEntries(given) as Record<string, string>);
    expect(new URL(env.DATABASE_URL).hostname in compose).toBe(true);
    expect(new URL(env.REDIS_URL).hostname in compose).toBe(true);
    expect(env.NODE_ENV).toBe("production");
  });

  it("that Kubernetes gives the application are all that it needs, and right", () => {
    const names = [...Object.keys(configMap), ...secretNames];
    expect(names).toEqual(expect.arrayContaining(requiredNames()));
    expect(names.filter((name) => !variableNames.includes(name))).toEqual([]);
    const secrets = Object.fromEntries(secretNames.map((name) => [name, filledIn[name]]));
    expect(() => parseEnvironment({ ...secrets, ...configMap })).not.toThrow();
  });

  it("that the jobs of Kubernetes take from the secret are in it", () => {
    const keys = containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef.key ?? []),
    );
    expect([...new Set(keys)].sort()).toEqual(["CRON_SECRET", "DATABASE_URL"]);
    expect(secretNames).toEqual(expect.arrayContaining(keys));
  });
});

describe("what is called", () => {
  it.each(files)("is there: the npm scripts of %s", (file) => {
    const text = readText(file)
      .replaceAll(/[[\]",]/g, " ")
      .replaceAll(/ +/g, " ");
    const called = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z:]*)/g)];
    for (const [, name = ""] of called) expect(Object.keys(packageJson.scripts)).toContain(name);
  });

  it.each(files)("is there: the addresses of %s", (file) => {
    for (const [address] of readText(file).matchAll(
      /\/api\/v1\/forum\/(?:sync-views|cleanup)[\w/-]*/g,
    )) {
      expect(isUnknownApiPath(address)).toBe(false);
      expect(allowedInstead(address, "POST")).toBeUndefined();
    }
  });

  it("is by Vercel's crons a path that answers GET", () => {
    const crons = (file: string) =>
      (JSON.parse(readText(file)) as { crons: Array<{ path: string; schedule: string }> }).crons;
    const direct = crons("vercel.json");
    for (const { path } of direct) {
      expect(isUnknownApiPath(path)).toBe(false);
      expect(allowedInstead(path, "GET")).toBeUndefined();
    }
    const passedOn = crons("ops/vercel/vercel.json");
    const schedules = (list: typeof direct) => list.map(({ schedule }) => schedule);
    expect(schedules(passedOn)).toEqual(schedules(direct));
    for (const { path } of passedOn) expect(existsSync(`${root}/ops/vercel${path}.js`)).toBe(true);
  });

  it("is by every probe a route", () => {
    const probes = Object.entries(appContainer!).filter(([name]) => name.endsWith("Probe"));
    expect(probes).toHaveLength(3);
    for (const [, probe] of probes as Array<[string, Container["readinessProbe"]]>) {
      expect(existsSync(path.join(root, `app/routes${probe.httpGet.path}.ts`))).toBe(true);
      expect(probe.httpGet.port).toBe("http");
    }
    const [, healthcheck] = /HEALTHCHECK[^]*?fetch\(`[^`]*?(\/\w+)`/.exec(readText("Dockerfile"))!;
    expect(existsSync(path.join(root, `app/routes${healthcheck}.ts`))).toBe(true);
  });
});

describe("what has to agree", () => {
  it("is the port", () => {
    const port = parseEnvironment(filledIn).PORT;
    expect(readText("Dockerfile")).toContain(`EXPOSE ${port}\n`);
    expect(compose.app!.ports).toEqual([`127.0.0.1:\${PUBLISHED_PORT:-3000}:${port}`]);
    expect(compose.app!.environment!.PORT).toBe(port);
    expect(compose.cron!.environment!.SYNC_URL).toContain(`//app:${port}/`);
    expect(appContainer!.ports).toEqual([{ name: "http", containerPort: port }]);
  });

  it("is the time to stop", () => {
    const [, limit] = /SHUTDOWN_LIMIT = ([\d_]+)/.exec(readText("server.ts"))!;
    const seconds = Number(limit!.replaceAll("_", "")) / 1_000;
    const pause = Number(appContainer!.lifecycle!.preStop.exec.command[1]);
    const pod = deployment.template!.spec;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(pause + seconds);
    expect(parseFloat(compose.app!.stop_grace_period!)).toBeGreaterThan(seconds);
    const unit = /TimeoutStopSec=(\d+)/.exec(readText("ops/systemd/forum-views.service"))!;
    expect(Number(unit[1])).toBeGreaterThan(seconds);
  });

  it("is what Kubernetes selects", () => {
    const { labels } = deployment.template!.metadata!;
    expect(deployment.selector!.matchLabels).toEqual(labels);
    const service = kubernetes.find(({ kind }) => kind === "Service")!.spec!;
    expect(service.selector).toEqual(labels);
    expect(service.ports![0]!.targetPort).toBe("http");
    const images = new Set(containers.map(({ image }) => image));
    expect([...images].filter((image) => image.includes("forum-views"))).toHaveLength(1);
    expect(cronJobs.map(({ concurrencyPolicy }) => concurrencyPolicy)).toEqual([
      "Forbid",
      "Forbid",
    ]);
  });

  it("is where the commands in a pod of Kubernetes may write", () => {
    const withImage = pods.filter(({ containers: [first] }) =>
      first!.image.includes("forum-views"),
    );
    expect(withImage).toHaveLength(2);
    for (const {
      volumes,
      containers: [first],
    } of withImage) {
      expect(volumes).toEqual([{ name: "tmp", emptyDir: {} }]);
      expect(first!.volumeMounts).toEqual([{ name: "tmp", mountPath: "/tmp" }]);
    }
  });

  it("is the image that Compose builds, once", () => {
    const services = Object.values(compose).filter(({ image }) => image === "forum-views");
    expect(services).toEqual([compose.app, compose.migrate]);
    expect([compose.migrate!.build, compose.app!.build]).toEqual([".", undefined]);
    expect(compose.app!.pull_policy).toBe("never");
  });

  it("is the order in which Compose starts", () => {
    expect(compose.app!.depends_on).toMatchObject({
      migrate: { condition: "service_completed_successfully" },
      redis: { condition: "service_healthy" },
    });
    expect(compose.migrate!.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
    for (const name of ["postgres", "redis"]) expect(compose[name]!.healthcheck).toBeDefined();
  });

  it("is what Redis has to keep", () => {
    const command = [compose.redis!.command].flat().join(" ");
    expect(command).toContain("--appendonly yes --maxmemory-policy noeviction");
  });
});
