import { existsSync } from "node:fs";
import { chown, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { withClient } from "../database/with-client";
import { readRecord, startGuarded, stopLeftover } from "./guarded-process";
import { freePort } from "./ports";
import { type PostgresBinaries, postgresBinaries } from "./postgres-binaries";
import type { ServerOptions } from "./redis";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";
import { type UnprivilegedAccount, folderFor, unprivilegedAccount } from "./unprivileged-account";

const superuser = "postgres";
/** PostgreSQL's "fast" shutdown: ends the sessions, writes a checkpoint. */
const stopSignal = "SIGINT";

export interface PostgresOptions extends ServerOptions {
  /** The superuser's password. Existing data keep the password that they were created with. */
  password: string;
}

export type PostgresServer = Awaited<ReturnType<typeof startPostgres>>;

/**
 * Starts a PostgreSQL from the npm package on the loopback interface, and initialises its data the first time.
 * A server that a killed run left behind is stopped first. It stops when this process ends, however it ends.
 */
export async function startPostgres(options: PostgresOptions) {
  const account = await unprivilegedAccount();
  const binaries = await postgresBinaries(account);
  const folder = await folderFor(options.folder, account);
  const data = path.join(folder, "data");
  const record = path.join(options.folder, "postgres.process.json");
  await stopLeftover(record, stopSignal);
  if (!existsSync(data)) await initialise(data, binaries, options, account);
  await removeStaleLock(data, record);

  const port = await freePort(options.port);
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ...options.settings,
  };
  const server = await startGuarded({
    command: binaries.postgres,
    args: [
      ...["-D", data, "-p", String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    cwd: "/",
    stopSignal,
    record,
    account,
    removeAfterwards: options.temporary ? [folder, options.folder] : [],
    logFile: path.join(options.folder, "postgres.log"),
  });
  const url = (database: string) => postgresUrl(port, options.password, database);
  let version = "";
  await server.waitUntilReady("PostgreSQL", async () => {
    version = await serverVersion(url("postgres")).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError && error.code === "28P01")) return "";
      throw new SetupError(`${data} was made with another password: delete it to start afresh`);
    });
    return version !== "";
  });
  return { port, version, pid: server.pid, url, stop: async () => void (await server.stop()) };
}

/** The URL of a database of a server that `startPostgres` started. */
export function postgresUrl(port: number, password: string, database: string): string {
  return `postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

/** Creates the database unless it exists. */
export async function ensureDatabase(server: PostgresServer, name: string): Promise<void> {
  await withClient(server.url("postgres"), async (client) => {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
}

/** Created under another name and then renamed, so that an interrupted one is never taken for a database. */
async function initialise(
  data: string,
  { initdb }: PostgresBinaries,
  { password, settings }: PostgresOptions,
  account?: UnprivilegedAccount,
): Promise<void> {
  const unfinished = `${data}.unfinished`;
  const passwordFile = `${data}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const { ok, output } = await runCommand(
    initdb,
    [
      ...["-D", unfinished, `--username=${superuser}`, `--pwfile=${passwordFile}`],
      ...["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"],
      ...initdbOptions(await majorVersion(initdb), settings),
    ],
    { seconds: 120, cwd: "/", ...account },
  );
  await rm(passwordFile, { force: true });
  if (!ok) throw new SetupError(`PostgreSQL's data could not be initialised:\n${output}`);
  await rename(unfinished, data);
}

function initdbOptions(version: number, settings: PostgresOptions["settings"]): string[] {
  const isForTests = settings?.fsync === "off";
  return [
    // The built-in locale sorts in the same way on every machine.
    ...(version < 17
      ? ["--locale=C.UTF-8"]
      : ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]),
    ...(isForTests ? ["--no-sync"] : []),
    // Tests connect thousands of times, and their passwords need no protection against guessing.
    ...(isForTests && version >= 16 ? ["--set=scram_iterations=1"] : []),
  ];
}

async function majorVersion(program: string): Promise<number> {
  const { output } = await runCommand(program, ["--version"], { seconds: 10 });
  return Number(/\d+/.exec(output)?.[0]);
}

/**
 * PostgreSQL mistakes an unrelated process with its dead predecessor's id for that predecessor. So the lock
 * file is removed, but only if it names the process of our record, which stopLeftover has shown to be gone.
 */
async function removeStaleLock(data: string, record: string): Promise<void> {
  const lock = path.join(data, "postmaster.pid");
  if (!existsSync(lock)) return;
  const lockedBy = Number((await readFile(lock, "utf8")).split("\n")[0]);
  if (readRecord(record)?.pid === lockedBy) await rm(lock);
}

function serverVersion(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version ?? "";
  });
}
