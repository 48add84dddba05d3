import { describe, expect, it } from "vitest";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SyncLedger } from "~/sync/engine/ports";
import { intercept } from "../helpers/intercept";
import { simulate } from "./driver";
import { refusal } from "./postgres-twin";
import type { PortWrapper } from "./process";
import type { SimulationOptions } from "./world";

/** Redis is told that a chunk is applied before PostgreSQL has committed it. */
const settleBeforeCommit: PortWrapper = ({ batches, ledger }) => ({
  batches,
  ledger: intercept(ledger, async (method, call, args) => {
    if (method === "applyChunk") {
      const [run, batch, entries] = args as Parameters<SyncLedger["applyChunk"]>;
      const targets = entries.map(({ target }) => target);
      await batches.settleApplied(run, batch.id, targets);
    }
    return call();
  }),
});

/** A chunk whose answer was lost counts as refused. */
const unknownIsFailed: PortWrapper = ({ batches, ledger }) => ({
  batches,
  ledger: intercept(ledger, async (method, call) => {
    try {
      return await call();
    } catch (error) {
      const isUnknown = error instanceof Error && !(error instanceof DependencyError);
      throw method === "applyChunk" && isUnknown ? refusal("23514") : error;
    }
  }),
});

/** A fault that only a late copy can show is found sooner where nothing else goes wrong. */
const lateCopies = { faults: { rate: 0.5, kinds: ["late copy"] as const } };

/** A run sleeps while it gives back what was refused, and its client sends its claim again. */
const sleepers = {
  faults: {
    rate: 0.4,
    kinds: ["late copy", "stalled", "data refused"] as const,
    commands: ["settleFailed", "applyChunk"],
  },
};

describe("the checker finds what breaks without", () => {
  const removals: Array<[guard: string, options: SimulationOptions]> = [
    ["the fence", { postgresWithout: ["fence"] }],
    ["the row's batch guard", { postgresWithout: ["row"] }],
    ["the check before a failure is final", { postgresWithout: ["applied before"] }],
    ["the one running row", { postgresWithout: ["one run"] }],
    ["the owner check", { redisWithout: ["owner"] }],
    ["the younger run's claim", { redisWithout: ["younger"], topics: ["a"], ...sleepers }],
    ["the regression check", { redisWithout: ["regression"], mayLoseWrites: true }],
    ["the seal of a chosen batch", { redisWithout: ["seal"], topics: ["a"], ...lateCopies }],
    ["the mark of a seen viewer", { redisWithout: ["seen"] }],
    [
      "the mark of a discard that is done",
      { redisWithout: ["discard is done"], topics: ["c"], ...lateCopies },
    ],
    ["settling after the commit", { wrapPorts: settleBeforeCommit }],
    ["leaving an unknown outcome open", { wrapPorts: unknownIsFailed }],
  ];
  const MOST_SCHEDULES = 2_000;

  it.each(removals)("%s", { timeout: 300_000 }, async (_guard, options) => {
    let violation: string | undefined;
    for (let seed = 1; violation === undefined && seed <= MOST_SCHEDULES; seed += 1) {
      ({ violation } = await simulate(seed, { mayLoseWrites: false, ...options }));
    }
    // A wrong step of the test itself would also break something.
    expect(violation).toMatch(
      /lost|counted twice|books|had ended|runs are running|targets$|not refused/,
    );
  });
});
