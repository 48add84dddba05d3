import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { runStatement } from "~/platform/postgres.server";
import type { BooksReader } from "~/sync/balance/books.server";
import { isRegressed } from "~/sync/balance/books.server";
import type { FailedTargets } from "~/operations/failed-targets.server";
import type { PendingMembers } from "~/operations/pending-members.server";

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

/** Prometheus gives a scrape up after ten seconds, and then has none of its values. */
const READ_TIMEOUT_MS = 4_000;

type GaugeName = keyof typeof gauges;
type Values = Partial<Record<GaugeName, number>>;
type Pings = Record<"postgres" | "redis", number | undefined>;

interface MetricsDependencies {
  pool: pg.Pool;
  daoSlug: string;
  books: BooksReader;
  pendingMembers: PendingMembers;
  failures: FailedTargets;
  /** In seconds; undefined for a dependency that does not answer. */
  health: { pings(): Promise<Pings> };
  logger: Logger;
}

interface LastRuns {
  success: number | null;
  cron: number | null;
}

const lastRuns = `
SELECT extract(epoch FROM max(finished_at) FILTER (WHERE status IN ('succeeded', 'empty')))::float8 AS success,
  extract(epoch FROM max(finished_at) FILTER (WHERE trigger = 'cron'))::float8 AS cron
FROM sync_runs WHERE dao_slug = $1`;

/** Reads the gauges of a DAO from both stores. Never throws: what cannot be read is left out. */
export class MetricsReader {
  /** Name and description of each gauge. */
  readonly gauges: Record<string, string> = gauges;
  constructor(private readonly dependencies: MetricsDependencies) {}

  async read(): Promise<{ values: Record<string, number | undefined>; pings: Pings }> {
    const { health } = this.dependencies;
    const [pings, books, failing, ended] = await Promise.all([
      health.pings(),
      this.#orNothing(() => this.#books()),
      this.#orNothing(() => this.#failing()),
      this.#orNothing(() => this.#ended()),
    ]);
    return { values: { ...books, ...failing, ...ended }, pings };
  }

  async #orNothing(read: () => Promise<Values>): Promise<Values> {
    const limit = new AbortController();
    try {
      const late = setTimeout(READ_TIMEOUT_MS, undefined, { ref: false, signal: limit.signal });
      const values = await Promise.race([read(), late]);
      if (values) return values;
      throw new Error(`No answer within ${READ_TIMEOUT_MS} ms`);
    } catch (error) {
      this.dependencies.logger.warn({ err: error }, "A part of the metrics could not be read");
      return {};
    } finally {
      limit.abort();
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
    const [row] = await runStatement<LastRuns>(pool, lastRuns, [daoSlug]);
    return {
      forum_views_sync_last_success_timestamp_seconds: row?.success ?? undefined,
      forum_views_sync_last_cron_timestamp_seconds: row?.cron ?? undefined,
    };
  }
}
