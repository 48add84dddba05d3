/** A table in Markdown: names stand in the first column, numbers in the others. */
export function markdownTable(columns: string[], rows: string[][]): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) =>
    Math.max(4, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const padded = (cells: string[]) =>
    cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [padded(columns), rule, ...rows.map(padded)]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
