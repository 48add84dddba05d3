import { chown, writeFile } from "node:fs/promises";
import path from "node:path";
import { startGuarded } from "./guarded-process";
import { withClient } from "../database/with-client";
import { freePort } from "./ports";
import { ensureSystemProgram } from "./system-packages";
import { folderFor, unprivilegedAccount } from "./unprivileged-account";

/** Starts a PgBouncer in transaction mode for a database, on the loopback interface. */
export async function startPgbouncer({
  folder,
  databaseUrl,
  poolSize,
}: {
  folder: string;
  databaseUrl: string;
  poolSize: number;
}) {
  const command = await ensureSystemProgram("pgbouncer");
  // It refuses to run as root, as PostgreSQL does.
  const account = await unprivilegedAccount();
  const place = await folderFor(path.join(folder, "pgbouncer"), account);
  const port = await freePort();
  const url = new URL(databaseUrl);
  const users = path.join(place, "users.txt");
  const configuration = path.join(place, "pgbouncer.ini");
  const database = url.pathname.slice(1);
  const lines = [
    "[databases]",
    `${database} = host=${url.hostname} port=${url.port} dbname=${database}`,
    "[pgbouncer]",
    ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
    ...["auth_type = scram-sha-256", `auth_file = ${users}`],
    ...["pool_mode = transaction", `default_pool_size = ${poolSize}`],
  ];
  const files = {
    [users]: `"${url.username}" "${decodeURIComponent(url.password)}"\n`,
    [configuration]: lines.join("\n"),
  };
  for (const [file, content] of Object.entries(files)) {
    await writeFile(file, content, { mode: 0o600 });
    if (account) await chown(file, account.uid, account.gid);
  }
  const server = await startGuarded({
    command,
    args: [configuration],
    cwd: "/",
    stopSignal: "SIGTERM",
    record: path.join(folder, "pgbouncer.process.json"),
    account,
    logFile: path.join(folder, "pgbouncer.log"),
  });
  url.hostname = "127.0.0.1";
  url.port = String(port);
  await server.waitUntilReady("PgBouncer", () =>
    withClient(url.href, (client) => client.query("SELECT 1")).then(
      () => true,
      () => false,
    ),
  );
  /** `url`: the given database, through the pooler. */
  return { url: url.href, stop: async () => void (await server.stop()) };
}
