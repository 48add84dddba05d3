import { expect, it } from "vitest";
import { ViewerNames } from "~/modules/view-tracking/viewer.server";
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
