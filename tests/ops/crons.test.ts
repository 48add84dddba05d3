import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { readText, readYaml } from "./files";
import { compose, cronJobs } from "./manifests";

/** Every file that has a cron calls the sync, and once a day the cleanup. */

function urlOfCronJob(schedule: string, name: string): string | undefined {
  const job = cronJobs.find((each) => each.schedule === schedule);
  const [container] = job!.jobTemplate!.spec.template.spec.containers;
  expect(container!.command).toEqual(["sh", "-c", expect.stringContaining(`"$${name}"`)]);
  return container!.env!.find((variable) => variable.name === name)?.value;
}

describe("what is called by crons", () => {
  it("is the sync, by everything that is a cron", () => {
    const callers = [
      compose.cron!.environment!.SYNC_URL,
      urlOfCronJob("*/10 * * * *", "SYNC_URL"),
      readText("ops/github-actions/sync-views.yml"),
      readText("ops/vercel/api/sync-views.js"),
    ];
    for (const caller of callers) {
      expect(caller).toContain("/api/v1/forum/sync-views?onConflict=skip");
    }
    const ofCron = readYaml<object>("ops/github-actions/sync-views.yml")[0];
    expect(ofCron).toMatchObject({ on: { schedule: [{ cron: "*/10 * * * *" }] } });
  });

  it("is the cleanup, once a day", () => {
    const callers = [
      compose.cron!.environment!.CLEANUP_URL,
      urlOfCronJob("17 3 * * *", "CLEANUP_URL"),
      readText("ops/github-actions/cleanup.yml"),
      readText("ops/vercel/api/cleanup.js"),
    ];
    for (const caller of callers) expect(caller).toContain("/api/v1/forum/cleanup");
    const ofCron = readYaml<object>("ops/github-actions/cleanup.yml")[0];
    expect(ofCron).toMatchObject({ on: { schedule: [{ cron: "17 3 * * *" }] } });
    const timer = readText("ops/systemd/forum-views-cleanup.timer");
    expect(timer).toMatch(/^OnCalendar=\*-\*-\* \d\d:\d\d$/m);
  });

  it("is by Compose's cron the cleanup in its first round, and a day later", () => {
    const [, , loop] = compose.cron!.command as string[];
    const secondsOfPause = Number(/sleep (\d+)/.exec(loop!)![1]);
    const rounds = 86_400 / secondsOfPause + 1;
    // Programs of the same names; the loop ends when the pauses are over.
    const stand = `wget() { echo "$8" "$5"; }; n=0; sleep() { n=$((n + 1)); [ $n -lt ${rounds} ] || exit 0; };`;
    const output = execFileSync("sh", ["-c", `${stand} ${loop!.replaceAll("$$", "$")}`], {
      env: { ...process.env, CRON_SECRET: "secret", SYNC_URL: "sync", CLEANUP_URL: "cleanup" },
      encoding: "utf8",
    });
    const calls = output.split("\n").filter((line) => line.length > 0);
    const call = (what: string) => `${what} Authorization: Bearer secret`;
    expect(calls.slice(0, 3)).toEqual(["sync", "cleanup", "sync"].map(call));
    expect(calls.slice(-2)).toEqual(["sync", "cleanup"].map(call));
    expect(calls).toHaveLength(rounds + 2);
  });
});
