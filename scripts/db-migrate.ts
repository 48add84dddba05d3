/** `npm run db:migrate`: brings the database of DATABASE_URL up to date. Needs no download. */
import { existsSync } from "node:fs";
import { applyMigrations } from "./database/schema-engine";

if (existsSync(".env")) process.loadEnvFile(".env");
const { DATABASE_URL } = process.env;
if (!DATABASE_URL) {
  process.stderr.write("DATABASE_URL is missing: postgresql://user:password@host:5432/database\n");
  process.exit(1);
}
try {
  const applied = await applyMigrations(DATABASE_URL);
  for (const name of applied) process.stdout.write(`Applied ${name}\n`);
  if (applied.length === 0) process.stdout.write("The database is up to date\n");
  process.exit(0);
} catch (error) {
  process.stderr.write(`The migrations failed: ${(error as Error).message}\n`);
  process.exit(1);
}
