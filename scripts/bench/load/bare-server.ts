import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./bare-http.ts", import.meta.url));

export interface BareSettings {
  redisUrl: string;
  databaseUrl: string;
  daoSlug: string;
}

/** Starts bare-http.ts in a process of its own, which ends with this one at the latest. */
export async function startBareServer({ redisUrl, databaseUrl, daoSlug }: BareSettings) {
  const child = fork(program, [JSON.stringify({ redisUrl, databaseUrl, daoSlug })], {
    execArgv: ["--import", "tsx"],
    env: { PATH: process.env.PATH, NODE_ENV: "production" },
  });
  const exited = once(child, "exit");
  const [port] = (await Promise.race([once(child, "message"), exited])) as unknown[];
  if (child.exitCode !== null) throw new Error("The bare HTTP server did not start");
  return {
    name: "bare node:http",
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${String(port)}`,
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
