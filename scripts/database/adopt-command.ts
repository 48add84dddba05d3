/** The steps of `npm run db:adopt`: docs/switching.md says when each is due. */
import type pg from "pg";
import {
  adoptViews,
  inTransaction,
  withinTransaction,
  type AdoptedDao,
  type Adoption,
} from "./adopt-views";
import { findOldTable, spellingOf, type OldTable } from "./old-table";
import { putTableBack, replaceWithView } from "./old-table-view";
import { withClient } from "./with-client";

export interface AdoptOptions {
  table: string;
  /** Our database. */
  url: string;
  /** The database of the table. */
  from: string;
  daoSlug: string;
  /** The DAO as the old table names it. */
  dao: string;
  /** Prints a line of the report. */
  say: (line: string) => void;
}

/** Finds the table, and how it spells the DAO, within the current transaction. */
async function find(
  client: pg.Client,
  { table, daoSlug, dao }: AdoptOptions,
): Promise<{ oldTable: OldTable; adopted: AdoptedDao }> {
  const oldTable = await findOldTable(client, table);
  return { oldTable, adopted: { daoSlug, oldSlug: await spellingOf(client, oldTable, dao) } };
}

export async function adopt(options: AdoptOptions): Promise<void> {
  await withClient(options.from, (source) =>
    withClient(options.url, (target) =>
      inTransaction(source, async () => {
        const { oldTable, adopted } = await find(source, options);
        report(options, await adoptViews(source, oldTable, target, adopted, inTransaction));
      }),
    ),
  );
}

export async function adoptAndReplace(options: AdoptOptions): Promise<void> {
  // Adopts most views before the table is locked, so that it is locked only for a moment.
  await adopt(options);
  await withClient(options.url, (client) =>
    inTransaction(client, async () => {
      const { oldTable, adopted } = await find(client, options);
      if (oldTable.views.includes(adopted.oldSlug.toLowerCase()))
        return options.say("A view stands in the table's place already");
      await client.query(`LOCK TABLE ${oldTable.rows} IN ACCESS EXCLUSIVE MODE`);
      report(options, await adoptViews(client, oldTable, client, adopted, withinTransaction));
      await replaceWithView(client, oldTable, adopted);
      options.say(`A view stands in the place of ${options.table} now`);
    }),
  );
}

export async function undo(options: AdoptOptions): Promise<void> {
  await withClient(options.url, (client) =>
    inTransaction(client, async () => {
      const { oldTable, adopted } = await find(client, options);
      const { topics, views, leftAlone } = await putTableBack(client, oldTable, adopted);
      if (oldTable.views.length > 0) options.say(`${options.table} is again what it was before`);
      options.say(`Added ${views} views of ${topics} topics to it`);
      if (leftAlone.length === 0) return;
      const shown = leftAlone.slice(0, 10).join(", ");
      const more = leftAlone.length > 10 ? " and others" : "";
      options.say(
        `Left alone ${leftAlone.length} topics that the table does not take: ${shown}${more}`,
      );
    }),
  );
}

function report({ say }: AdoptOptions, { topics, views, leftAlone }: Adoption): void {
  say(`Brought in ${views} views of ${topics} topics`);
  for (const [reason, rows] of leftAlone) say(`Left alone ${rows} rows: ${reason}`);
}
