import type pg from "pg";
import { DependencyError, sqlState } from "./dependency-error.server";
import { runStatement } from "./postgres.server";

/** The last of `prisma/migrations` that this build needs. */
export const NEWEST_MIGRATION = "20261128070100_daily_key_by_day";

const NO_SUCH_TABLE_STATE = "42P01";
const TOO_OLD = "The database is older than this build: run db:migrate";

const isApplied = `
SELECT EXISTS (
  SELECT FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NOT NULL
) AS applied`;

/**
 * Whether the database has what this build needs. Not asked again after a yes: no migration is ever undone.
 */
export class SchemaVersion {
  #isKnown = false;

  constructor(private readonly pool: pg.Pool) {}

  /** @throws DependencyError where the database is older than the build, or away */
  async check(): Promise<void> {
    if (this.#isKnown) return;
    try {
      const values = [NEWEST_MIGRATION];
      const [row] = await runStatement<{ applied: boolean }>(this.pool, isApplied, values);
      if (!row?.applied) throw new DependencyError("postgres", TOO_OLD, undefined);
      this.#isKnown = true;
    } catch (error) {
      const isMissing =
        error instanceof DependencyError && sqlState(error.cause) === NO_SUCH_TABLE_STATE;
      throw isMissing ? new DependencyError("postgres", TOO_OLD, error) : error;
    }
  }

  /** What is wrong with the schema; undefined where nothing is, or the database is away. */
  async problem(): Promise<string | undefined> {
    try {
      await this.check();
      return undefined;
    } catch (error) {
      return error instanceof DependencyError && error.message === TOO_OLD ? TOO_OLD : undefined;
    }
  }
}
