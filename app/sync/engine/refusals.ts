import pg from "pg";

/**
 * What an error of the apply statement means for its chunk. Nothing was written, unless it is `unknown`.
 * - `data`: something in the chunk cannot be stored
 * - `transient`: the server gave up for now
 * - `stuck`: the statement met its limit
 * - `unclear`: the reason may lie in the rows (a trigger can raise any code) or in the statement as such
 * - `unknown`: the connection failed, or the server is not able to work
 */
export type Refusal =
  | { kind: "data" | "transient" | "stuck" | "unclear"; reason: string }
  | { kind: "unknown"; reason?: undefined };

const knownStates: Record<string, Refusal> = {
  "22003": {
    kind: "data",
    reason: "View count would exceed the largest that a topic can have",
  },
  "40001": { kind: "transient", reason: "Database conflict with another transaction" },
  "40P01": { kind: "transient", reason: "Database deadlock" },
  "55P03": { kind: "stuck", reason: "The topic's row is locked by another session" },
  "57014": { kind: "stuck", reason: "The database took too long" },
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
  const known = knownStates[error.code];
  if (known) return known;
  const errorClass = error.code.slice(0, 2);
  if (dataClasses.includes(errorClass)) {
    return { kind: "data", reason: dataReason(errorClass, error) };
  }
  if (serverClasses.includes(errorClass) || error.severity !== "ERROR") return { kind: "unknown" };
  return { kind: "unclear", reason: `Refused by the database (code ${error.code})` };
}

function dataReason(errorClass: string, { constraint, message }: pg.DatabaseError): string {
  if (errorClass === "22") return "The database cannot store this value";
  if (errorClass !== "23") return `Refused by the database: ${message.slice(0, 200)}`;
  return constraint
    ? `Refused by the database constraint ${constraint}`
    : "Refused by a database constraint";
}
