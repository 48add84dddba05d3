import { describe, expect, it } from "vitest";
import { ViewerNames } from "~/counting/viewer.server";
import { syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

const use = useServers();
const signals = { ip: "100.64.0.1", userAgent: "A browser" };

it("a viewer counts once although midnight lies between two views", async () => {
  const dao = syncFixture(use.servers);
  let now = new Date("2026-11-22T23:59:00Z");
  const viewers = new ViewerNames({ redis: dao.redis, keys: dao.keys, clock: () => now });
  const view = async () => {
    const { name, former } = await viewers.viewer(signals);
    return dao.tracker.trackView("forum_topic", "1", name, former);
  };
  expect(await view()).toBe(true);
  expect(await view()).toBe(false);
  now = new Date("2026-11-23T00:01:00Z");
  expect(await view()).toBe(false);
});

it("a viewer's name changes with the day, and says nothing about the address", async () => {
  const dao = syncFixture(use.servers);
  const names = ["2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z"].map(async (time) => {
    const clock = () => new Date(time);
    const viewers = new ViewerNames({ redis: dao.redis, keys: dao.keys, clock });
    return (await viewers.viewer(signals)).name;
  });
  const [first, second] = await Promise.all(names);
  expect(first).not.toBe(second);
  expect(first).toMatch(/^ip:[\w-]{22}$/);
});

describe("a viewer", () => {
  const noon = () => new Date("2026-11-22T12:00:00Z");

  it("counts again when the window is over", async () => {
    const { redis, keys, tracker } = syncFixture(use.servers);
    expect(await tracker.trackView("forum_topic", "1", "one")).toBe(true);
    const seconds = await redis.ttl(keys.seen("forum_topic:1", "one"));
    expect(seconds).toBeGreaterThan(3_590);
    expect(seconds).toBeLessThanOrEqual(3_600);
  });

  it("has the same name in every process", async () => {
    const { redis, keys } = syncFixture(use.servers);
    const names = [1, 2].map(() => new ViewerNames({ redis, keys, clock: noon }));
    const [one, two] = [await names[0]!.viewer(signals), await names[1]!.viewer(signals)];
    expect(two.name).toBe(one.name);
  });

  it("is forgotten with the day's salt, after two days", async () => {
    const { redis, keys } = syncFixture(use.servers);
    await new ViewerNames({ redis, keys, clock: noon }).viewer(signals);
    const seconds = await redis.ttl(keys.salt("2026-11-22"));
    expect(seconds).toBeGreaterThan(48 * 3_600 - 10);
    expect(seconds).toBeLessThanOrEqual(48 * 3_600);
  });

  it("with an address is the same in capitals", async () => {
    const { redis, keys } = syncFixture(use.servers);
    const viewers = new ViewerNames({ redis, keys, clock: noon });
    const address = "0x52908400098527886E0F7030069857D2E4169EE7";
    const { name } = await viewers.viewer({ ...signals, address });
    expect(await viewers.viewer({ ...signals, address: address.toLowerCase() })).toEqual({ name });
  });
});
