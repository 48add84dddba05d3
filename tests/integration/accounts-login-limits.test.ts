import type * as Argon2 from "@node-rs/argon2";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { DependencyError } from "~/platform/dependency-error.server";
import { LoginLimits } from "~/accounts/login-limits.server";
import { viewKeys } from "~/sync/redis/view-keys";
import { startAccounts, testPassword, testSecret } from "../helpers/accounts";
import { testDaoSlug } from "../helpers/dao-slug";
import { forEachTest, useServers } from "../helpers/use-servers";

/** The real functions, with calls recorded. */
const argon2 = vi.hoisted(() => ({ verify: vi.fn() }));
vi.mock("@node-rs/argon2", async (importOriginal) => {
  const real = await importOriginal<typeof Argon2>();
  argon2.verify.mockImplementation(real.verify);
  return { ...real, verify: argon2.verify };
});

const email = "ada@example.org";
let daoSlug = testDaoSlug();
const use = useServers();
const start = () => startAccounts({ ...use.urls, daoSlug });

beforeAll(async () => {
  const first = await start();
  await first.add(email);
  await first.close();
});
const app = forEachTest(() => {
  daoSlug = testDaoSlug();
  return start();
});

function attempt(password: string, { ip = "203.0.113.7", as = email, on = app } = {}) {
  return on.passwordSignIn.signIn({ email: as, password, ip, replacedToken: undefined });
}

/** The limits of the application, without the work of verifying a password. */
function limits(): LoginLimits {
  const keyPrefix = viewKeys(daoSlug).loginPrefix;
  return new LoginLimits({ redis: app.redis, keyPrefix, secret: testSecret });
}

describe("guessing", () => {
  test("ends after five failures by one client on one account, at whatever instance", async () => {
    const another = await start();
    for (let failures = 0; failures < 5; failures += 1) {
      const on = failures % 2 === 0 ? app : another;
      expect(await attempt("a wrong password", { on })).toEqual({ kind: "wrong" });
    }
    await another.close();
    const refused = await attempt(testPassword);
    expect(refused).toMatchObject({ kind: "limited" });
    const { retryAfter } = refused as { retryAfter: number };
    expect(retryAfter).toBeGreaterThan(14 * 60);
    expect(retryAfter).toBeLessThanOrEqual(15 * 60);
    expect(await attempt(testPassword, { ip: "198.51.100.4" })).toMatchObject({
      kind: "signed-in",
    });
  });

  test("gets no further when all attempts come at once", async () => {
    const guesses = Array.from({ length: 30 }, () => attempt("a wrong password"));
    const kinds = (await Promise.all(guesses)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "wrong")).toHaveLength(5);
  });

  test("is forgiven by signing in", async () => {
    for (let times = 0; times < 3; times += 1) {
      for (let failures = 0; failures < 4; failures += 1) await attempt("a wrong password");
      expect(await attempt(testPassword)).toMatchObject({ kind: "signed-in" });
    }
  });

  test("ends after twenty failures by one client, whatever the accounts", async () => {
    const ip = "2001:db8:1:2::1";
    for (let failures = 0; failures < 20; failures += 1) {
      // The client changes its address within the network that it was given.
      const from = { as: `user${failures}@example.org`, ip: `2001:db8:1:2::${failures + 1}` };
      expect(await attempt("a wrong password", from)).toEqual({ kind: "wrong" });
    }
    expect(await attempt(testPassword, { ip })).toMatchObject({ kind: "limited" });
    expect(await attempt(testPassword)).toMatchObject({ kind: "signed-in" });
  });

  test("ends after twenty by one client also when all come at once", async () => {
    const limit = limits();
    const guesses = Array.from({ length: 40 }, (_unused, guess) =>
      limit.admit({ email: `user${guess}@example.org`, ip: "198.51.100.78" }),
    );
    const kinds = (await Promise.all(guesses)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "admitted")).toHaveLength(20);
  });

  test("leaves no more names in Redis than attempts were let in, however many are made up", async () => {
    const ip = "198.51.100.77";
    const names = () => app.redis.keys(`${viewKeys(daoSlug).loginPrefix}:*`);
    const limit = limits();
    for (let guess = 0; guess < 20; guess += 1) {
      await limit.admit({ email: `made-up-${guess}@example.org`, ip });
    }
    const before = await names();
    for (let guess = 20; guess < 60; guess += 1) {
      const admission = await limit.admit({ email: `made-up-${guess}@example.org`, ip });
      expect(admission).toMatchObject({ kind: "limited" });
    }
    expect((await names()).sort()).toEqual(before.sort());
  });

  test("on one account by many clients gets slower and slower", async () => {
    const limit = limits();
    const admit = (client: number) =>
      limit.admit({ email, ip: `198.51.${client >> 8}.${client & 255}` });
    for (let client = 0; client < 50; client += 1) {
      expect(await admit(client)).toMatchObject({ kind: "admitted" });
    }
    const waits: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const together = await Promise.all([1, 2, 3].map((n) => admit(1_000 + turn * 10 + n)));
      expect(together.filter(({ kind }) => kind === "admitted")).toHaveLength(1);
      const refused = together.find((admission) => admission.kind === "limited");
      waits.push(refused?.retryAfter ?? 0);
      for (const key of await app.redis.keys(`${viewKeys(daoSlug).loginPrefix}:turn:*`)) {
        await app.redis.del(key);
      }
    }
    expect(waits).toEqual([60, 120, 240]);
  });

  test("by others does not lock out a client that has signed in before", async () => {
    expect(await attempt(testPassword)).toMatchObject({ kind: "signed-in" });
    const limit = limits();
    for (let client = 0; client < 60; client += 1) {
      await limit.admit({ email, ip: `198.51.100.${client}` });
    }
    expect(await attempt(testPassword, { ip: "192.0.2.99" })).toMatchObject({ kind: "limited" });
    expect(await attempt(testPassword)).toMatchObject({ kind: "signed-in" });
  });
});

test("a database that is away locks nobody out", async () => {
  const databaseUrl = "postgres://postgres:postgres@127.0.0.1:1/none";
  const away = await startAccounts({ ...use.urls, databaseUrl, daoSlug });
  for (let times = 0; times < 8; times += 1) {
    const error: unknown = await attempt(testPassword, { on: away }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ dependency: "postgres", message: "Database connection failed" });
  }
  await away.close();
  expect(await attempt(testPassword)).toMatchObject({ kind: "signed-in" });
});

describe("nobody learns", () => {
  test("whether an account exists, neither from the answer nor from the limit", async () => {
    const answers = async (as: string, ip: string) => {
      const results = [];
      for (let failures = 0; failures < 6; failures += 1) {
        results.push((await attempt("a wrong password", { as, ip })).kind);
      }
      return results;
    };
    expect(await answers("nobody@example.org", "198.51.100.1")).toEqual(
      await answers(email, "198.51.100.2"),
    );
  });

  test("whether an account exists from the work that an attempt takes", async () => {
    await app.add("disabled@example.org");
    await app.users.disable("tests", await app.idOf("disabled@example.org"));
    const work = async (as: string) => {
      argon2.verify.mockClear();
      await attempt("a wrong password", { as, ip: "198.51.100.9" });
      // A hash contains its own cost: variant, memory, passes and lanes.
      return argon2.verify.mock.calls.map(([hash]) => String(hash).split("$").slice(0, 4));
    };
    const known = await work(email);
    expect(known).toEqual([["", "argon2id", "v=19", "m=19456,t=2,p=1"]]);
    expect(await work("nobody@example.org")).toEqual(known);
    expect(await work("disabled@example.org")).toEqual(known);
  });

  test("an address from what Redis keeps", async () => {
    await attempt("a wrong password");
    await attempt(testPassword);
    const keys = await app.redis.keys(`${viewKeys(daoSlug).loginPrefix}:*`);
    expect(keys.length).toBeGreaterThan(2);
    expect(keys.join()).not.toMatch(/ada|example|203\.0/);
    for (const key of keys) expect(await app.redis.ttl(key)).toBeGreaterThan(0);
  });
});

test("without Redis nobody is let in unlimited: the error says what is away", async () => {
  app.redis.disconnect();
  const error: unknown = await attempt(testPassword).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DependencyError);
  expect(error).toMatchObject({ dependency: "redis", message: "Redis connection failed" });
});
