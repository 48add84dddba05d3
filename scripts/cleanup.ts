/**
 * `npm run cleanup`: one cleanup, for people who would rather run a process than call a URL. Prints the
 * endpoint's answer, and logs to standard error. Exit codes: 0 where the endpoint answers 200, 1 otherwise, 2
 * for any option, since there are none.
 */
import { parseArgs } from "node:util";
import { runCronCleanup } from "../app/api/crons.server";
import { runAsCommand } from "./cron-command";

await runAsCommand(() => {
  parseArgs({ options: {} });
  return (services) => runCronCleanup(services, "cron");
});
