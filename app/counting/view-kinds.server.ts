import type pg from "pg";
import type { Logger } from "pino";
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
    case "prefetch":
    case "rate":
    case "origin":
    case "unauthorized":
    case "malformed":
    case "failed":
      return undefined;
  }
}

/** Views of a day by their kind. */
export type KindsOfDay = { day: string } & Record<ViewKind, number>;

/** How long counts are kept in memory, where a crash loses them. */
const FLUSH_SECONDS = 10;

/** $1 dao, $2 days, $3 kinds, $4 views. */
const addViews = `
INSERT INTO view_kinds_daily AS kinds (dao_slug, day, kind, views)
SELECT $1, added.* FROM unnest($2::date[], $3::text[], $4::bigint[]) AS added ORDER BY 2, 3
ON CONFLICT (dao_slug, day, kind) DO UPDATE SET views = kinds.views + excluded.views`;

/** $1 dao, $2 first day, $3 last day. */
const kindsByDay = `
SELECT to_char(day, 'YYYY-MM-DD') AS day, kind, views FROM view_kinds_daily
WHERE dao_slug = $1 AND day BETWEEN $2 AND $3 ORDER BY day`;

/**
 * How many views of each day were of which kind, as information for operators. It is no part of the balance:
 * a process that crashes loses what it has noted in the last seconds, and an outage of PostgreSQL may lose or
 * repeat some.
 */
export class ViewKinds {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  #noted = new Map<string, Map<ViewKind, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(dependencies: { pool: pg.Pool; daoSlug: string; clock: () => Date; logger: Logger }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
  }

  /** Never waits, and never throws. */
  note(kind: ViewKind, views = 1, day = this.#clock().toISOString().slice(0, 10)): void {
    const ofDay = this.#noted.get(day) ?? new Map<ViewKind, number>();
    this.#noted.set(day, ofDay);
    ofDay.set(kind, (ofDay.get(kind) ?? 0) + views);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_SECONDS * 1_000).unref();
  }

  /** Writes down what was noted. What cannot be written is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const noted = [...this.#noted].flatMap(([day, kinds]) =>
      [...kinds].map(([kind, views]) => ({ day, kind, views })),
    );
    if (noted.length === 0) return;
    this.#noted = new Map();
    try {
      await runStatement(this.#pool, addViews, [
        this.#daoSlug,
        noted.map(({ day }) => day),
        noted.map(({ kind }) => kind),
        noted.map(({ views }) => views),
      ]);
    } catch (error) {
      this.#logger.debug({ err: error }, "The views by kind could not be written down");
      for (const { kind, views, day } of noted) this.note(kind, views, day);
    }
  }

  /**
   * The days that have any, from `first` to `last` (both YYYY-MM-DD, both included). @throws DependencyError
   */
  async read(first: string, last: string): Promise<KindsOfDay[]> {
    const rows = await runStatement<{ day: string; kind: ViewKind; views: string }>(
      this.#pool,
      kindsByDay,
      [this.#daoSlug, first, last],
    );
    const days = new Map<string, KindsOfDay>();
    for (const { day, kind, views } of rows) {
      const ofDay = days.get(day) ?? {
        day,
        wallet: 0,
        anonymous: 0,
        bot: 0,
        duplicate: 0,
        capped: 0,
      };
      days.set(day, { ...ofDay, [kind]: Number(views) });
    }
    return [...days.values()];
  }
}
