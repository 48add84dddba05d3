import { rm } from "node:fs/promises";
import { startPgbouncer } from "../../../scripts/local/pgbouncer";
import { temporaryFolder } from "../../helpers/servers";
import type { Fault } from "../fault";
import { killInMidSync } from "./process";

/** Fewer connections than the application's pool has, so that they are shared for real. */
const SERVER_CONNECTIONS = 3;

export const pgbouncerFaults: Fault[] = [
  {
    name: "pgbouncer-sigkill",
    what: "SIGKILL of the server process, PgBouncer in transaction mode before PostgreSQL",
    needs: "pgbouncer",
    async prepare({ databaseUrl }) {
      const folder = await temporaryFolder();
      const poolSize = SERVER_CONNECTIONS;
      const pooler = await startPgbouncer({ folder, databaseUrl, poolSize });
      return {
        settings: { databaseUrl: pooler.url },
        strike: killInMidSync,
        async stop() {
          await pooler.stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  },
];
