import type { Days } from "~/stats/period";

/** One bar of a chart, or one point of each of its lines. */
export interface ViewsRow extends Days {
  /** Of each series. */
  views: number[];
  /** What the days are called, for the axis and the pointer. */
  label?: string;
}

/** The list of the runs that began on these days. */
export function runsOf({ from, to }: Days): string {
  return `/admin/runs?from=${from}T00:00Z&to=${to}T23:59Z`;
}

/** Of up to five topics in one chart. */
export const seriesColors = ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5"];
