import { describe, expect, it } from "vitest";
import type { PostgresLedger } from "~/sync/postgres/postgres-ledger.server";
import type { RedisBatchStore } from "~/sync/redis/redis-batch-store.server";
import { intercept } from "../helpers/intercept";
import { simulate } from "./driver";
import type { PortWrapper } from "./process";
import { keys } from "./promise";
import type { FaultPlan } from "./scheduler";
import type { SimulationOptions } from "./world";

/** Redis drops the batch before PostgreSQL has taken it. */
const closeBeforeCommit: PortWrapper = ({ batches, ledger }) => ({
  batches,
  ledger: intercept(ledger, async (method, call, args) => {
    if (method === "applyChunk") await batches.close(args[1] as number);
    return call();
  }),
});

/** A run reads the open batch, whichever batch that is. */
const readAnyBatch: PortWrapper = ({ batches, ledger }, { redis }) => ({
  batches: intercept(batches, (method, call, args) => {
    if (method !== "read") return call();
    const [, offset, count] = args as Parameters<RedisBatchStore["read"]>;
    return batches.read(Number(redis.data.field(keys.batch, "id")), offset, count);
  }),
  ledger,
});

/** The offset is moved when a page is read, and not when it is taken. */
const offsetBehindTheReading: PortWrapper = ({ batches, ledger }) => {
  let run = "";
  return {
    batches: intercept(batches, async (method, call, args) => {
      const page = await call();
      if (method === "read") {
        const [batch, offset, count] = args as Parameters<RedisBatchStore["read"]>;
        // Before the first chunk of a batch, PostgreSQL knows no offset of it.
        await ledger.moveOffset(run, batch, offset + count).catch(() => undefined);
      }
      return page;
    }),
    ledger: intercept(ledger, (method, call, args) => {
      if (method === "recordBatch") run = (args as Parameters<PostgresLedger["recordBatch"]>)[0];
      return call();
    }),
  };
};

/** PostgreSQL's highest batch id is read once for each process. */
const staleHighWaterMark: PortWrapper = ({ batches, ledger }) => {
  let mark: Promise<unknown> | undefined;
  return {
    batches,
    ledger: intercept(ledger, (method, call) => {
      if (method !== "highWaterMark") return call();
      return (mark ??= call());
    }),
  };
};

/** Limiting faults to some commands finds sooner what only these can break. */
function only(commands: FaultPlan["commands"], rate: number): FaultPlan {
  return { rate, kinds: [], commands };
}

const crashesAndRefusals = only({ applyChunk: ["answer lost", "data refused"] }, 0.5);
const sleepingRuns = only({ closeBatch: ["stalled"], recordBatch: ["answer stalled"] }, 0.8);

describe("the checker finds what breaks without", () => {
  const removals: Array<[guard: string, options: SimulationOptions]> = [
    ["the one running sync", { postgresWithout: ["one sync"] }],
    ["the fence", { postgresWithout: ["fence"] }],
    ["the row's batch guard", { postgresWithout: ["row of apply"] }],
    ["the failing row's guard in applying", { postgresWithout: ["failing row of apply"] }],
    [
      "the row's guard in keeping",
      { postgresWithout: ["row of fail"], topics: ["a"], faults: crashesAndRefusals },
    ],
    ["the failing row's guard in keeping", { postgresWithout: ["failing row of fail"] }],
    ["the topic's own batch id in a retry", { postgresWithout: ["batch of the topic's row"] }],
    ["the tombstone", { postgresWithout: ["tombstone"] }],
    ["the adoption of an open batch", { redisWithout: ["adoption"] }],
    ["the regression check", { redisWithout: ["regression"], mayLoseWrites: true }],
    ["the batch id in closing", { redisWithout: ["id of close"] }],
    ["the mark of a seen viewer", { redisWithout: ["mark"] }],
    [
      "the batch id in reading",
      { wrapPorts: readAnyBatch, topics: ["a", "c"], faults: sleepingRuns },
    ],
    ["closing after the commit", { wrapPorts: closeBeforeCommit }],
    ["an offset behind what is taken", { wrapPorts: offsetBehindTheReading }],
    ["a fresh high-water mark", { wrapPorts: staleHighWaterMark, mayLoseWrites: true }],
  ];
  const MOST_SCHEDULES = 2_000;

  it.each(removals)("%s", { timeout: 60_000 }, async (_guard, options) => {
    let violation: string | undefined;
    for (let seed = 1; violation === undefined && seed <= MOST_SCHEDULES; seed += 1) {
      ({ violation } = await simulate(seed, { mayLoseWrites: false, ...options }));
    }
    // A wrong step of the test itself would also break something, but with another message.
    expect(violation).toMatch(
      /lost|counted twice|books|told|had ended|runs are running|targets$|not refused/,
    );
  });
});
