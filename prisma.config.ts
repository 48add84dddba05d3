import { existsSync } from "node:fs";
import { defineConfig } from "prisma/config";

// Prisma's command line downloads a native schema engine before every command. `generate`, `format`
// and `validate` never run it, but insist on the file, so that they also work where nothing can be
// downloaded they are shown one that exists (docs/decisions/0003-prisma-without-downloads.md).
// Commands that do need the engine are left alone.
const worksWithoutEngine = ["generate", "format", "validate"].some((command) =>
  process.argv.includes(command),
);
if (worksWithoutEngine && !process.env.PRISMA_SCHEMA_ENGINE_BINARY) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY = process.execPath;
}
if (existsSync(".env")) process.loadEnvFile(".env");

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
});
