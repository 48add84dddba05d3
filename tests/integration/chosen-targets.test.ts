import { beforeEach, describe, expect, it } from "vitest";
import { fillOverlay, syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { expectBalanced, useServers } from "../helpers/use-servers";

const use = useServers();
let dao: SyncFixture;

beforeEach(() => {
  dao = syncFixture(use.servers);
});

describe("a flush of chosen targets", () => {
  const chosen = { trigger: "flush" as const, targets: ["forum_topic:chosen"] };

  it("drains the batch that it finds open before it claims its own", async () => {
    const waiting = new Map(Array.from({ length: 20 }, (_, index) => [`t${index}`, 1]));
    await fillOverlay(dao, waiting);
    await dao.sync(dao.engine({ chunkSize: 10, maxSeconds: 0 }));
    await dao.count("chosen", 3);
    await dao.count("other", 1);
    const outcome = await dao.sync(dao.engine(), chosen);
    expect(outcome).toMatchObject({
      failure: undefined,
      counters: { total: 11, flushed: 11, recovered: 10 },
    });
    expect(await dao.persisted("chosen")).toBe(3);
    expect(await dao.tracker.getRedisOverlay("forum_topic", "other")).toBe(1);
    await expectBalanced(dao);
  });

  it("opens no batch of its own when its time is up", async () => {
    await fillOverlay(
      dao,
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
    );
    const engine = () => dao.engine({ chunkSize: 1, maxSeconds: 0 });
    await dao.sync(engine());
    await dao.count("chosen", 3);
    const outcome = await dao.sync(engine(), chosen);
    expect(outcome.counters).toMatchObject({ total: 1, flushed: 1, recovered: 1 });
    expect(await dao.tracker.getRedisOverlay("forum_topic", "chosen")).toBe(3);
  });
});
