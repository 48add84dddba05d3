import { describe, expect, it } from "vitest";
import { startAppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { leaksIn, secretsOf } from "../helpers/log-scan";
import { useServers } from "../helpers/use-servers";

const use = useServers();

describe("the scan of a server's log", () => {
  const secrets = secretsOf({
    CRON_SECRET: "the-cron-secret-of-this-test",
    METRICS_TOKEN: "the-metrics-token-of-this-test",
    DATABASE_URL: "postgres://forum:p%40ssword-of-postgres@db.internal:5432/forum",
    REDIS_URL: "rediss://:password-of-one@a.internal,rediss://:password-of-two@b.internal",
    DAO_SLUG: "ens",
  });

  it.each([
    ["a secret", '{"msg":"the-cron-secret-of-this-test"}'],
    ["a token", '{"msg":"?token=the-metrics-token-of-this-test"}'],
    ["a password of PostgreSQL", '{"err":{"message":"p@ssword-of-postgres"}}'],
    ["a password of Redis", '{"args":["password-of-two"]}'],
    ["a connection string", "connecting to postgres://somebody@db.internal/forum"],
    ["another one", "redis://10.0.0.1:6379"],
    ["an authorization", '{"req":{"headers":{"authorization":"x"}}}'],
    ["a bearer", "Bearer abcdefgh12345"],
    ["a session", '{"cookie-jar":"fv_session=abc.def"}'],
    ["a password of a user", "correct horse battery"],
    ["an address", '{"ip":"100.64.3.7"}'],
    ["an IPv6 address", '{"ip":"2001:DB8:1:2::1"}'],
  ])("finds %s", (_what, line) => {
    expect(leaksIn(["harmless", line], secrets).join()).toContain(line);
  });

  it("finds nothing in what a server usually says", () => {
    const usual = [
      '{"level":"info","time":"2026-11-23T02:30:18.808Z","port":3000,"daoSlug":"ens","msg":"Listening"}',
      '{"level":"error","connection":"forum-views","code":"ECONNREFUSED","msg":"Redis is away"}',
      '{"level":"info","msg":"Flushed 100/1000 Redis overlays"}',
    ];
    expect(leaksIn(usual, secrets)).toEqual([]);
  });

  it("fails the test whose server gives something away", async () => {
    // The log names the DAO, which is treated as a secret here.
    const daoSlug = `${testDaoSlug()}-as-a-secret`;
    const app = await startAppServer({ ...use.urls, daoSlug, env: { CRON_SECRET: daoSlug } });
    await expect(app.kill()).rejects.toThrow(/The log gives away:[^]*Listening/);
  });
});
