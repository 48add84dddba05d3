import { cpus, totalmem } from "node:os";
import { postgresSettings } from "./stage";

/** What the numbers depend on, one fact each. */
export function describeMachine(versions: { postgres: string; redis: string }): string[] {
  const processors = cpus();
  const settings = Object.entries(postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    `${processors.length} cores (${processors[0]?.model.trim() || "unknown model"})`,
    `${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${versions.postgres} (${settings.join(", ")})`,
    `Redis ${versions.redis} (appendonly, appendfsync everysec)`,
  ];
}
