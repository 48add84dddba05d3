import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { viewOutcomes, type ViewOutcome } from "~/counting/view-outcomes";
import type { FailedTargets } from "~/operations/failed-targets.server";
import type { PendingMembers } from "~/operations/pending-members.server";
import { runStatement } from "~/platform/postgres.server";
import type { BooksReader } from "~/sync/balance/books.server";
import { isRegressed } from "~/sync/balance/books.server";
import type { EndedRun } from "~/sync/engine/run-dependencies";

/** Histogram buckets: from a sync of nothing to one of a million targets. */
const DURATIONS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
const SIZES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Gauges that prom-client names like counters; the ones without `_total` say more. */
const MISNAMED = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

/** The gauges of the DAO, and what they say. */
const gauges = {
  forum_views_pending_views: "Views in the overlay and in the open batch.",
  forum_views_pending_targets: "Targets in the overlay and in the open batch.",
  forum_views_pending_oldest_seconds: "How long the oldest pending view has been waiting.",
  forum_views_batch_age_seconds: "How long the open batch has been open; 0 when none is.",
  forum_views_failing_views:
    "Views that PostgreSQL keeps of failing targets, which syncs try again.",
  forum_views_failing_targets: "Targets whose last flush failed, and which are not parked.",
  forum_views_parked_views: "Views that PostgreSQL keeps of targets that have failed too often.",
  forum_views_parked_targets: "Targets that have failed too often, which syncs leave alone.",
  forum_views_accepted_views: "Views accepted since the books were opened.",
  forum_views_applied_views: "Views persisted since the books were opened.",
  forum_views_discarded_views: "Views discarded by admins since the books were opened.",
  forum_views_books_difference_views:
    "Accepted less persisted, pending, failing, parked and discarded: 0 unless views are lost or doubled.",
  forum_views_batch_regressed: "1 while Redis knows of fewer batches than PostgreSQL has seen.",
  forum_views_sync_last_success_timestamp_seconds: "When a run last ended without a failure.",
  forum_views_sync_last_cron_timestamp_seconds: "When the cron's last run ended.",
};

type Values = { [Name in keyof typeof gauges]?: number | null | undefined };

/** Prometheus gives a scrape up after ten seconds, and then has none of its values. */
const READ_TIMEOUT_MS = 4_000;

/** Each column is named like its gauge. $1 dao. */
const lastRuns = `
SELECT extract(epoch FROM max(finished_at) FILTER (WHERE status IN ('succeeded', 'empty')))::float8
    AS forum_views_sync_last_success_timestamp_seconds,
  extract(epoch FROM max(finished_at) FILTER (WHERE trigger = 'cron'))::float8
    AS forum_views_sync_last_cron_timestamp_seconds
FROM sync_runs WHERE dao_slug = $1`;

interface Dependencies {
  pool: pg.Pool;
  daoSlug: string;
  books: BooksReader;
  pendingMembers: PendingMembers;
  failures: FailedTargets;
  /** In seconds; undefined for a dependency that does not answer. */
  health: { pings(): Promise<Record<"postgres" | "redis", number | undefined>> };
  logger: Logger;
}

/**
 * The metrics of this process and of the DAO. Counters and histograms are about this process; gauges are
 * about the DAO and read at each scrape, so that every instance reports the same. A gauge that cannot be read
 * is left out: no number is better than an old one.
 */
export class Metrics {
  readonly #registry = processMetrics();
  readonly #registers = [this.#registry];
  readonly #views = new Counter({
    name: "forum_views_requests_total",
    help: "Requests to count a view, by outcome.",
    labelNames: ["outcome"],
    registers: this.#registers,
  });
  readonly #runs = new Counter({
    name: "forum_views_sync_runs_total",
    help: "Sync runs that ended in this process.",
    labelNames: ["status", "trigger"],
    registers: this.#registers,
  });
  readonly #runSeconds = new Histogram({
    name: "forum_views_sync_duration_seconds",
    help: "How long sync runs took.",
    labelNames: ["trigger"],
    buckets: DURATIONS,
    registers: this.#registers,
  });
  readonly #runTargets = new Histogram({
    name: "forum_views_sync_targets",
    help: "How many targets sync runs had to flush.",
    labelNames: ["trigger"],
    buckets: SIZES,
    registers: this.#registers,
  });
  readonly #up = new Gauge({
    name: "forum_views_dependency_up",
    help: "1 when the dependency answers within a second.",
    labelNames: ["dependency"],
    registers: this.#registers,
  });
  readonly #ping = new Gauge({
    name: "forum_views_dependency_ping_seconds",
    help: "How long the dependency took to answer just now.",
    labelNames: ["dependency"],
    registers: this.#registers,
  });
  readonly #gauges = Object.entries(gauges).map(([name, help]) => ({
    name: name as keyof Values,
    gauge: new Gauge({ name, help, registers: this.#registers }),
  }));

  constructor(private readonly dependencies: Dependencies) {
    for (const outcome of viewOutcomes) this.#views.inc({ outcome }, 0);
    // From 0, so that Prometheus sees the first failure as an increase.
    for (const status of ["failed", "interrupted"]) {
      for (const trigger of ["cron", "flush", "retry"]) this.#runs.inc({ status, trigger }, 0);
    }
  }

  viewRequested(outcome: ViewOutcome): void {
    this.#views.inc({ outcome });
  }

  runEnded({ status, trigger, seconds, targets }: EndedRun): void {
    this.#runs.inc({ status, trigger });
    this.#runSeconds.observe({ trigger }, seconds);
    this.#runTargets.observe({ trigger }, targets);
  }

  /** Prometheus' text format, and its content type. */
  async scrape(): Promise<{ text: string; contentType: string }> {
    const [pings, books, failing, ended] = await Promise.all([
      this.dependencies.health.pings(),
      this.#orNothing(() => this.#books()),
      this.#orNothing(() => this.#failing()),
      this.#orNothing(() => this.#ended()),
    ]);
    for (const [dependency, seconds] of Object.entries(pings)) {
      this.#up.set({ dependency }, seconds === undefined ? 0 : 1);
      if (seconds === undefined) this.#ping.remove({ dependency });
      else this.#ping.set({ dependency }, seconds);
    }
    const values: Values = { ...books, ...failing, ...ended };
    for (const { name, gauge } of this.#gauges) {
      const value = values[name];
      if (typeof value === "number") gauge.set(value);
      else gauge.remove();
    }
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }

  /** Never throws. */
  async #orNothing(read: () => Promise<Values>): Promise<Values> {
    try {
      const late = setTimeout(READ_TIMEOUT_MS, undefined, { ref: false });
      const values = await Promise.race([read(), late]);
      if (values) return values;
      throw new Error(`No answer within ${READ_TIMEOUT_MS} ms`);
    } catch (error) {
      this.dependencies.logger.warn({ err: error }, "A part of the metrics could not be read");
      return {};
    }
  }

  async #books(): Promise<Values> {
    const { books, pendingMembers } = this.dependencies;
    const [read, sizes] = await Promise.all([books.read(), pendingMembers.sizes()]);
    const ageOf = (since: Date | undefined) =>
      since === undefined ? 0 : Math.max(0, (Date.now() - since.getTime()) / 1_000);
    return {
      forum_views_pending_views: read.overlay + read.batch,
      forum_views_pending_targets: sizes.waiting + sizes.batch,
      forum_views_pending_oldest_seconds: ageOf(read.pendingSince),
      forum_views_batch_age_seconds: ageOf(read.batchOpenedAt),
      forum_views_accepted_views: read.accepted,
      forum_views_applied_views: read.applied,
      forum_views_discarded_views: read.discarded,
      // While a sync moves views between the two readings, the difference means nothing.
      forum_views_books_difference_views: read.isSettled ? read.difference : undefined,
      forum_views_batch_regressed: isRegressed(read) ? 1 : 0,
    };
  }

  async #failing(): Promise<Values> {
    const { failing, parked } = await this.dependencies.failures.counts();
    return {
      forum_views_failing_views: failing.views,
      forum_views_failing_targets: failing.targets,
      forum_views_parked_views: parked.views,
      forum_views_parked_targets: parked.targets,
    };
  }

  async #ended(): Promise<Values> {
    const { pool, daoSlug } = this.dependencies;
    const [row] = await runStatement<Values>(pool, lastRuns, [daoSlug]);
    return row!;
  }
}

function processMetrics(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  return register;
}
