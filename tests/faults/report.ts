import { markdownTable } from "../../scripts/local/markdown-table";
import { count } from "../../scripts/local/progress";
import { nothingYet, type FaultResult } from "./run-fault";

const columns: Array<[title: string, cell: (result: FaultResult) => string]> = [
  ["fault", ({ name }) => name],
  ["times", ({ times }) => count(times)],
  ["broken syncs", ({ brokenSyncs }) => count(brokenSyncs)],
  ["accepted", ({ accepted }) => count(accepted)],
  ["ambiguous", ({ ambiguous }) => count(ambiguous)],
  ["persisted", ({ persisted }) => count(persisted)],
  ["lost", ({ lost }) => count(lost)],
  ["doubled", ({ doubled }) => count(doubled)],
  ["accounted for", accountedFor],
  ["balanced", ({ balanced, times }) => `${balanced} of ${times}`],
  ["reads", ({ reads }) => count(reads)],
  ["seconds", ({ seconds }) => seconds.toFixed(0)],
];

/** The results as a Markdown table, with a line of totals. */
export function reportTable(results: FaultResult[]): string {
  const ran = results.filter(({ skipped }) => skipped === undefined);
  const rows = [...ran, totals(ran)].map((result) => columns.map(([, cell]) => cell(result)));
  const skipped = results
    .filter((result) => result.skipped !== undefined)
    .map((result) => `${result.name} was skipped: ${result.skipped}`);
  const titles = columns.map(([title]) => title);
  return [markdownTable(titles, rows), ...skipped].join("\n");
}

/** One line about one fault. */
export function verdict({ name, skipped, times, problems }: FaultResult): string {
  if (skipped !== undefined) return `– ${name}: skipped: ${skipped}`;
  if (problems.length === 0) return `✓ ${name}: ${times} times`;
  return `✗ ${name}: ${times} times, ${problems.length} problems`;
}

/** Views that a server lost although it had acknowledged them, or that an admin chose to count again. */
function accountedFor({ accountedFor: known, atRisk }: FaultResult): string {
  const parts = [
    ...(known === 0 ? [] : [known > 0 ? `+${count(known)}` : count(known)]),
    ...(atRisk === 0 ? [] : [`at most -${count(atRisk)}`]),
  ];
  return parts.join(", ") || "0";
}

function totals(results: FaultResult[]): FaultResult {
  const sums = { ...nothingYet };
  for (const part of Object.keys(sums) as Array<keyof typeof sums>) {
    for (const result of results) sums[part] += result[part];
  }
  return { name: "all", what: "", problems: [], ...sums };
}
