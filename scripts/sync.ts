/**
 * `npm run sync [-- --on-conflict skip]`: one sync, for those who would rather run a process than call a
 * URL. Same engine, lock and history as the endpoint; prints the endpoint's answer, and logs to standard
 * error. Exit codes: 0 where the endpoint answers 200, 1 otherwise, 2 for a wrong option.
 */
import { parseArgs } from "node:util";
import { runCronSync } from "../app/api/crons.server";
import { runAsCommand } from "./cron-command";

await runAsCommand(() => {
  const { values } = parseArgs({ options: { "on-conflict": { type: "string" } } });
  const onConflict = values["on-conflict"] ?? null;
  return (services) => runCronSync(services, { onConflict, actor: "cron" });
});
