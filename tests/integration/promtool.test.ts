import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findSystemProgram } from "../../scripts/local/system-packages";
import { startAppServer } from "../helpers/app-server";
import { callSync } from "../helpers/call-cron";
import { testDaoSlug } from "../helpers/dao-slug";
import { useServers } from "../helpers/use-servers";
import { sendView } from "../helpers/visitor";

/** Checks by Prometheus' own tool; `npm run test:ops` installs it. */

const ops = path.resolve(import.meta.dirname, "../../ops");
const promtool = findSystemProgram("promtool");
const token = "metrics-token-0123456789";
const use = useServers();

/** The complaints of promtool; empty when there are none. */
async function complaints(args: string[], input = ""): Promise<string> {
  const child = execFile(promtool!, args, { cwd: ops });
  child.stdin!.end(input);
  const [output, errors, code] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    new Promise((resolve) => child.once("exit", resolve)),
  ]);
  return code === 0 && errors === "" ? "" : `exit code ${String(code)}\n${output}${errors}`;
}

function alertsOf(file: string): string[] {
  const { groups } = parse(readFileSync(path.join(ops, file), "utf8")) as {
    groups: Array<{ rules: Array<{ alert: string }> }>;
  };
  return groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
}

describe("the alerts", () => {
  it.skipIf(!promtool)("are rules that Prometheus loads", async () => {
    expect(await complaints(["check", "rules", "prometheus-rules.yml"])).toBe("");
  });

  it.skipIf(!promtool)("fire when they should, and only then", async () => {
    expect(await complaints(["test", "rules", "prometheus-rules.test.yml"])).toBe("");
  });

  it("each have a case in which they fire, and one in which they do not", () => {
    const { tests } = parse(readFileSync(path.join(ops, "prometheus-rules.test.yml"), "utf8")) as {
      tests: Array<{ alert_rule_test: Array<{ alertname: string; exp_alerts: object[] }> }>;
    };
    const cases = tests.flatMap((test) => test.alert_rule_test);
    const named = (fires: boolean) =>
      cases
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === fires)
        .map(({ alertname }) => alertname);
    for (const alert of alertsOf("prometheus-rules.yml")) {
      expect(named(true)).toContain(alert);
      expect(named(false)).toContain(alert);
    }
  });
});

describe("/metrics", () => {
  it.skipIf(!promtool)("is what Prometheus expects, by its names and its form", async () => {
    const app = await startAppServer({
      ...use.urls,
      daoSlug: testDaoSlug(),
      env: { METRICS_TOKEN: token },
    });
    try {
      await sendView(app.origin, "1");
      await callSync(app);
      const scrape = await fetch(`${app.origin}/metrics`, {
        headers: { Authorization: `Bearer ${token}` },
      });
      const metrics = await scrape.text();
      expect(metrics).toContain("forum_views_sync_runs_total");
      expect(await complaints(["check", "metrics"], metrics)).toBe("");
    } finally {
      await app.stop();
    }
  });
});
