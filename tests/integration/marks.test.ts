import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { viewerOf } from "~/counting/viewer";
import { changeEpochs, counter, passTime, readEpochs } from "../helpers/marks";
import { syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

/** Which viewers count as seen, within which window, and how many count for one network. */

const use = useServers();
const WINDOW = 600;
const viewer = viewerOf({ ip: "203.0.113.7", userAgent: "A browser" });

async function bucketsOf({ redis, keys }: ReturnType<typeof syncFixture>): Promise<string[]> {
  const prefix = keys.overlay.slice(0, -"overlay".length);
  return redis.keys(`${prefix}m:*`);
}

describe("a viewer counts once within the window", () => {
  it.each([
    ["in one epoch", { isOver: false }],
    ["over a change of epochs, and so of secrets", { isOver: true }],
  ])("to the second at both ends, %s", async (_where, change) => {
    const dao = syncFixture(use.servers);
    expect(await counter(dao)({ viewer })).toBe("counted");
    await passTime(dao, WINDOW - 1, change);
    expect(await counter(dao)({ viewer })).toBe("duplicate");
    await passTime(dao, 2);
    expect(await counter(dao)({ viewer })).toBe("counted");
    expect(await counter(dao)({ viewer })).toBe("duplicate");
  });

  it("where that is longer than a day, too", async () => {
    const dao = syncFixture(use.servers);
    const week = { windowSeconds: 604_800 };
    expect(await counter(dao, week)({ viewer })).toBe("counted");
    for (let day = 1; day <= 6; day += 1) {
      await passTime(dao, 86_400, { isOver: day % 2 === 1 });
      expect(await counter(dao, week)({ viewer })).toBe("duplicate");
    }
    await passTime(dao, 86_401);
    expect(await counter(dao, week)({ viewer })).toBe("counted");
  });

  it("while the number of buckets follows the volume", async () => {
    const dao = syncFixture(use.servers);
    expect(await counter(dao)({ viewer })).toBe("counted");
    const [first] = await readEpochs(dao);
    await changeEpochs(dao, () => ({ accepted: -1e9 }));
    const count = counter(dao);
    expect(await count({ viewer: "another" })).toBe("counted");
    await expect.poll(() => readEpochs(dao)).toHaveLength(2);
    expect((await readEpochs(dao))[0]?.buckets).toBe(4 * first!.buckets);
    for (const known of [viewer, "another"])
      expect(await count({ viewer: known })).toBe("duplicate");
    expect(await count({ viewer: "a third" })).toBe("counted");
    expect(await count({ viewer: "a third" })).toBe("duplicate");
  });

  it("for a process that does not know yet of the epoch that another has opened", async () => {
    const dao = syncFixture(use.servers);
    const slow = counter(dao);
    expect(await slow({ viewer: "a first" })).toBe("counted");
    await passTime(dao, 1, { isOver: true });
    expect(await counter(dao)({ viewer })).toBe("counted");
    expect(await readEpochs(dao)).toHaveLength(2);
    expect(await slow({ viewer })).toBe("duplicate");
  });

  it("from wherever, and in capitals, with an address", async () => {
    const dao = syncFixture(use.servers);
    const address = "0x52908400098527886E0F7030069857D2E4169EE7";
    const count = counter(dao);
    const named = (text: string, ip: string) =>
      count({ viewer: viewerOf({ address: text, ip, userAgent: ip }), network: ip });
    expect(await named(address, "203.0.113.7")).toBe("counted");
    expect(await named(address.toLowerCase(), "203.0.113.8")).toBe("duplicate");
  });

  it("however many others stand in the same group", async () => {
    const dao = syncFixture(use.servers);
    await counter(dao)({ viewer });
    await changeEpochs(dao, () => ({ buckets: 2 }));
    const crowd = Array.from({ length: 2_000 }, (_, index) => `viewer-${index}`);
    const count = counter(dao, { perNetwork: 1_000 });
    const views = () => Promise.all(crowd.map((one) => count({ viewer: one, network: one })));
    expect(new Set(await views())).toEqual(new Set(["counted"]));
    expect(new Set(await views())).toEqual(new Set(["duplicate"]));
    // A value that is too long for a listpack would take several times the memory.
    for (const bucket of await bucketsOf(dao)) {
      const lengths = (await dao.redis.hvalsBuffer(bucket)).map((group) => group.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(64);
    }
    await passTime(dao, WINDOW + 1);
    await changeEpochs(dao, () => ({ buckets: 2 }));
    const later = counter(dao);
    expect(await later({ viewer: "viewer-7" })).toBe("counted");
    expect(await later({ viewer: "viewer-7" })).toBe("duplicate");
  });

  it("and nothing is left of it after the window", async () => {
    const dao = syncFixture(use.servers);
    const count = counter(dao, { windowSeconds: 1 });
    expect(await count({ viewer, network: "203.0.113.7" })).toBe("counted");
    expect(await bucketsOf(dao)).not.toEqual([]);
    await expect.poll(() => bucketsOf(dao), { timeout: 5_000 }).toEqual([]);
    expect(await count({ viewer, network: "203.0.113.7" })).toBe("counted");
    expect(await dao.redis.pttl(dao.keys.marks)).toBeGreaterThan(0);
  });

  it("as the version before has marked it, for the rest of that window", async () => {
    const dao = syncFixture(use.servers);
    const { redis, keys } = dao;
    const address = `0x${"a".repeat(40)}`;
    await redis.set(keys.salt(new Date().toISOString().slice(0, 10)), "salt", "EX", 600);
    const name = createHmac("sha256", "salt").update("203.0.113.7\nA browser").digest("base64url");
    await redis.set(keys.seen("forum_topic:1", `ip:${name.slice(0, 22)}`), "1", "EX", 600);
    await redis.set(keys.seen("forum_topic:1", `user:${address}`), "1", "EX", 600);
    const count = counter(dao);
    expect(await count({ viewer })).toBe("duplicate");
    expect(await count({ viewer: `user:${address}` })).toBe("duplicate");
    expect(await count({ viewer, targetId: "2" })).toBe("counted");
    await redis.del(keys.seen("forum_topic:1", `user:${address}`));
    expect(await count({ viewer: `user:${address}` })).toBe("counted");
  });
});

describe("of one network", () => {
  const network = "203.0.113.0";

  async function crowd(count: ReturnType<typeof counter>, from: number, to: number) {
    const outcomes: string[] = [];
    for (let one = from; one < to; one += 1) {
      outcomes.push(await count({ viewer: `viewer-${one}`, network }));
    }
    return outcomes.filter((outcome) => outcome === "counted").length;
  }

  it("so many viewers count for a topic, and the next ones do not", async () => {
    const dao = syncFixture(use.servers);
    const count = counter(dao);
    expect(await crowd(count, 0, 40)).toBe(30);
    expect(await count({ viewer: "viewer-40", network })).toBe("network");
    expect(await count({ viewer: "viewer-1", network })).toBe("duplicate");
    expect(await count({ viewer: "viewer-40", network, targetId: "2" })).toBe("counted");
    expect(await count({ viewer: "viewer-41", network: "203.0.113.1" })).toBe("counted");
    expect(await count({ viewer: "viewer-42" })).toBe("counted");
    expect(await counter(dao, { perNetwork: 0 })({ viewer: "viewer-43", network })).toBe("counted");
  });

  it.each([{ isOver: false }, { isOver: true }])("within any window (%o)", async (change) => {
    const dao = syncFixture(use.servers);
    expect(await crowd(counter(dao), 0, 20)).toBe(20);
    await passTime(dao, WINDOW / 2, change);
    expect(await crowd(counter(dao), 20, 40)).toBe(10);
    await passTime(dao, WINDOW / 2 + 1, change);
    expect(await crowd(counter(dao), 40, 80)).toBe(20);
  });
});

it("a client sends so many views a minute, whatever it says of itself", async () => {
  const dao = syncFixture(use.servers);
  const views = [counter(dao, { perMinute: 3 }), counter(dao, { perMinute: 3 })];
  const outcomes: string[] = [];
  for (let view = 0; view < 5; view += 1) {
    outcomes.push(await views[view % 2]!({ viewer: `viewer-${view}`, client: "203.0.113.0" }));
  }
  expect(outcomes).toEqual(["counted", "counted", "counted", "rate", "rate"]);
  expect(await views[0]!({ viewer: "viewer-9", client: "203.0.113.1" })).toBe("counted");
});

it.each(["overlay", "accepted", "totals"] as const)(
  "nothing of a view is left where something else stands at %s",
  async (name) => {
    const dao = syncFixture(use.servers);
    const { redis, keys } = dao;
    const count = counter(dao);
    await redis.sadd(keys[name], "of a wrong type");
    await expect(count({ viewer, network: "203.0.113.7" })).rejects.toThrow("Redis error");
    await redis.del(keys[name]);
    expect(Number(await redis.get(keys.accepted))).toBe(0);
    expect(Number(await redis.hget(keys.totals, "overlay"))).toBe(0);
    expect(await redis.exists(keys.overlay)).toBe(0);
    expect(await count({ viewer, network: "203.0.113.7" })).toBe("counted");
  },
);
