import { setTimeout } from "node:timers/promises";
import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import type { Logger } from "pino";
import { PrismaClient as GeneratedClient } from "~/generated/prisma/client";
import { databaseError, onDatabase, sqlState } from "./dependency-error.server";
import { LimitedStatement, type StatementLimit } from "./limited-statement.server";
import { parsePostgresUrl } from "./postgres-url";

/** docs/decisions/0010-prisma-and-sql.md says which statements use which of the two. */
export interface Database {
  /**
   * For statements that are one atomic step or one set-based report, through `runStatement`. For pages and
   * requests, which only wait briefly for a connection.
   */
  pool: pg.Pool;
  /** For syncs and cleanups, which wait until a sleeping PostgreSQL has woken up. */
  patientPool: pg.Pool;
  /** For plain reads and writes of rows, on the connections of pages and requests. */
  prisma: PrismaClient;
  close(): Promise<void>;
}

/** How long a command waits for a connection: PostgreSQL may have to wake up first. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** How long a page or a request waits for one. */
const REQUEST_CONNECT_TIMEOUT_MS = 3_000;
/** How long the server lets a statement wait and work. */
export const USUAL_LIMIT: StatementLimit = { lockMs: 5_000, statementMs: 13_000 };
/**
 * How long we wait for a statement's answer: longer than the server's limit, so that the server gives up
 * first.
 */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A sync applies two chunks at once and also has to renew its lease. */
const MOST_PATIENT_CONNECTIONS = 4;
/** Between two attempts to connect to a PostgreSQL that is starting. */
const STARTING_RETRY_MS = 250;
const STARTING_STATE = "57P03";

export function connectDatabase({
  url,
  poolSize: defaultPoolSize,
  connectTimeoutMs: defaultConnectTimeoutMs = CONNECT_TIMEOUT_MS,
  logger,
}: {
  /** Its `connection_limit` and `connect_timeout` override the other two options. */
  url: string;
  poolSize: number;
  connectTimeoutMs?: number;
  logger: Logger;
}): Database {
  const address = parsePostgresUrl(url);
  const poolSize = address.poolSize ?? defaultPoolSize;
  const connectTimeoutMs = address.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const patientConnections = Math.min(MOST_PATIENT_CONNECTIONS, Math.floor(poolSize / 2));
  const createPool = (max: number, connectionTimeoutMillis: number) => {
    const pool = new pg.Pool({
      application_name: "forum-views",
      ...address.config,
      ...{ max, connectionTimeoutMillis },
      query_timeout: STATEMENT_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
    });
    pool.on("error", (error: Error & { code?: string }) => {
      logger.warn({ code: error.code }, "An idle database connection was lost");
    });
    return pool;
  };
  const pool = createPool(
    poolSize - patientConnections,
    Math.min(connectTimeoutMs, REQUEST_CONNECT_TIMEOUT_MS),
  );
  const patientPool = createPool(patientConnections, connectTimeoutMs);
  const prisma = createPrisma(pool, address.schema);
  return {
    pool,
    patientPool,
    prisma,
    async close() {
      await prisma.$disconnect();
      await Promise.all([pool.end(), patientPool.end()]);
    },
  };
}

export type PrismaClient = ReturnType<typeof createPrisma>;

/** Prisma on the same pool. Every error of its queries becomes a `DependencyError`. */
function createPrisma(pool: pg.Pool, schema: string | undefined) {
  return new GeneratedClient({ adapter: prismaAdapter(pool, schema) }).$extends({
    query: { $allOperations: ({ args, query }) => onDatabase(() => query(args)) },
  });
}

/**
 * Prisma names the schema in its statements, `public` by default. It is given the current schema, so that it
 * finds the same tables as statements that name none.
 */
export function prismaAdapter(
  pool: pg.Pool,
  named: string | undefined,
): SqlMigrationAwareDriverAdapterFactory {
  const adapterIn = (schema: string) => new PrismaPg(pool, { schema });
  const adapter = adapterIn(named ?? "public");
  return {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    connect: async () => adapterIn(named ?? (await currentSchema(pool))).connect(),
    connectToShadowDb: () => adapter.connectToShadowDb(),
  };
}

async function currentSchema(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ schema: string | null }>("SELECT current_schema AS schema");
  const schema = rows[0]?.schema;
  if (schema) return schema;
  throw new Error("The database has none of the schemas in the search path of its role");
}

/**
 * Sends one statement, which the server ends at its limit. A connection whose fate is unknown (cut, timed out,
 * shut down) is thrown away; one that only reported an error is kept.
 * @throws DependencyError whose `cause` is the driver's own error
 */
export async function runStatement<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[],
  limit: StatementLimit | null = USUAL_LIMIT,
): Promise<Row[]> {
  const client = await onDatabase(() => connectTo(pool));
  // A lost connection also emits an event, which would end the process if nobody listened.
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    return await new Promise<Row[]>((resolve, reject) => {
      const answered = (error: Error | undefined, rows: Row[]) =>
        error ? reject(error) : resolve(rows);
      client.query(new LimitedStatement<Row>({ text, values, limit }, answered));
    });
  } catch (error) {
    const reported = error instanceof pg.DatabaseError && error.severity === "ERROR";
    if (!reported) broken = error as Error;
    throw databaseError(error);
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

/** Tries again while PostgreSQL is starting and refuses connections, until the connection timeout is over. */
async function connectTo(pool: pg.Pool): Promise<pg.PoolClient> {
  const giveUpAt = performance.now() + (pool.options.connectionTimeoutMillis ?? 0);
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      if (sqlState(error) !== STARTING_STATE || performance.now() >= giveUpAt) throw error;
      await setTimeout(STARTING_RETRY_MS);
    }
  }
}

function ignore(): void {}
