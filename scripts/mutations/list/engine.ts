import { guardsOf } from "../mutation";
import { heldUp, redisLoss, simulation, syncEngine } from "./test-files";

const bisectTest = "app/sync/engine/bisect.test.ts";
const regression = "tests/integration/regression.test.ts";

export const engine = [
  ...guardsOf("app/sync/engine/drain-batch.ts", simulation, {
    "close-after-commit": {
      guard: "A batch is dropped only after PostgreSQL has taken it",
      find: "send: (part, limit) => ledger.applyChunk(run, batch.id, part, limit),",
      replace: `send: async (part, limit) => {
        await this.dependencies.batches.close(batch.id);
        await ledger.applyChunk(run, batch.id, part, limit);
      },`,
    },
    "workers-end-together": {
      guard: "A run ends only when PostgreSQL has answered for every chunk",
      find: "await Promise.allSettled(workers);",
      test: syncEngine,
    },
    "no-worker-goes-on": {
      guard: "A run begins no chunk after it has lost one",
      find: `this.#isStopping = true;
        throw error;`,
      replace: "throw error;",
      test: syncEngine,
    },
    "offset-behind-what-is-taken": {
      guard: "The offset moves over what is taken alone",
      find: "ledger.moveOffset(run, batch.id, window.end)",
      replace: "ledger.moveOffset(run, batch.id, window.end + 1)",
    },
    "what-was-not-tried-stays-open": {
      guard: "A batch of which a chunk was not tried to its end stays open",
      find: "this.#isStopping ||= untried > 0;",
      test: heldUp,
    },
    "closed-by-whom": {
      guard: "A run whose batch was closed already looks whether it was taken over",
      find: "if (!isClosed) await ledger.heartbeat(run);",
      test: syncEngine,
    },
  }),
  ...guardsOf("app/sync/redis/redis-batch-store.server.ts", simulation, {
    "reads-the-batch-that-it-opened": {
      guard: "What is read belongs to the batch under whose id it is applied",
      find: "return openId === String(id) ? flat : [];",
      replace: "return flat;",
    },
  }),
  ...guardsOf("app/sync/engine/sync-run.ts", redisLoss, {
    "high-water-mark-is-fresh": {
      guard: "PostgreSQL's highest batch id is read right before each batch is opened",
      find: "const highWater = await ledger.highWaterMark();",
      replace: `const kept = this as unknown as { highWater?: number };
    const highWater = (kept.highWater ??= await ledger.highWaterMark());`,
    },
    "high-water-mark-is-told": {
      guard: "A batch is opened above the highest id that PostgreSQL has seen, or not at all",
      find: "let result = await batches.open(highWater);",
      replace: "let result = await batches.open(0);",
      test: simulation,
    },
  }),
  ...guardsOf("app/sync/engine/bisect.ts", bisectTest, {
    "halving-ends-with-the-run": {
      guard: "A run whose time is up leaves the rest of a refused chunk in the open batch",
      find: "if (hasProgress && (await mustStop())) {",
      replace: "if (hasProgress && untried > 0 && (await mustStop())) {",
    },
    bisect: {
      guard: "A refused chunk is halved until only the refused targets fail",
      find: "else await split(part);",
      replace: "else refuse(part, why);",
    },
    "sample-of-a-chunk": {
      guard: "A chunk of which one of the sample is taken is not refused as a whole",
      find: "if ((await sendParts([[entry]])) || untried > 0) {",
      replace: "if ((await sendParts([[entry]])) && untried > 0) {",
    },
    "unknown-is-not-failed": {
      guard: "A chunk whose outcome is unknown is never taken for failed",
      find: 'if (kind === "unknown") throw error;',
      replace: 'if (kind === "unknown") return { reason: "unknown", isStuck: false };',
    },
    "probe-spares-the-rows": {
      guard: "Targets do not take the blame for a statement that cannot work at all",
      find: "!(await liesInEntries())",
      replace: "false",
    },
    "probe-finds-the-rows": {
      guard: "An unclear refusal of some rows does not stop the others",
      find: "!(await liesInEntries())",
      replace: "true",
    },
    "lease-while-halving": {
      guard: "A run that halves a chunk for long keeps its lease",
      find: "await lease.keep();",
    },
  }),
  ...guardsOf("app/sync/engine/sync-engine.ts", syncEngine, {
    "no-run-while-stopping": {
      guard: "A process that is stopping begins no run",
      find: "if (this.#isStopping) throw new StoppingError();",
    },
  }),
  ...guardsOf("app/sync/engine/lease.ts", bisectTest, {
    "fence-while-halving": {
      guard: "A run that was taken over while it halved a chunk stops",
      find: "await ledger.heartbeat(this.run);",
      replace: "await ledger.heartbeat(this.run).catch(() => undefined);",
    },
  }),
  ...guardsOf("app/sync/engine/refusals.ts", "app/sync/engine/refusals.test.ts", {
    "sqlstate-of-the-server": {
      guard: "What the server says about itself is never blamed on a row",
      find: '["08", "25", "26", "40", "53", "55", "57", "58"]',
      replace: "[] as string[]",
    },
  }),
  ...guardsOf("app/sync/engine/sort-members.ts", "app/sync/engine/sort-members.test.ts", {
    "one-name-in-a-batch": {
      guard: "Two names of a topic are never applied in one batch",
      find: `sorted.renamed.push(target);
      sorted.failing.push({`,
      replace: `sorted.applicable.push({ target, topicId, views });
      sorted.failing.length < 0 && sorted.failing.push({`,
    },
  }),
  ...guardsOf("app/sync/repair/regression.server.ts", regression, {
    "decision-leaves-a-trace": {
      guard: "A decision about a regressed Redis is in the audit log",
      find: 'action: "regression",',
      replace: 'action: "flush",',
    },
    "decision-only-when-regressed": {
      guard: "Nothing is decided about a Redis that has lost nothing",
      find: 'if (!isRegressed(await books.read())) return { kind: "not-regressed" };',
    },
  }),
];
