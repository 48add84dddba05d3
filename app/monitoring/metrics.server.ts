import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { viewOutcomes, type ViewOutcome } from "~/counting/view-outcomes";
import type { EndedRun } from "~/sync/engine/run-dependencies";
import type { MetricsReader } from "./metrics-reader.server";

/** Histogram buckets: from a sync of nothing to one of a million targets. */
const DURATIONS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];
const SIZES = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Gauges that prom-client names like counters; the ones without `_total` say more. */
const MISNAMED = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

/**
 * The metrics of this process and of the DAO. Counters and histograms are about this process; gauges are
 * about the DAO and read at each scrape, so that every instance reports the same. A gauge that cannot be read
 * is left out: no number is better than an old one.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #reader: MetricsReader;
  readonly #gauges = new Map<string, Gauge>();
  readonly #views: Counter<"outcome">;
  readonly #runs: Counter<"status" | "trigger">;
  readonly #runSeconds: Histogram<"trigger">;
  readonly #runTargets: Histogram<"trigger">;
  readonly #up: Gauge<"dependency">;
  readonly #ping: Gauge<"dependency">;

  constructor(reader: MetricsReader) {
    this.#reader = reader;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    this.#views = new Counter({
      name: "forum_views_requests_total",
      help: "Requests to count a view, by outcome.",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of viewOutcomes) this.#views.inc({ outcome }, 0);
    this.#runs = new Counter({
      name: "forum_views_sync_runs_total",
      help: "Sync runs that ended in this process.",
      labelNames: ["status", "trigger"],
      registers,
    });
    // From 0, so that Prometheus sees the first failure as an increase.
    for (const status of ["failed", "interrupted"]) {
      for (const trigger of ["cron", "flush", "retry"]) this.#runs.inc({ status, trigger }, 0);
    }
    this.#runSeconds = new Histogram({
      name: "forum_views_sync_duration_seconds",
      help: "How long sync runs took.",
      labelNames: ["trigger"],
      buckets: DURATIONS,
      registers,
    });
    this.#runTargets = new Histogram({
      name: "forum_views_sync_targets",
      help: "How many targets sync runs had to flush.",
      labelNames: ["trigger"],
      buckets: SIZES,
      registers,
    });
    this.#up = new Gauge({
      name: "forum_views_dependency_up",
      help: "1 when the dependency answers within a second.",
      labelNames: ["dependency"],
      registers,
    });
    this.#ping = new Gauge({
      name: "forum_views_dependency_ping_seconds",
      help: "How long the dependency took to answer just now.",
      labelNames: ["dependency"],
      registers,
    });
    for (const [name, help] of Object.entries(reader.gauges)) {
      this.#gauges.set(name, new Gauge({ name, help, registers }));
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
    const { values, pings } = await this.#reader.read();
    for (const [dependency, seconds] of Object.entries(pings)) {
      this.#up.set({ dependency }, seconds === undefined ? 0 : 1);
      if (seconds === undefined) this.#ping.remove({ dependency });
      else this.#ping.set({ dependency }, seconds);
    }
    for (const [name, gauge] of this.#gauges) {
      const value = values[name];
      if (value === undefined) gauge.remove();
      else gauge.set(value);
    }
    return { text: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
