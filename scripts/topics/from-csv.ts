import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { parse, type Info } from "csv-parse";
import type { SourcePage } from "./write-topics";

const required = ["topicId", "title"];
const known = [...required, "url", "category", "createdAt", "hidden"];

const PAGE = 1_000;

interface Row {
  record: Record<string, string>;
  info: Pick<Info, "lines">;
}

/**
 * A CSV whose first line has the column names: topicId and title, and any of url, category, createdAt and
 * hidden.
 */
export async function* fromCsv(file: string): AsyncGenerator<SourcePage> {
  const parser = parse({ columns: checkNames, info: true, bom: true, skip_empty_lines: true });
  // All errors are reported by the parser.
  pipeline(createReadStream(file), parser, () => undefined);
  let rows: Row[] = [];
  for await (const row of parser as AsyncIterable<Row>) {
    rows.push(row);
    if (rows.length < PAGE) continue;
    yield pageOf(rows);
    rows = [];
  }
  yield pageOf(rows);
}

function checkNames(names: string[]): string[] {
  const given = names.map((name) => name.trim());
  const missing = required.filter((name) => !given.includes(name));
  if (missing.length > 0) throw new Error(`the first line has no column ${missing.join(", ")}`);
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`the first line has columns that are not known: ${unknown.join(", ")}`);
  return given;
}

function pageOf(rows: Row[]): SourcePage {
  return {
    topics: rows.map(({ record }) => topicOf(record)),
    nameOf: (index) => `line ${rows[index]?.info.lines}`,
  };
}

const truths = new Map<string, boolean>([
  ...["true", "t", "yes", "1"].map((text) => [text, true] as const),
  ...["false", "f", "no", "0", ""].map((text) => [text, false] as const),
]);

/** An empty field means unknown. */
function topicOf({ topicId = "", title, url, category, createdAt, hidden = "" }: Row["record"]) {
  return {
    topicId: topicId.trim(),
    title,
    url: url?.trim() || null,
    category,
    createdAt: createdAt?.trim() || null,
    hidden: truths.get(hidden.trim().toLowerCase()) ?? hidden,
  };
}
