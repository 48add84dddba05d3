/**
 * `npm run alerts:test`: sends a message to ALERT_WEBHOOK_URL, as an alert would be sent. Exit codes: 0 when
 * the receiver took it, 1 otherwise.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { EnvironmentError, parseEnvironment } from "../app/platform/environment.server";
import { createSender } from "../app/monitoring/alerts/webhook-sender.server";

async function main(): Promise<string | undefined> {
  if (existsSync(".env")) process.loadEnvFile(".env");
  const env = parseEnvironment(process.env);
  const sender = createSender(env);
  if (!sender) return "ALERT_WEBHOOK_URL is missing";
  const delivery = await sender.send({
    id: `test_${randomUUID()}`,
    kind: "test",
    state: "firing",
    dao: env.DAO_SLUG,
    title: "This is a test",
    text: "Alerts arrive here. Nothing is wrong.",
    path: "/admin",
    startedAt: new Date(),
    resolvedAt: null,
  });
  if (!delivery.delivered) return `${sender.host} did not take the message. ${delivery.reason}`;
  process.stdout.write(`${sender.host} has taken the message\n`);
  return undefined;
}

try {
  const problem = await main();
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  process.exitCode = problem === undefined ? 0 : 1;
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
