import pg from "pg";
import type { LimitedStatement } from "~/platform/limited-statement.server";
import * as statements from "~/sync/postgres/ledger-statements";
import type { Around } from "./in-memory-redis";
import {
  inMemoryStatements,
  readingStatements,
  type PostgresGuard,
  type Tables,
} from "./in-memory-statements";

type Row = Record<string, unknown>;

const direct: Around = (_statement, call) => Promise.resolve(call());

const { booksOf, ...ledger } = statements;
const ledgerNames = new Map<string, string>([
  [booksOf("$1"), "books"],
  ...Object.entries(ledger).map(([name, text]) => [text, name] as const),
]);
/** Statements that their modules do not export, recognised by a text that only they contain. */
const otherNames: Array<[fragment: string, name: string]> = [
  ["'discard', jsonb_build_object", "discard"],
  ["'views-taken-off'", "takeOff"],
  ["AS wanted", "topicRows"],
];

function statementName(text: string): string {
  const name = ledgerNames.get(text);
  return name ?? otherNames.find(([fragment]) => text.includes(fragment))?.[1] ?? text;
}

/** An error as the server reports it: nothing was written. */
export function refusal(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError(`refused with ${code}`, 0, "error");
  error.code = code;
  error.severity = "ERROR";
  return error;
}

/**
 * PostgreSQL in memory, for one DAO: each statement of the flush is one transaction and runs to its end
 * before anything else happens. Real locks have the same effect: everything that a statement has written, and
 * the run's row that it depends on, is locked until it commits.
 */
export class InMemoryPostgres {
  readonly tables: Tables;
  /** Rises with every statement that may have changed something. */
  version = 0;

  constructor({ now, without = [] }: { now: () => number; without?: PostgresGuard[] }) {
    this.tables = {
      now,
      without: new Set(without),
      refused: new Map(),
      runs: [],
      stats: new Map(),
      daily: new Map(),
      failedTargets: new Map(),
      runTargets: [],
      audit: [],
      books: undefined,
    };
  }

  /** Writes an audit entry, which goes through Prisma and not through the pool. */
  note(action: string): void {
    this.version += 1;
    this.tables.audit.push({ action, details: {} });
  }

  /** A pool of connections to it. */
  pool(around: Around = direct): pg.Pool {
    const client = {
      query: ({ statement: { text, values }, answered }: LimitedStatement<Row>) => {
        const name = statementName(text);
        void around(name, () => this.#execute(name, values)).then(
          (rows) => answered(undefined, rows as Row[]),
          (error: Error) => answered(error, []),
        );
      },
      on() {},
      off() {},
      release() {},
    };
    return { options: {}, connect: () => Promise.resolve(client) } as unknown as pg.Pool;
  }

  #execute(name: string, values: unknown[]): unknown {
    const statement = inMemoryStatements[name];
    if (!statement) throw new Error(`The in-memory PostgreSQL does not know: ${name}`);
    if (!readingStatements.has(name)) this.version += 1;
    const rows = statement(this.tables, values);
    if (typeof rows === "string") throw refusal(rows);
    return rows;
  }
}
