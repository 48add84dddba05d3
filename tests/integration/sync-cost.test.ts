import { expect, it } from "vitest";
import { gate, intercept } from "../helpers/intercept";
import { fillOverlay, syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

/** A sync is fast because it asks little of the stores; a clock would only measure the machine. */

const use = useServers();

const topics = new Map(Array.from({ length: 10_000 }, (_, index) => [`t${index}`, 1]));

it("needs a handful of statements and of Redis steps for 10,000 targets", async () => {
  const dao = syncFixture(use.servers);
  await fillOverlay(dao, topics);
  let statements = 0;
  let steps = 0;
  use.servers.pool.on("acquire", () => (statements += 1));
  const batches = intercept(dao.batches, (_method, call) => {
    steps += 1;
    return call();
  });
  await dao.sync(dao.engine({ batches }));
  use.servers.pool.removeAllListeners("acquire");
  expect(statements).toBeLessThanOrEqual(10);
  // Open, open the books, open again; read twice, close.
  expect(steps).toBeLessThanOrEqual(6);
});

it("applies two chunks at once", async () => {
  const dao = syncFixture(use.servers);
  await fillOverlay(dao, topics);
  const second = gate();
  let chunks = 0;
  const ledger = intercept(dao.ledger, async (method, call) => {
    if (method !== "applyChunk") return call();
    chunks += 1;
    if (chunks === 2) second.open();
    // A run that applies chunks one after the other would hang here.
    await second.opened;
    return call();
  });
  const outcome = await dao.sync(dao.engine({ ledger }));
  expect(outcome.counters).toMatchObject({ total: 10_000, flushed: 10_000 });
});
