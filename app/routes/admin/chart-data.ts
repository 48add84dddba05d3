import type { Days } from "~/stats/period";

/** One bar of a chart, or one point of each of its lines. */
export interface ViewsRow extends Days {
  /** Of each series. */
  views: number[];
  /** What the days are called, for the axis and the pointer. */
  label?: string;
}

/** Of up to five topics in one chart. */
export const seriesColors = ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5"];
