/** The run is no longer the active one, or its batch is gone: it must not change anything else. */
export class SupersededError extends Error {
  override name = "SupersededError";

  constructor() {
    super("Another sync has taken over");
  }
}

/**
 * Redis went back behind a batch that it had given out, for example in a failover to a replica that lagged.
 * Views that Redis holds now may have been applied already, so an admin has to decide.
 */
export class RegressedError extends Error {
  override name = "RegressedError";

  constructor(
    readonly lastBatch: number,
    readonly highWater: number,
  ) {
    super("Redis has lost a batch that it had acknowledged: an admin has to decide what to do");
  }
}

/** The process is about to end; a run can be requested again when it is back. */
export class StoppingError extends Error {
  override name = "StoppingError";

  constructor() {
    super("The server is stopping");
  }
}
