import { describe, expect, it } from "vitest";
import { parseEnvironment } from "./env.server";

const complete = {
  DATABASE_URL: "postgresql://user:password@db.example/forum",
  REDIS_URL: "redis://cache.example",
  CRON_SECRET: "0123456789abcdef",
  SESSION_SECRET: "0123456789abcdef0123456789abcdef",
  DAO_SLUG: "ens",
  APP_ORIGIN: "https://views.example/",
};

describe("parseEnvironment", () => {
  it("fills in the documented defaults", () => {
    expect(parseEnvironment({ ...complete, PORT: "", SYNC_MAX_SECONDS: "" })).toMatchObject({
      PORT: 3000,
      APP_ORIGIN: "https://views.example",
      VIEW_RATE_PER_MINUTE: 120,
      VIEW_DEDUP_SECONDS: 86_400,
      SYNC_LEASE_SECONDS: 30,
      SYNC_PARK_AFTER: 5,
      CORS_ORIGINS: [],
      TRUST_PROXY: [],
    });
  });

  it("reads lists", () => {
    const env = parseEnvironment({
      ...complete,
      CORS_ORIGINS: "https://a.example, https://b.example",
      TRUST_PROXY: "loopback, 10.0.0.0/8, ::1",
      REDIS_URL: "redis://a:1,redis://b:2",
    });
    expect(env.CORS_ORIGINS).toEqual(["https://a.example", "https://b.example"]);
    expect(env.TRUST_PROXY).toEqual(["loopback", "10.0.0.0/8", "::1"]);
  });

  it.each([
    ["CRON_SECRET", "short"],
    ["CRON_SECRET", "aaaaaaaaaaaaaaaaaaaa"],
    ["CRON_SECRET", "your-secure-random-string-here"],
    ["CRON_SECRET_PREVIOUS", "short"],
    ["SESSION_SECRET", "0123456789abcdef"],
    ["DATABASE_URL", "mysql://db"],
    ["REDIS_URL", "localhost:6379"],
    ["REDIS_URL", ","],
    ["DAO_SLUG", "ENS"],
    ["DAO_SLUG", "a".repeat(51)],
    ["APP_ORIGIN", "https://views.example/admin"],
    ["APP_ORIGIN", "views.example"],
    ["CORS_ORIGINS", "https://a.example,nonsense"],
    ["SYNC_CHUNK_SIZE", "0"],
    ["SYNC_CHUNK_SIZE", "many"],
    ["CRON_SECRET", "0123456789 abcdef"],
    ["TRUST_PROXY", "all"],
    ["TRUST_PROXY", "1"],
    ["TRUST_PROXY", "10.0.0.0/33"],
    ["VIEW_RATE_PER_MINUTE", "-1"],
    ["VIEW_RATE_PER_MINUTE", "1.5"],
  ])("names %s when it is %j, and does not show it", (name, value) => {
    let message = "";
    try {
      parseEnvironment({ ...complete, [name]: value });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(`  ${name} `);
    if (value.length > 5) expect(message).not.toContain(value);
  });
});
