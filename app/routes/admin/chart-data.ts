import type { Days } from "~/stats/period";

/** One bar of a chart, or one point of each of its lines. */
export interface ViewsRow extends Days {
  /** The views of each series. */
  views: number[];
  /** The name of the days, for the axis and the tooltip. */
  label?: string;
}

/** The address of the list of runs that began on these days. */
export function runsOf({ from, to }: Days): string {
  return `/admin/runs?from=${from}T00:00Z&to=${to}T23:59Z`;
}

/** The colours of up to five topics in one chart. */
export const seriesColors = ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5"];
