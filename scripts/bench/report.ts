import { markdownTable } from "../local/markdown-table";

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

/**
 * Between two samples it is interpolated.
 * @param rank 0 to 100
 * @throws RangeError when there are no samples
 */
export function percentile(samples: number[], rank: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const position = ((sorted.length - 1) * rank) / 100;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError("There are no samples");
  return below + (above - below) * (position - Math.floor(position));
}

/** Three significant digits: more would be noise. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** `12.3 (11.9–14)`: the median of the rounds, and their extremes. */
export function spreadFigure(samples: number[]): string {
  const [median, min, max] = [50, 0, 100].map((rank) => figure(percentile(samples, rank)));
  return `${median} (${min}–${max})`;
}
