import type { RunDependencies } from "./run-dependencies";

/** Renews a run's lease while none of its statements commit; each one that commits renews it, too. */
export class Lease {
  #renewed: number;

  constructor(
    private readonly run: string,
    private readonly dependencies: {
      ledger: Pick<RunDependencies["ledger"], "heartbeat">;
      clock: RunDependencies["clock"];
      options: { leaseSeconds: number };
    },
  ) {
    this.#renewed = dependencies.clock.now();
  }

  /** A statement of the run has just been committed. */
  committed(): void {
    this.#renewed = this.dependencies.clock.now();
  }

  /** Renews it when a third of it is over. @throws SupersededError when the run was taken over */
  async keep(): Promise<void> {
    const { ledger, clock, options } = this.dependencies;
    if (clock.now() - this.#renewed < (options.leaseSeconds * 1_000) / 3) return;
    await ledger.heartbeat(this.run);
    this.committed();
  }
}
