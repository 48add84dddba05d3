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
  const widths = widthsOf([columns, ...rows]).map((width) => Math.max(width, 4));
  const line = (cells: string[]) => `| ${padded(cells, widths).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    isText(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  const head = [`### ${title}`, "", ...notes.flatMap((note) => [`- ${note}`]), ""];
  return [...head, line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** Names stand in the first column, numbers in the others. */
function isText(column: number): boolean {
  return column === 0;
}

function widthsOf(lines: string[][]): number[] {
  const columns = lines[0] ?? [];
  return columns.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
}

function padded(cells: string[], widths: number[]): string[] {
  return cells.map((cell, column) => {
    const width = widths[column] ?? 0;
    return isText(column) ? cell.padEnd(width) : cell.padStart(width);
  });
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
