import { chown, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { startGuarded } from "./guarded-process";
import { withClient } from "../database/with-client";
import { freePort } from "./ports";
import { ensureSystemProgram } from "./system-packages";
import { folderFor, unprivilegedAccount } from "./unprivileged-account";
import { waitUntil } from "./wait-until";

export interface Pgbouncer {
  /** The given database, through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a PgBouncer in transaction mode for a database, on the loopback interface. */
export async function startPgbouncer({
  folder,
  databaseUrl,
  poolSize,
}: {
  folder: string;
  databaseUrl: string;
  poolSize: number;
}): Promise<Pgbouncer> {
  const command = await ensureSystemProgram("pgbouncer");
  // It refuses to run as root, as PostgreSQL does.
  const account = await unprivilegedAccount();
  const place = await folderFor(path.join(folder, "pgbouncer"), account);
  const target = new URL(databaseUrl);
  const port = await freePort();
  const users = path.join(place, "users.txt");
  const configuration = path.join(place, "pgbouncer.ini");
  const database = target.pathname.slice(1);
  const password = decodeURIComponent(target.password);
  await mkdir(place, { recursive: true });
  await writeFile(users, `"${target.username}" "${password}"\n`, { mode: 0o600 });
  await writeFile(
    configuration,
    [
      "[databases]",
      `${database} = host=${target.hostname} port=${target.port} dbname=${database}`,
      "[pgbouncer]",
      ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
      ...["auth_type = scram-sha-256", `auth_file = ${users}`],
      ...["pool_mode = transaction", `default_pool_size = ${poolSize}`],
    ].join("\n"),
    { mode: 0o600 },
  );
  if (account) {
    for (const file of [users, configuration]) await chown(file, account.uid, account.gid);
  }
  const server = await startGuarded({
    command,
    args: [configuration],
    cwd: "/",
    stopSignal: "SIGTERM",
    record: path.join(folder, "pgbouncer.process.json"),
    account,
    removeAfterwards: [],
    logFile: path.join(folder, "pgbouncer.log"),
  });
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  await waitUntil(() => answers(url.href), {
    what: "PgBouncer to accept connections",
    seconds: 20,
  });
  return { url: url.href, stop: async () => void (await server.stop()) };
}

function answers(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query("SELECT 1")).then(
    () => true,
    () => false,
  );
}
