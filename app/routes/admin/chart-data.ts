import type { RunStatus } from "./status-badge";

export interface DayViews {
  /** A UTC day, "2025-11-22". */
  day: string;
  views: number;
}

export interface RunViews {
  runId: string;
  /** ISO 8601. */
  startedAt: string;
  views: number;
  /** Null while it runs. */
  durationMs: number | null;
  status: RunStatus;
}

/** Names of colours of the palette. */
export const runColors: Record<RunStatus, string> = {
  running: "chart-2",
  stalled: "chart-warning",
  succeeded: "chart-success",
  partial: "chart-warning",
  failed: "chart-danger",
  interrupted: "chart-warning",
  empty: "chart-neutral",
};
