/** The program of one run: which command it sends next, and what it makes of the answer. */
import {
  noViews,
  perform,
  targets,
  topicOf,
  type Command,
  type Guards,
  type Known,
  type Reply,
  type Stores,
  type Target,
  type Views,
} from "./stores";

/** What a run remembers between its steps, and loses when its process crashes. */
export interface Run {
  id: number;
  step:
    "read" | "open" | "books" | "reopen" | "apply" | "fail" | "mark" | "close" | "finish" | "ended";
  known: Known & { mark: number };
  /** The `lastBatch` that Redis reported to the run, and for which it opens the books again. */
  seen: number | null;
  batchId: number;
  adopted: boolean;
  /** The views of the batch that the run has not taken yet. */
  views: Views;
}

/** What an admin has decided about a Redis that fell back. Without a decision, a run leaves it alone. */
export type Decision = "keep the overlay" | "discard the overlay";

const nothingKnown = { highWater: 0, taken: 0, accounted: 0, mark: 0 };

export function runAt(id: number, step: Run["step"], known = nothingKnown): Run {
  return { id, step, known, seen: null, batchId: 0, adopted: false, views: noViews() };
}

/** One step without a fault: the command is executed, and the run learns the answer. */
export function play(stores: Stores, run: Run, on: Guards, decision?: Decision): void {
  const { step, id } = run;
  if (step === "books" && on.reopensWhileRunning && !stores.postgres.running.includes(id)) {
    goTo(run, "ended");
  } else if (step === "read" || step === "books") {
    run.known = booksIn(stores);
    run.step = step === "read" ? "open" : "reopen";
  } else {
    hear(run, perform(stores, commandOf(stores, run, on, decision), on), on, decision);
  }
}

function booksIn({ postgres: { books, failing } }: Stores): Run["known"] {
  const kept = targets.reduce((sum, target) => sum + (failing[target]?.views ?? 0), 0);
  const { applied, discarded, adopted, lastBatch: highWater, taken, mark } = books;
  const accounted = applied + discarded.A + discarded.B + kept - adopted;
  return { highWater, taken, accounted, mark };
}

/** The next target that the run takes. */
const nextOf = ({ views }: Run): Target | undefined => targets.find((target) => views[target] > 0);

export function commandOf(stores: Stores, run: Run, on: Guards, decision?: Decision): Command {
  const { id, batchId, step: kind, known } = run;
  const { highWater, taken, accounted } = known;
  const { rows, failing } = stores.postgres;
  const target = nextOf(run) ?? "A";
  const topic = topicOf(target);
  const take = { run: id, batchId, target, views: run.views[target] };
  switch (kind) {
    case "open":
      return { kind, highWater };
    case "reopen": {
      const dropsOverlay = decision === "discard the overlay";
      return { kind, seen: run.seen, highWater, taken, accounted, dropsOverlay };
    }
    case "apply":
      return { ...take, kind, carried: (failing[target]?.batchId ?? 0) >= batchId };
    case "fail": {
      const asks = target === topic || !on.failsByOwnName;
      return { ...take, kind, carried: asks && rows[topic].batchId >= batchId };
    }
    case "mark":
      return { kind, batchId, ranks: ranksTaken(run) + (on.markAfterWholeWindow ? 0 : 1) };
    case "close":
      return { kind, batchId };
    default:
      return { kind: "finish", run: id };
  }
}

/** The number of targets before the next one. A window is one rank here. */
function ranksTaken(run: Run): number {
  const next = nextOf(run);
  return next ? targets.indexOf(next) : targets.length;
}

/** Updates the run by the answer. */
export function hear(run: Run, reply: Reply, on: Guards, decision?: Decision): void {
  switch (reply.outcome) {
    case "opened": {
      const { id, views, adopted } = reply;
      const { highWater, mark } = run.known;
      const begins = adopted && (highWater === id || !on.adoptsMarkOfBatch) ? mark : 0;
      for (const target of targets.slice(0, begins)) views[target] = 0;
      Object.assign(run, runAt(run.id, "open", run.known), { batchId: id, adopted, views });
      run.step = on.markAfterWholeWindow ? stepOfNext(run) : "mark";
      // The run needs what it has read only for what it opens next, and will read it again.
      if (on.highWaterReadBeforeOpen) run.known = nothingKnown;
      return;
    }
    case "unopened":
    case "regressed":
      if (reply.outcome === "regressed" && !decision) return goTo(run, "finish");
      run.seen = reply.outcome === "regressed" ? reply.lastBatch : null;
      run.step = on.reopensOnFreshBooks ? "books" : "reopen";
      return;
    case "empty":
      return goTo(run, "finish");
    case "refused":
      return goTo(run, "ended");
    case "done":
      return advance(run, on);
  }
}

function advance(run: Run, on: Guards): void {
  switch (run.step) {
    case "apply":
    case "fail": {
      const target = nextOf(run);
      if (target) run.views[target] = 0;
      run.step = on.markAfterWholeWindow || nextOf(run) ? "mark" : "close";
      return;
    }
    case "mark":
      run.step = stepOfNext(run);
      return;
    case "close":
      // A run takes the batch that it finds open, then the one that it opens.
      if (!run.adopted) return goTo(run, "finish");
      return on.highWaterReadBeforeOpen ? goTo(run, "read") : goTo(run, "open", run.known);
    case "reopen":
      return goTo(run, "read");
    default:
      goTo(run, "ended");
  }
}

function stepOfNext(run: Run): Run["step"] {
  const next = nextOf(run);
  if (!next) return "close";
  // Views under an older name go to `failed_targets`, from where a retry moves them.
  return next === "oldA" ? "fail" : "apply";
}

/** Forgets the batch, so that equal states of the model look equal. */
export function goTo(run: Run, step: Run["step"], known = nothingKnown): void {
  Object.assign(run, runAt(run.id, step, known));
}
