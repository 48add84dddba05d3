/**
 * Prisma's schema engine as WebAssembly: the engine behind `prisma migrate`, without the native binary
 * that Prisma's command line downloads (docs/decisions/0003-prisma-without-downloads.md).
 */
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { CONNECT_TIMEOUT_MS, prismaAdapter } from "../../app/platform/postgres.server";
import { parsePostgresUrl } from "../../app/platform/postgres-url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const schemaPath = path.join(root, "prisma/schema.prisma");
const migrationsPath = path.join(root, "prisma/migrations");
const noFilters = { externalTables: [], externalEnums: [] };

let instantiated: Promise<void> | undefined;

function instantiate(): Promise<void> {
  instantiated ??= (async () => {
    const entry = createRequire(import.meta.url).resolve(
      "@prisma/schema-engine-wasm/schema_engine_bg",
    );
    const bytes = await readFile(path.join(path.dirname(entry), "schema_engine_bg.wasm"));
    const { instance } = await WebAssembly.instantiate(bytes, {
      "./schema_engine_bg.js": importsOfEngine(),
    });
    (bindings as unknown as { __wbg_set_wasm(wasm: WebAssembly.Exports): void }).__wbg_set_wasm(
      instance.exports,
    );
    (instance.exports.__wbindgen_start as () => void)();
  })();
  return instantiated;
}

/** The engine's bindings; its ten-second timeout for a lock must not keep a finished process alive. */
function importsOfEngine(): WebAssembly.ModuleImports {
  const imports = Object.entries(bindings as unknown as WebAssembly.ModuleImports);
  return Object.fromEntries(
    imports.map(([name, value]) =>
      name.startsWith("__wbg_setTimeout_")
        ? [name, (callback: () => void, delay: number) => setTimeout(callback, delay).unref()]
        : [name, value],
    ),
  );
}

async function withEngine<T>(
  databaseUrl: string,
  use: (engine: bindings.SchemaEngine, datamodel: [string, string]) => Promise<T>,
): Promise<T> {
  await instantiate();
  const datamodel: [string, string] = [schemaPath, await readFile(schemaPath, "utf8")];
  const { config, schema, connectTimeoutMs = CONNECT_TIMEOUT_MS } = parsePostgresUrl(databaseUrl);
  const pool = new pg.Pool({ ...config, connectionTimeoutMillis: connectTimeoutMs });
  const adapter = bindMigrationAwareSqlAdapterFactory(prismaAdapter(pool, schema));
  const engine = await bindings.SchemaEngine.new({ datamodels: [datamodel] }, () => {}, adapter);
  try {
    return await use(engine, datamodel);
  } finally {
    engine.free();
    await pool.end();
  }
}

async function migrationsList(before: string | undefined): Promise<bindings.MigrationList> {
  const entries = await readdir(migrationsPath, { withFileTypes: true });
  const directories = entries
    .filter((entry) => entry.isDirectory() && (before === undefined || entry.name < before))
    .map((entry) => entry.name);
  return {
    baseDir: migrationsPath,
    lockfile: {
      path: "migration_lock.toml",
      content: await readFile(path.join(migrationsPath, "migration_lock.toml"), "utf8"),
    },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      directories.sort().map(async (name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: {
            tag: "ok" as const,
            value: await readFile(path.join(migrationsPath, name, "migration.sql"), "utf8"),
          },
        },
      })),
    ),
  };
}

/**
 * Applies the migrations that the database does not have yet, and returns their names; with `before`, only those
 * that are older than that one.
 */
export async function applyMigrations(databaseUrl: string, before?: string): Promise<string[]> {
  const list = await migrationsList(before);
  return withEngine(databaseUrl, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: list,
      filters: noFilters,
    });
    return appliedMigrationNames;
  });
}

/** The SQL that creates everything in `schema.prisma` in an empty database. Nothing is executed. */
export async function schemaSql(databaseUrl: string): Promise<string> {
  return withEngine(databaseUrl, async (engine, [file, content]) => {
    const { stdout } = await engine.diff({
      from: { tag: "empty" },
      to: { tag: "schemaDatamodel", files: [{ path: file, content }] },
      script: true,
      exitCode: null,
      filters: noFilters,
    });
    return stdout ?? "";
  });
}
