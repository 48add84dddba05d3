import type pg from "pg";
import type { Logger } from "pino";
import { utcDay } from "~/lib/utc-days";
import { runStatement } from "~/platform/postgres.server";
import type { ViewOutcome } from "./view-outcomes";

/** What became of a view: counted, for either kind of viewer, or not counted, and why. */
export const viewKinds = ["wallet", "anonymous", "bot", "duplicate", "capped"] as const;
export type ViewKind = (typeof viewKinds)[number];

/** Undefined for outcomes that are not reported by kind. */
export function kindOf(outcome: ViewOutcome, isWallet: boolean): ViewKind | undefined {
  switch (outcome) {
    case "counted":
      return isWallet ? "wallet" : "anonymous";
    case "network":
      return "capped";
    case "bot":
    case "duplicate":
      return outcome;
    default:
      return undefined;
  }
}

/** How long counts are kept in memory, where a crash loses them. */
const FLUSH_SECONDS = 10;

/** $1 dao, $2 days, $3 kinds, $4 views. */
const addViews = `
INSERT INTO view_kinds_daily AS kinds (dao_slug, day, kind, views)
SELECT $1, added.* FROM unnest($2::date[], $3::text[], $4::bigint[]) AS added ORDER BY 2, 3
ON CONFLICT (dao_slug, day, kind) DO UPDATE SET views = kinds.views + excluded.views`;

/** $1 dao, $2 first day, $3 last day. */
const kindsOfDays = `
SELECT kind, sum(views)::float8 AS views FROM view_kinds_daily
WHERE dao_slug = $1 AND day BETWEEN $2 AND $3 GROUP BY kind`;

/**
 * How many views of each day were of which kind, as information for operators. It is no part of the balance:
 * a process that crashes loses what it has noted in the last seconds, and an outage of PostgreSQL may lose or
 * repeat some.
 */
export class ViewKinds {
  #noted = new Map<string, Map<ViewKind, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dependencies: {
      pool: pg.Pool;
      daoSlug: string;
      clock: () => Date;
      logger: Logger;
    },
  ) {}

  /** Never waits, and never throws. */
  note(kind: ViewKind, views = 1, day = utcDay(this.dependencies.clock())): void {
    const ofDay = this.#noted.get(day) ?? new Map<ViewKind, number>();
    this.#noted.set(day, ofDay);
    ofDay.set(kind, (ofDay.get(kind) ?? 0) + views);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_SECONDS * 1_000).unref();
  }

  /** Writes down what was noted. What cannot be written is kept for the next time. */
  async flush(): Promise<void> {
    const { pool, daoSlug, logger } = this.dependencies;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = [...this.#noted].flatMap(([day, kinds]) =>
      [...kinds].map(([kind, views]) => ({ day, kind, views })),
    );
    if (noted.length === 0) return;
    this.#noted = new Map();
    try {
      await runStatement(pool, addViews, [
        daoSlug,
        noted.map(({ day }) => day),
        noted.map(({ kind }) => kind),
        noted.map(({ views }) => views),
      ]);
    } catch (error) {
      logger.debug({ err: error }, "The views by kind could not be written down");
      for (const { kind, views, day } of noted) this.note(kind, views, day);
    }
  }

  /**
   * Sums of the days from `first` to `last` (both YYYY-MM-DD, both included), in the order of `viewKinds`.
   * @throws DependencyError
   */
  async read(first: string, last: string): Promise<Array<{ kind: ViewKind; views: number }>> {
    const { pool, daoSlug } = this.dependencies;
    const values = [daoSlug, first, last];
    const rows = await runStatement<{ kind: ViewKind; views: number }>(pool, kindsOfDays, values);
    const views = new Map(rows.map((row) => [row.kind, row.views]));
    return viewKinds.map((kind) => ({ kind, views: views.get(kind) ?? 0 }));
  }
}
