/** The program of one run: which command it sends next, and what it makes of the answer. */
import {
  perform,
  targets,
  type Command,
  type Guards,
  type Reply,
  type Stores,
  type Target,
  type Verdict,
  type Views,
} from "./stores";

/** What a run remembers between its steps, and loses when its process crashes. */
export interface Run {
  id: number;
  step: "open" | "drain" | "close" | "finish" | "ended";
  highWater: number;
  batchId: number;
  adopted: boolean;
  /** What of the batch it has not settled yet. */
  views: Views;
  /** A lane for each target, for two chunks are under way at once; null where there is nothing to do. */
  lanes: Record<Target, Lane | null>;
}

interface Lane {
  /** `lost`: it was refused, or has no answer. The other one comes to its end before the run does. */
  step: "apply" | "fail" | "settle" | "lost";
  /** What the target is settled with. */
  verdict: Verdict;
}

/** A step of the drain names the target whose lane takes it. */
export type Step =
  | { kind: "open" | "close" | "finish"; target?: undefined }
  | { kind: "apply" | "fail" | "settle"; target: Target };

/** What differs from run to run: a retry claims parked views too; a failed target may be parked. */
export interface Choice {
  retries?: boolean;
  parks?: boolean;
}

export function runAt(id: number, step: Run["step"], highWater: number): Run {
  return {
    id,
    step,
    highWater,
    batchId: 0,
    adopted: false,
    views: { A: 0, B: 0 },
    lanes: { A: null, B: null },
  };
}

/** The steps that it may take next: one of each lane while it drains, in any order. */
export function stepsOf({ step, lanes }: Run): Step[] {
  if (step === "ended") return [];
  if (step !== "drain") return [{ kind: step }];
  return targets.flatMap((target) => {
    const lane = lanes[target];
    return lane && lane.step !== "lost" ? [{ kind: lane.step, target }] : [];
  });
}

export function commandOf(run: Run, step: Step, { retries = false }: Choice = {}): Command {
  const { id, batchId, highWater, lanes } = run;
  switch (step.kind) {
    case "open":
      return { kind: step.kind, run: id, highWater, retries };
    case "apply":
      return {
        kind: step.kind,
        run: id,
        batchId,
        target: step.target,
        views: run.views[step.target],
      };
    case "fail":
      return { kind: step.kind, run: id, batchId, target: step.target };
    case "settle": {
      const { kind, target } = step;
      const verdict = lanes[target]?.verdict ?? "flushed";
      return { kind, run: id, batchId, target, views: run.views[target], verdict };
    }
    case "close":
      return { kind: step.kind, run: id, batchId };
    case "finish":
      return { kind: step.kind, run: id };
  }
}

/** One step without a fault: the command is executed, and the run learns the answer. */
export function play(stores: Stores, run: Run, step: Step, on: Guards, choice: Choice = {}): void {
  const reply = perform(stores, commandOf(run, step, choice), on);
  if (reply.outcome !== "refused" && reply.outcome !== "nothing") {
    advance(run, step, reply, on, choice);
  } else if (step.target) loseLane(run, step.target);
  else goTo(run, "finish");
}

/** Leaves the batch as it is, and forgets it, so that equal states of the model look equal. */
export function goTo(run: Run, step: "open" | "finish" | "ended", highWater = 0): void {
  Object.assign(run, runAt(run.id, step, highWater));
}

/** PostgreSQL has answered, or the run takes it that it has: the target is to be settled. */
export function applyAnswered(run: Run, target: Target, step: "fail" | "settle"): void {
  run.lanes[target] = { step, verdict: "flushed" };
}

function advance(run: Run, step: Step, reply: Reply, on: Guards, { parks = false }: Choice): void {
  switch (step.kind) {
    case "open":
      if (!reply.batch) throw new Error("the reply to an open names the batch");
      run.batchId = reply.batch.id;
      run.adopted = reply.batch.adopted;
      run.views = reply.batch.views;
      run.step = "drain";
      for (const target of targets) {
        if (run.views[target] > 0) run.lanes[target] = { step: "apply", verdict: "flushed" };
      }
      return endOfLanes(run);
    case "apply":
      return applyAnswered(run, step.target, "settle");
    case "fail": {
      const verdict = reply.outcome === "carried" ? "flushed" : parks ? "parked" : "overlay";
      run.lanes[step.target] = { step: "settle", verdict };
      return;
    }
    case "settle":
      run.views[step.target] = 0;
      run.lanes[step.target] = null;
      return endOfLanes(run);
    case "close": {
      // A run drains the batch that it finds open, then the one that it opens.
      const reached = on.highWaterKeepsUp ? Math.max(run.highWater, run.batchId) : run.highWater;
      goTo(run, run.adopted ? "open" : "finish", run.adopted ? reached : 0);
      return;
    }
    case "finish":
      goTo(run, "ended");
  }
}

/** Leaves the target in the batch, for the next run. */
export function loseLane(run: Run, target: Target): void {
  run.lanes[target] = { step: "lost", verdict: "flushed" };
  endOfLanes(run);
}

function endOfLanes(run: Run): void {
  const lanes = targets.map((target) => run.lanes[target]);
  if (lanes.some((lane) => lane && lane.step !== "lost")) return;
  if (lanes.some((lane) => lane)) goTo(run, "finish");
  else run.step = "close";
}
