import pg from "pg";
import { expect, it } from "vitest";
import { schemaSql } from "../../scripts/database/schema-engine";
import { createTestDatabase } from "../helpers/database";

/** Columns, constraints, indexes and enums, each as one line. */
const describeSchema = `
SELECT format('%s.%s %s%s default %s', table_name, column_name,
  COALESCE(domain_name, udt_name), '(' || character_maximum_length || ')',
  COALESCE(column_default, 'none')) || ' ' || is_nullable AS line
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT format('%s %s', typname, string_agg(enumlabel, ',' ORDER BY enumsortorder))
FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname
ORDER BY line`;

/** What migrations create and Prisma's schema cannot express. */
const onlyInMigrations = [
  "CREATE UNIQUE INDEX sync_runs_one_running ON public.sync_runs USING btree (dao_slug) " +
    "WHERE ((status = 'running'::run_status) AND (trigger <> 'retry'::run_trigger))",
  "CREATE UNIQUE INDEX alerts_one_open ON public.alerts USING btree (dao_slug, kind) " +
    "WHERE (resolved_at IS NULL)",
  "CREATE INDEX alerts_to_send ON public.alerts USING btree (dao_slug, next_attempt_at) " +
    "WHERE (resolved_sent_at IS NULL)",
  "CREATE INDEX topics_search ON public.topics USING gin (topic_trigrams(search))",
];

async function schemaLines(url: string, prepare = ""): Promise<string[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    if (prepare) await client.query(prepare);
    const { rows } = await client.query<{ line: string }>(describeSchema);
    return rows.map(({ line }) => line).filter((line) => !line.includes("_prisma_migrations"));
  } finally {
    await client.end();
  }
}

it("the migrations make what Prisma's schema says", async () => {
  const migrated = await createTestDatabase();
  const declared = await createTestDatabase({ bare: true });
  try {
    const fromMigrations = await schemaLines(migrated.url);
    const fromSchema = await schemaLines(declared.url, await schemaSql(declared.url));
    expect(fromSchema.length).toBeGreaterThan(50);
    expect(fromMigrations).toEqual(expect.arrayContaining(onlyInMigrations));
    expect(fromMigrations.filter((line) => !onlyInMigrations.includes(line))).toEqual(fromSchema);
  } finally {
    await migrated.drop();
    await declared.drop();
  }
});
