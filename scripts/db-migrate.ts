/**
 * `npm run db:migrate [-- --adopt-existing]`: brings the database of DATABASE_URL up to date. Needs no
 * download. With the option, the rows of an older `forum_topic_view_stats` are kept.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  hasExistingStats,
  importExistingStats,
  setExistingStatsAside,
} from "./database/existing-stats";
import { applyMigrations } from "./database/schema-engine";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function migrate(url: string, adoptExisting: boolean): Promise<void> {
  if (adoptExisting) {
    await setExistingStatsAside(url);
  } else if (await hasExistingStats(url)) {
    throw new Error(
      "there is a table forum_topic_view_stats already. To keep its rows, add the option: npm run db:migrate -- --adopt-existing",
    );
  }
  const applied = await applyMigrations(url);
  for (const name of applied) say(`Applied ${name}`);
  if (applied.length === 0) say("The database is up to date");
  const imported = adoptExisting ? await importExistingStats(url) : undefined;
  if (!imported) return;
  const { rows, views, leftAlone } = imported;
  say(`Brought in ${rows} topics with ${views} views; left ${leftAlone} rows alone`);
  say("The old table is kept as forum_topic_view_stats_imported");
}

if (existsSync(".env")) process.loadEnvFile(".env");
const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  process.stderr.write("DATABASE_URL is missing: postgresql://user:password@host:5432/database\n");
  process.exit(1);
}
try {
  const { values } = parseArgs({
    options: { "adopt-existing": { type: "boolean", default: false } },
  });
  await migrate(DATABASE_URL, values["adopt-existing"]);
  process.exit(0);
} catch (error) {
  process.stderr.write(`The migrations failed: ${(error as Error).message}\n`);
  process.exit(1);
}
