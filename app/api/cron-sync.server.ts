import type { Logger } from "pino";
import { onConflictSchema } from "./bodies";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SchemaVersion } from "~/platform/schema-version.server";
import type { SyncEngine } from "~/sync/engine/sync-engine";
import { StoppingError } from "~/sync/engine/sync-errors";
import { alreadyRunning, badOption, completed, fatal, skipped } from "./sync-response.server";

/**
 * Runs one sync for a cron, and returns the documented answer. `onConflict` is what the caller wants when
 * another sync is active: null, which means 409, or `skip`. `actor` is who calls.
 */
export async function runCronSync(
  { engine, schema, logger }: { engine: SyncEngine; schema: SchemaVersion; logger: Logger },
  { onConflict, actor }: { onConflict: string | null; actor: string },
): Promise<Response> {
  const option = onConflictSchema.nullable().safeParse(onConflict);
  if (!option.success) return badOption(`onConflict: the only value is "skip"`);
  try {
    // Checked before a batch is claimed that this build could not persist.
    await schema.check();
    const started = await engine.start({ trigger: "cron", actor });
    if (started.kind === "started") return completed(await started.finished);
    return option.data === "skip" ? skipped(started.run) : alreadyRunning(started.run);
  } catch (error) {
    const isExpected = error instanceof DependencyError || error instanceof StoppingError;
    if (isExpected) logger.warn({ err: error }, "The sync could not begin");
    else logger.error({ err: error }, "The sync failed unexpectedly");
    return fatal(isExpected ? error.message : "Unexpected error");
  }
}
