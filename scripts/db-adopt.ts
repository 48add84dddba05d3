/**
 * `npm run db:adopt -- --table …`: adopts the views of this DAO from the table of another implementation.
 * docs/switching.md says when to use it.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { adopt, adoptAndReplace, undo } from "./database/adopt-command";
import { tellFailure, UsageError } from "./usage-error";

const usage = `Usage: npm run db:adopt -- --table schema.table [--from postgresql://…] [--dao ENS]
         [--replace-with-view | --undo]
  --table              the table of the other implementation; it is left as it is
  --from               its database, where that is not the one of DATABASE_URL
  --dao                the DAO as the table names it, where that is not DAO_SLUG
  --replace-with-view  puts a view of what Forum Views counts in the table's place
  --undo               puts the table back, and adds what Forum Views has counted since
DATABASE_URL and DAO_SLUG are read from the environment or .env.`;

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
  const { table, from, dao } = values;
  const toView = values["replace-with-view"];
  if (table === undefined) throw new UsageError("--table is missing");
  if (values.undo && toView)
    throw new UsageError("--undo and --replace-with-view exclude each other");
  if (from !== undefined && (values.undo || toView)) {
    throw new UsageError("--from: only a table of our own database can be replaced or put back");
  }
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { DATABASE_URL: url, DAO_SLUG: daoSlug } = process.env;
  if (!url || !daoSlug) throw new UsageError("DATABASE_URL and DAO_SLUG are needed");
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  return {
    run: values.undo ? undo : toView ? adoptAndReplace : adopt,
    options: { table, url, from: from ?? url, daoSlug, dao: dao ?? daoSlug, say },
  };
}

try {
  const { run, options } = readOptions();
  await run(options);
} catch (error) {
  tellFailure(error, usage, "The adoption failed");
}
