/**
 * `npm run db:adopt -- --table …`: brings the views of this DAO in from the table of another implementation.
 * docs/switching.md says when.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type pg from "pg";
import {
  adoptViews,
  inTransaction,
  withinTransaction,
  type AdoptedDao,
  type Adoption,
} from "./database/adopt-views";
import { findOldTable, spellingOf, type OldTable } from "./database/old-table";
import { putTableBack, replaceWithView } from "./database/old-table-view";
import { withClient } from "./database/with-client";

const usage = `Usage: npm run db:adopt -- --table schema.table [--from postgresql://…] [--dao ENS]
         [--replace-with-view | --undo]
  --table              the table of the other implementation; it is left as it is
  --from               its database, where that is not the one of DATABASE_URL
  --dao                the DAO as the table names it, where that is not DAO_SLUG
  --replace-with-view  puts a view of what Forum Views counts in the table's place
  --undo               puts the table back, and adds what Forum Views has counted since
DATABASE_URL and DAO_SLUG are read from the environment or .env.`;

class UsageError extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      table: { type: "string" },
      from: { type: "string" },
      dao: { type: "string" },
      "replace-with-view": { type: "boolean", default: false },
      undo: { type: "boolean", default: false },
    },
  });
  const { table, from, dao, undo } = values;
  const toView = values["replace-with-view"];
  if (table === undefined) throw new UsageError("--table is missing");
  if (undo && toView) throw new UsageError("--undo and --replace-with-view exclude each other");
  if (from !== undefined && (undo || toView)) {
    throw new UsageError("--from: only a table of our own database can be replaced or put back");
  }
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { DATABASE_URL: url, DAO_SLUG: daoSlug } = process.env;
  if (!url || !daoSlug) throw new UsageError("DATABASE_URL and DAO_SLUG are needed");
  return { table, url, from: from ?? url, daoSlug, dao: dao ?? daoSlug, toView, undo };
}

type Options = ReturnType<typeof readOptions>;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What the table is and how it spells the DAO, as of the transaction in which that is asked. */
async function find(
  client: pg.Client,
  { table, daoSlug, dao }: Options,
): Promise<{ oldTable: OldTable; adopted: AdoptedDao }> {
  const oldTable = await findOldTable(client, table);
  return { oldTable, adopted: { daoSlug, oldSlug: await spellingOf(client, oldTable, dao) } };
}

async function adopt(options: Options): Promise<void> {
  await withClient(options.from, (source) =>
    withClient(options.url, (target) =>
      inTransaction(source, async () => {
        const { oldTable, adopted } = await find(source, options);
        report(await adoptViews(source, oldTable, target, adopted, inTransaction));
      }),
    ),
  );
}

async function replace(options: Options): Promise<void> {
  // Most of it with the table free, so that what is left takes a moment.
  await adopt(options);
  await withClient(options.url, (client) =>
    inTransaction(client, async () => {
      const { oldTable, adopted } = await find(client, options);
      if (oldTable.views.includes(adopted.oldSlug.toLowerCase()))
        return say("A view stands in the table's place already");
      await client.query(`LOCK TABLE ${oldTable.rows} IN ACCESS EXCLUSIVE MODE`);
      report(await adoptViews(client, oldTable, client, adopted, withinTransaction));
      await replaceWithView(client, oldTable, adopted);
      say(`A view stands in the place of ${options.table} now`);
    }),
  );
}

async function undo(options: Options): Promise<void> {
  await withClient(options.url, (client) =>
    inTransaction(client, async () => {
      const { oldTable, adopted } = await find(client, options);
      const { topics, views, leftAlone } = await putTableBack(client, oldTable, adopted);
      if (oldTable.views.length > 0) say(`${options.table} is again what it was before`);
      say(`Added ${views} views of ${topics} topics to it`);
      if (leftAlone.length === 0) return;
      const shown = leftAlone.slice(0, 10).join(", ");
      const more = leftAlone.length > 10 ? " and others" : "";
      say(`Left alone ${leftAlone.length} topics that the table does not take: ${shown}${more}`);
    }),
  );
}

function report({ topics, views, leftAlone }: Adoption): void {
  say(`Brought in ${views} views of ${topics} topics`);
  for (const [reason, rows] of leftAlone) say(`Left alone ${rows} rows: ${reason}`);
}

try {
  const options = readOptions();
  if (options.undo) await undo(options);
  else if (options.toView) await replace(options);
  else await adopt(options);
} catch (error) {
  const { name, message, code } = error as Error & { code?: unknown };
  const isUsage = error instanceof UsageError || String(code).startsWith("ERR_PARSE_ARGS_");
  const subject = name === "PostgresUrlError" ? "The connection URL " : "";
  process.stderr.write(
    isUsage ? `${message}\n${usage}\n` : `The adoption failed: ${subject}${message}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
