import { markdownTable } from "../local/markdown-table";
import type { Spread } from "./statistics";

export interface Table {
  title: string;
  /** What a reader has to know to read the numbers, one sentence each. */
  notes: string[];
  columns: string[];
  rows: string[][];
}

/** What one part of the bench has found. */
export interface PartResult {
  part: string;
  tables: Table[];
  /** Every single measurement, for those who want other statistics. */
  samples: unknown;
}

export function renderMarkdown({ title, notes, columns, rows }: Table): string {
  const head = [`### ${title}`, "", ...notes.map((note) => `- ${note}`), ""];
  return [...head, markdownTable(columns, rows)].join("\n");
}

/** Three significant digits: more would be noise. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** `12.3 (11.9–14)`: the median, and the rounds' extremes. */
export function spreadFigure({ median, min, max }: Spread): string {
  return `${figure(median)} (${figure(min)}–${figure(max)})`;
}
