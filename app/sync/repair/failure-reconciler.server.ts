import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { FailedTargets } from "~/operations/failed-targets.server";
import { PLACES, type PendingMembers, type Place } from "~/sync/redis/pending-members.server";

/** $1 run, $2 dao, $3 targets that hold no views, $4 targets that hold some but no parked ones. */
const reconcile = `
WITH fence AS (
  SELECT id FROM sync_runs WHERE id = $1 AND status = 'running' FOR UPDATE
), settled AS (
  DELETE FROM failed_targets USING fence WHERE dao_slug = $2 AND target = ANY($3::text[])
), not_parked AS (
  UPDATE failed_targets SET parked = false FROM fence
  WHERE dao_slug = $2 AND parked AND target = ANY($4::text[])
)
SELECT id FROM fence`;

/**
 * A failure is recorded in PostgreSQL before its views are settled in Redis, and a crash, a discard or a
 * failover in between leaves a row that no flush would ever clear. This makes the rows agree with what
 * Redis holds, for the run that is the running one and after it owns whatever batch is open: an older run
 * could still move views between the places while they are read.
 */
export class FailureReconciler {
  readonly #pool: pg.Pool;
  readonly #daoSlug: string;
  readonly #failures: FailedTargets;
  readonly #members: PendingMembers;

  constructor(dependencies: {
    pool: pg.Pool;
    daoSlug: string;
    failures: FailedTargets;
    members: PendingMembers;
  }) {
    this.#pool = dependencies.pool;
    this.#daoSlug = dependencies.daoSlug;
    this.#failures = dependencies.failures;
    this.#members = dependencies.members;
  }

  /** False when the run is not the running one; then nothing has changed. @throws DependencyError */
  async reconcile(run: string): Promise<boolean> {
    const names = await this.#failures.names({ state: "all", reason: "", search: "" });
    if (names.length === 0) return true;
    const held = await this.#members.named(PLACES, names);
    const places = new Map(names.map((name) => [name, new Set<Place>()]));
    for (const { target, place } of held) places.get(target)?.add(place);
    const settled = names.filter((name) => places.get(name)?.size === 0);
    // What stands in the open batch may have been taken out of parked, and would be parked again.
    const notParked = names.filter((name) => {
      const found = places.get(name);
      return found?.has("waiting") && !found.has("parked") && !found.has("batch");
    });
    const fenced = await runStatement(this.#pool, reconcile, [
      run,
      this.#daoSlug,
      settled,
      notParked,
    ]);
    return fenced.length > 0;
  }
}
