import pg from "pg";

export type Dependency = "redis" | "postgres";

/**
 * A server we depend on was away, too slow, or refused. `message` is safe to show; the driver's own
 * error, with its host names and statements, is the `cause` and belongs in the log only.
 */
export class DependencyError extends Error {
  override name = "DependencyError";

  constructor(
    readonly dependency: Dependency,
    message: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

const unavailableStates = ["08", "53", "57P", "58"];

/** States that an operator can do something about. */
const plainStates: Record<string, string> = {
  "53100": "The database's disk is full",
  "55P03": "A row of the database is locked by another session",
  "57014": "The database took too long",
};

/** SQLSTATE of an error that the server itself reported; undefined when the connection failed. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  return (error as PrismaError | undefined)?.meta?.driverAdapterError?.cause?.originalCode;
}

/** The part of Prisma's errors that has what the server said. */
interface PrismaError {
  meta?: { driverAdapterError?: { cause?: { originalCode?: string } } };
}

export function databaseError(cause: unknown): DependencyError {
  const state = sqlState(cause);
  const refused =
    state !== undefined && !unavailableStates.some((start) => state.startsWith(start));
  const usual = refused ? "Database error" : "Database connection failed";
  return new DependencyError("postgres", plainStates[state ?? ""] ?? usual, cause);
}

/**
 * Replies of a server that is not the right one to ask, or not yet. They do not mean that the command was not
 * executed: it may be a re-sent one that the former master has executed.
 */
const failoverReplies =
  /^(LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|ASK|TRYAGAIN|NOREPLICAS)\b|\bREADONLY\b/;

/** Replies of a Redis that takes no more writes: its memory is used up, or it fails to write to its disk. */
const fullReplies: Array<[reply: RegExp, message: string]> = [
  [/\bOOM command not allowed/, "Redis is full"],
  [/\bMISCONF\b/, "Redis is full: it cannot write to its disk"],
];

/** Whether Redis takes no more writes. It still answers reads. */
export function isRedisFull(error: unknown): boolean {
  return (
    error instanceof DependencyError && fullReplies.some(([, message]) => message === error.message)
  );
}

/** A full Redis refuses every transaction, also one of reads, and only the errors of its commands name the reason. */
function fullMessage(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const errors = [cause, ...((cause as { previousErrors?: Error[] }).previousErrors ?? [])];
  return fullReplies.find(([reply]) => errors.some(({ message }) => reply.test(message)))?.[1];
}

export function redisError(cause: unknown): DependencyError {
  const full = fullMessage(cause);
  if (full !== undefined) return new DependencyError("redis", full, cause);
  const refused =
    cause instanceof Error && cause.name === "ReplyError" && !failoverReplies.test(cause.message);
  return new DependencyError("redis", refused ? "Redis error" : "Redis connection failed", cause);
}

/** Calls Redis, and turns any error into a `DependencyError`. */
export async function onRedis<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof DependencyError ? error : redisError(error);
  }
}

/** The same for PostgreSQL, through `pg` or Prisma. */
export async function onDatabase<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof DependencyError ? error : databaseError(error);
  }
}
