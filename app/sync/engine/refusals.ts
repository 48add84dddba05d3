import pg from "pg";

/** What an error of the apply statement means for its chunk. */
export type Refusal =
  /** Something in the chunk cannot be stored. Nothing was written. */
  | { kind: "data"; reason: string }
  /** The server gave up for now. Nothing was written. */
  | { kind: "transient"; reason: string }
  /** The statement met its limit. Nothing was written. */
  | { kind: "stuck"; reason: string }
  /**
   * The server refused for a reason that may lie in the rows (a trigger can raise any code) or in the
   * statement as such. Nothing was written.
   */
  | { kind: "unclear"; reason: string }
  /** The connection failed, or the server is not able to work: the outcome is unknown. */
  | { kind: "unknown"; reason?: undefined };

const transientReasons: Record<string, string> = {
  "40001": "Database conflict with another transaction",
  "40P01": "Database deadlock",
};

const stuckReasons: Record<string, string> = {
  "55P03": "The topic's row is locked by another session",
  "57014": "The database took too long",
};

/**
 * SQLSTATE classes that say something about the rows: data exception, integrity constraint, and what
 * triggers and functions raise. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const dataClasses = ["09", "22", "23", "27", "38", "39", "44", "P0"];

/**
 * What says nothing about rows: connection, transaction state, prepared statements, rollback (with
 * "completion unknown"), resources, operator intervention and the system.
 */
const serverClasses = ["08", "25", "26", "40", "53", "55", "57", "58"];

/** Reads an error of the driver. Reasons are sentences for operators, without statements or hosts. */
export function readRefusal(error: unknown): Refusal {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return { kind: "unknown" };
  const transient = transientReasons[error.code];
  if (transient !== undefined) return { kind: "transient", reason: transient };
  const stuck = stuckReasons[error.code];
  if (stuck !== undefined) return { kind: "stuck", reason: stuck };
  const errorClass = error.code.slice(0, 2);
  if (dataClasses.includes(errorClass)) {
    return { kind: "data", reason: dataReason(error.code, error) };
  }
  if (serverClasses.includes(errorClass) || error.severity !== "ERROR") return { kind: "unknown" };
  return { kind: "unclear", reason: `Refused by the database (code ${error.code})` };
}

function dataReason(code: string, error: pg.DatabaseError): string {
  if (code === "22003") return "View count would exceed the largest that a topic can have";
  if (code.startsWith("22")) return "The database cannot store this value";
  if (code.startsWith("23")) {
    return error.constraint
      ? `Refused by the database constraint ${error.constraint}`
      : "Refused by a database constraint";
  }
  return `Refused by the database: ${error.message.slice(0, 200)}`;
}
