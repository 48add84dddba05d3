/**
 * `npm run topics:import -- --from agora|discourse|csv`: imports titles and categories into the directory of
 * topics. docs/directory.md says which fields.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { createLogger } from "../app/platform/logger.server";
import { connectDatabase } from "../app/platform/postgres.server";
import { SchemaVersion } from "../app/platform/schema-version.server";
import { TopicDirectory } from "../app/stats/directory.server";
import { webAddress } from "../app/stats/topic-search";
import { withClient } from "./database/with-client";
import { fromAgora } from "./topics/from-agora";
import { fromCsv } from "./topics/from-csv";
import { fromDiscourse } from "./topics/from-discourse";
import { importTopics, type Imported, type SourcePage } from "./topics/write-topics";
import { tellFailure, UsageError } from "./usage-error";

const usage = `Usage: npm run topics:import -- --from agora [--database postgresql://…] [--schema alltenant] [--dao ENS]
       npm run topics:import -- --from discourse --url https://forum.example.org
       npm run topics:import -- --from csv --file topics.csv
  --database  Agora's database, where that is not the one of DATABASE_URL
  --schema    where its tables are, by default alltenant
  --dao       the DAO as they name it, where that is not DAO_SLUG
DATABASE_URL and DAO_SLUG are read from the environment or .env; the key of a Discourse from DISCOURSE_API_KEY.`;

/** The most problems that are printed one by one. */
const MOST_SHOWN = 20;

/** Hands the pages of the source to `use`. */
type Read = (use: (pages: AsyncIterable<SourcePage>) => Promise<void>) => Promise<void>;

function readOptions() {
  const { values } = parseArgs({
    options: {
      from: { type: "string" },
      database: { type: "string" },
      schema: { type: "string", default: "alltenant" },
      dao: { type: "string" },
      url: { type: "string" },
      file: { type: "string" },
    },
  });
  if (existsSync(".env")) process.loadEnvFile(".env");
  const { DATABASE_URL: url, DAO_SLUG: daoSlug, DISCOURSE_API_KEY: apiKey } = process.env;
  if (!url || !daoSlug) throw new UsageError("DATABASE_URL and DAO_SLUG are needed");
  const { from, schema, file, url: address, dao = daoSlug, database = url } = values;
  const options = (read: Read) => ({ url, daoSlug, read });
  switch (from) {
    case "agora":
      return options((use) =>
        withClient(database, (client) => use(fromAgora(client, { schema, dao }))),
      );
    case "discourse":
      if (!address || !webAddress(address))
        throw new UsageError("--url has to be an address of a Discourse");
      return options((use) => use(fromDiscourse({ address, apiKey: apiKey || undefined })));
    case "csv":
      if (!file) throw new UsageError("--file is missing");
      return options((use) => use(fromCsv(file)));
    default:
      throw new UsageError("--from has to be agora, discourse or csv");
  }
}

async function run(
  { url, daoSlug, read }: ReturnType<typeof readOptions>,
  imported: Imported,
): Promise<void> {
  const database = connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
  const { pool, prisma } = database;
  try {
    await new SchemaVersion(pool).check();
    const directory = new TopicDirectory({ pool, prisma, daoSlug, topicUrl: undefined });
    await read((pages) => importTopics(directory, pages, imported));
  } finally {
    await database.close();
  }
}

function report({ created, updated, unchanged, problems }: Imported): void {
  const total = created + updated + unchanged;
  process.stdout.write(
    `Imported ${total} topics: ${created} created, ${updated} updated, ${unchanged} unchanged\n`,
  );
  for (const problem of problems.slice(0, MOST_SHOWN))
    process.stderr.write(`Left alone ${problem}\n`);
  if (problems.length > MOST_SHOWN) {
    process.stderr.write(`Left alone ${problems.length - MOST_SHOWN} more\n`);
  }
  if (problems.length > 0) process.exitCode = 1;
}

const imported: Imported = { created: 0, updated: 0, unchanged: 0, problems: [] };
try {
  const options = readOptions();
  await run(options, imported).finally(() => report(imported));
} catch (error) {
  tellFailure(error, usage, "The import could not go on");
}
