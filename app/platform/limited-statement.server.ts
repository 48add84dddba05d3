import pg from "pg";

/** How long a statement may wait for one lock, and how long it may take in all. */
export interface StatementLimit {
  lockMs: number;
  statementMs: number;
  /**
   * For reports that join sets of rows. PostgreSQL has no statistics of a DAO that has just come, expects one row of
   * it, and would go through all of its topics once for each of them.
   */
  withoutNestedLoops?: boolean;
}

/** The lower one of our limit and of the one that is set for the role or the database, where 0 means none. */
function lower(setting: "lock_timeout" | "statement_timeout", milliseconds: number): string {
  const current = `current_setting('${setting}')`;
  const ours = Math.max(1, Math.ceil(milliseconds));
  return `set_config('${setting}', LEAST(${ours},
    (NULLIF(extract(epoch FROM ${current}::interval), 0) * 1000)::int)::text, true)`;
}

/** Returns no rows. */
function limitStatement({ lockMs, statementMs, withoutNestedLoops }: StatementLimit): string {
  return `SELECT WHERE ${lower("lock_timeout", lockMs)} IS NULL
    OR ${lower("statement_timeout", statementMs)} IS NULL
    ${withoutNestedLoops ? "OR set_config('enable_nestloop', 'off', true) IS NULL" : ""}`;
}

/**
 * A statement that the server itself ends at its limit, so that it does not keep working for a client that
 * has given up. A statement before it sets the limit, in the same message and so in the same transaction:
 * this costs no round trip, and affects no other statement, even behind a PgBouncer.
 */
export class LimitedStatement<Row extends pg.QueryResultRow> extends pg.Query<Row> {
  constructor(
    readonly statement: { text: string; values: unknown[]; limit: StatementLimit | null },
    readonly answered: (error: Error | undefined, rows: Row[]) => void,
  ) {
    const { text, values } = statement;
    // Extended even without values, because the statement before it uses the extended protocol.
    const config = { text, values, queryMode: "extended" };
    super(config, (error, result) => {
      // The result of the limit comes first.
      const [last] = [result].flat().slice(-1);
      answered(error ?? undefined, last?.rows ?? []);
    });
  }

  override submit = (connection: pg.Connection): void => {
    connection.stream.cork();
    try {
      const { limit } = this.statement;
      if (limit) {
        connection.parse({ name: "", text: limitStatement(limit), types: [] }, true);
        connection.bind({ portal: "", statement: "", values: [] }, true);
        connection.execute({ portal: "", rows: "0" }, true);
      }
      pg.Query.prototype.submit.call(this, connection);
    } finally {
      connection.stream.uncork();
    }
  };
}
