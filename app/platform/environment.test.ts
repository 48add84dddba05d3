import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import { parseEnvironment } from "./environment.server";

const complete = {
  DATABASE_URL: "postgresql://user:password@db.example/forum",
  REDIS_URL: "redis://cache.example",
  CRON_SECRET: "0123456789abcdef",
  SESSION_SECRET: "0123456789abcdef0123456789abcdef",
  DAO_SLUG: "ens",
  APP_ORIGIN: "https://views.example/",
};

const folder = mkdtempSync(path.join(tmpdir(), "forum-views-env-"));
const pemOf = (name: string, content: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
};
const pem = pemOf("certificate.pem", rootCertificates[0]!);
const { privateKey } = generateKeyPairSync("ed25519");
const keyPem = pemOf("key.pem", String(privateKey.export({ type: "pkcs8", format: "pem" })));
const garbage = pemOf(
  "garbage.pem",
  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
);
afterAll(() => rmSync(folder, { recursive: true }));

describe("parseEnvironment", () => {
  it("takes an empty variable for one that is not set", () => {
    const env = parseEnvironment({ ...complete, PORT: "", SYNC_MAX_SECONDS: "" });
    expect(env).toMatchObject({ PORT: 3000, APP_ORIGIN: "https://views.example" });
    expect(env.SYNC_MAX_SECONDS).toBeUndefined();
  });

  it.each(["REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE"])(
    "names the file of %s that holds garbage",
    (name) => {
      const variables = { ...complete, REDIS_URL: "rediss://cache.example", [name]: garbage };
      expect(() => parseEnvironment(variables)).toThrow(
        `  ${name} names a PEM file without usable content: ${garbage}`,
      );
    },
  );

  it.each(["ENS", "0x", "Uniswap_2-test"])("takes %s for a DAO", (slug) => {
    expect(parseEnvironment({ ...complete, DAO_SLUG: slug }).DAO_SLUG).toBe(slug);
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
    ["REDIS_CA_FILE", "redis://cache.example", { REDIS_CA_FILE: pem }],
    ["REDIS_CERT_FILE", "rediss://cache.example", { REDIS_CERT_FILE: pem }],
    ["REDIS_KEY_FILE", "rediss://cache.example", { REDIS_KEY_FILE: keyPem }],
    ["REDIS_SENTINEL_PASSWORD", "redis://cache.example", { REDIS_SENTINEL_PASSWORD: "secret" }],
    ["LEGACY_COUNTER_PREFIX", "redis://a,redis://b", { LEGACY_COUNTER_PREFIX: "vcount" }],
  ])("names %s where it does not go with %s", (name, url, settings) => {
    const variables = { ...complete, ...settings, REDIS_URL: url };
    expect(() => parseEnvironment(variables)).toThrow(`  ${name} `);
  });

  it("reads certificates, where Redis is reached by TLS", () => {
    const env = parseEnvironment({
      ...complete,
      REDIS_URL: "rediss+sentinel://cache.example/main",
      REDIS_CA_FILE: pem,
      REDIS_CERT_FILE: pem,
      REDIS_KEY_FILE: keyPem,
      REDIS_SENTINEL_PASSWORD: "secret",
      LEGACY_COUNTER_PREFIX: "vcount",
    });
    expect(env.REDIS_CA_FILE).toContain("-----BEGIN CERTIFICATE-----");
  });

  it.each([
    ["CRON_SECRET", "short"],
    ["CRON_SECRET", "aaaaaaaaaaaaaaaaaaaa"],
    ["CRON_SECRET", "your-secure-random-string-here"],
    ["CRON_SECRET_PREVIOUS", "short"],
    ["SESSION_SECRET", "0123456789abcdef"],
    ["CRON_SECRET", "schlüssel-0123456789abcdef"],
    ["CRON_SECRET", '"0123456789abcdef"'],
    ["CRON_SECRET_PREVIOUS", "'0123456789abcdef'"],
    ["METRICS_TOKEN", "0123456789abcdef\u00a0"],
    ["SESSION_SECRET", "0123456789abcdef0123456789abcdeé"],
    ["DATABASE_URL", "mysql://db"],
    ["DATABASE_URL", "postgresql://db/forum?sslmode=prefer"],
    ["DATABASE_CONNECT_SECONDS", "0"],
    ["REDIS_URL", "localhost:6379"],
    ["REDIS_URL", ","],
    ["REDIS_CA_FILE", "/nowhere/ca.pem"],
    ["REDIS_CA_FILE", "package.json"],
    ["DAO_SLUG", "-ens"],
    ["DAO_SLUG", "ens.eth"],
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
    ["ALERT_WEBHOOK_URL", "hooks.example/alerts"],
    ["ALERT_WEBHOOK_URL", "ftp://hooks.example/alerts"],
    ["ALERT_WEBHOOK_SECRET", "secret"],
    ["ALERT_WEBHOOK_SECRET", "whsec_c2hvcnQ="],
    ["ALERT_WEBHOOK_SECRET", `whsec_${"A".repeat(100)}`],
    ["ALERT_WEBHOOK_SECRET", `whsec_${"!".repeat(32)}`],
    ["ALERT_WEBHOOK_SECRET", "A".repeat(32)],
    ["ALERT_CHECK_SECONDS", "0"],
    ["RETENTION_RUN_DAYS", "30"],
    ["RETENTION_AUDIT_DAYS", "-1"],
    ["RETENTION_DAILY_DAYS", "30"],
    ["RETENTION_TOPIC_DAYS", "7"],
    ["CLEANUP_MAX_SECONDS", "0"],
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
