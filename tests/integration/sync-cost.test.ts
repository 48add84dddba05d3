import { expect, it } from "vitest";
import { intercept } from "../helpers/intercept";
import { fillOverlay, syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

/** What makes a sync fast is how little it asks of the stores; a clock would only measure the machine. */

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
  // Open, open the books, open again; read twice, settle twice, close.
  expect(steps).toBeLessThanOrEqual(8);
});

it("settles one chunk while the next is being applied", async () => {
  const dao = syncFixture(use.servers);
  await fillOverlay(dao, topics);
  const order: string[] = [];
  let settling = () => {};
  const settled = new Promise<void>((resolve) => (settling = resolve));
  const batches = intercept(dao.batches, (method, call) => {
    if (method === "settleApplied") settling();
    return call();
  });
  const ledger = intercept(dao.ledger, async (method, call) => {
    // The second chunk waits for the first to be settled: a run that does one after the other hangs here.
    if (method === "applyChunk" && order.push(method) === 2) await settled;
    return call();
  });
  const outcome = await dao.sync(dao.engine({ batches, ledger }));
  expect(outcome.counters).toMatchObject({ total: 10_000, flushed: 10_000 });
});
