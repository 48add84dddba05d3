import type { Problem } from "~/monitoring/problems";

export type AlertKind =
  "failed-run" | "late-cron" | "parked-targets" | "books-off" | "regressed-batch" | "wiped-redis";

/** Something that is wrong, and where the dashboard shows it. */
export interface Finding extends Problem {
  /** A path of this application, for example `/admin`. */
  path: string;
}

/** What is known about each kind: what is wrong, or null when all is well. Missing kinds are unknown. */
export type Findings = Map<AlertKind, Finding | null>;

export type AlertState = "firing" | "resolved";

/** A message to the receiver: one when an alert begins, and one when it is over. */
export interface AlertMessage extends Finding {
  /** The same at every attempt, so that a receiver can drop a second copy. */
  id: string;
  kind: AlertKind | "weekly-summary" | "test";
  state: AlertState;
  dao: string;
  startedAt: Date;
  /** Only in a message that the alert is over. */
  resolvedAt: Date | null;
}
