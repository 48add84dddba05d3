import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import type { Logger } from "pino";
import { PrismaClient as GeneratedClient } from "~/generated/prisma/client";
import { databaseError, onDatabase } from "./dependency-error.server";

/** Where the line between the two is: docs/decisions/0008-prisma-and-sql.md. */
export interface Database {
  /** For statements that are one atomic step or one set-based report, through `runStatement`. */
  pool: pg.Pool;
  /** For plain reads and writes of rows: accounts, the audit log. */
  prisma: PrismaClient;
  close(): Promise<void>;
}

/** Milliseconds to wait for a connection, and for the answer to a statement of a page or a request. */
const CONNECT_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 15_000;

export function connectDatabase({
  url,
  poolSize,
  logger,
}: {
  url: string;
  poolSize: number;
  logger: Logger;
}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: STATEMENT_TIMEOUT,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    application_name: "forum-views",
  });
  pool.on("error", (error: Error & { code?: string }) => {
    logger.warn({ code: error.code }, "An idle database connection was lost");
  });
  const prisma = createPrisma(pool);
  return {
    pool,
    prisma,
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

export type PrismaClient = ReturnType<typeof createPrisma>;

/** Prisma on the same pool. Whatever its queries throw comes out as a `DependencyError`. */
function createPrisma(pool: pg.Pool) {
  return new GeneratedClient({ adapter: new PrismaPg(pool) }).$extends({
    query: { $allOperations: ({ args, query }) => onDatabase(() => query(args)) },
  });
}

/**
 * Sends one statement. A connection whose fate is unknown (cut, timed out, shut down) is thrown away
 * with whatever the server may still be doing on it; one that only reported an error is kept.
 * @throws DependencyError whose `cause` is the driver's own error
 */
export async function runStatement<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  const client = await onDatabase(() => pool.connect());
  // A lost connection fails the statement and is an event, too, which would end the process unheard.
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    return (await client.query<Row>(text, values)).rows;
  } catch (error) {
    const reported = error instanceof pg.DatabaseError && error.severity === "ERROR";
    if (!reported) broken = error as Error;
    throw databaseError(error);
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

function ignore(): void {}
