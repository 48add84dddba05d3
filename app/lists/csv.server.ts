import { stringify } from "csv-stringify/sync";
import type { Logger } from "pino";

export interface CsvColumn<Row> {
  header: string;
  value: (row: Row) => string | number | null;
}

export interface CsvDownload<Row> {
  /** Without the ending; letters, digits and hyphens only. */
  name: string;
  columns: Array<CsvColumn<Row>>;
  /** Fetched one by one, as fast as the browser takes them. */
  pages: AsyncIterator<Row[]>;
  logger: Logger;
}

/** Without it, spreadsheets assume the encoding that is usual in their country. */
const BYTE_ORDER_MARK = "\uFEFF";

/** Text that a spreadsheet takes for a formula, at the start of a cell or of a line in it. */
const FORMULA_START = /^(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/gm;

/** Makes sure that a text is not taken for a formula, even when it is pasted line by line. */
function defused(value: string | number | null): string | number | null {
  return typeof value === "string" ? value.replace(FORMULA_START, "'") : value;
}

/**
 * A download that is written while it is read: UTF-8, a header row, CRLF, and texts that a spreadsheet would
 * take for formulas defused. The first page is read before anything is sent, so that an outage leads to an
 * error page; a later outage aborts the download, and the browser says so.
 */
export async function csvDownload<Row>({
  name,
  columns,
  pages,
  logger,
}: CsvDownload<Row>): Promise<Response> {
  const encoder = new TextEncoder();
  const lines = (rows: Array<Array<string | number | null>>) =>
    encoder.encode(stringify(rows, { record_delimiter: "windows", quoted_match: /[\r\n]/ }));
  const rowsOf = (page: Row[]) =>
    lines(page.map((row) => columns.map(({ value }) => defused(value(row)))));
  const first = await pages.next();

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(BYTE_ORDER_MARK));
      controller.enqueue(lines([columns.map(({ header }) => header)]));
      if (first.done) controller.close();
      else controller.enqueue(rowsOf(first.value));
    },
    async pull(controller) {
      try {
        const next = await pages.next();
        if (next.done) controller.close();
        else controller.enqueue(rowsOf(next.value));
      } catch (error) {
        logger.warn({ err: error }, "A CSV download was broken off");
        controller.error(error);
      }
    },
    async cancel() {
      await pages.return?.();
    },
  });
  const day = new Date().toISOString().slice(0, 10);
  return new Response(body, {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="${name}-${day}.csv"`,
    },
  });
}
