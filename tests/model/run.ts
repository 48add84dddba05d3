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
  /** What PostgreSQL is asked to apply, while Redis settles what came before. */
  applying: Target | null;
  settling: Answered | null;
  /** Applied or refused, and to be settled next. */
  answered: Answered | null;
}

interface Answered {
  target: Target;
  step: "fail" | "settle";
  verdict: Verdict;
}

type Step = "open" | "apply" | "fail" | "settle" | "close" | "finish";

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
    applying: null,
    settling: null,
    answered: null,
  };
}

/** The steps that it may take next: two of them while it drains, in either order. */
export function stepsOf({ step, applying, settling }: Run): Step[] {
  if (step === "ended") return [];
  if (step !== "drain") return [step];
  return [...(applying ? ["apply" as const] : []), ...(settling ? [settling.step] : [])];
}

export function commandOf(run: Run, step: Step, { retries = false }: Choice = {}): Command {
  const { id, batchId, highWater } = run;
  const { target, verdict } = run.settling ?? { target: "A", verdict: "flushed" };
  switch (step) {
    case "open":
      return { kind: step, run: id, highWater, retries };
    case "apply": {
      const applied = run.applying ?? "A";
      return { kind: step, run: id, batchId, target: applied, views: run.views[applied] };
    }
    case "fail":
      return { kind: step, run: id, batchId, target };
    case "settle":
      return { kind: step, run: id, batchId, target, views: run.views[target], verdict };
    case "close":
      return { kind: step, run: id, batchId };
    case "finish":
      return { kind: step, run: id };
  }
}

/** One step without a fault: the command is executed, and the run learns the answer. */
export function play(stores: Stores, run: Run, step: Step, on: Guards, choice: Choice = {}): void {
  const reply = perform(stores, commandOf(run, step, choice), on);
  if (reply.outcome === "refused" || reply.outcome === "nothing") goTo(run, "finish");
  else advance(run, step, reply, on, choice);
}

/** Leaves the batch as it is, and forgets it, so that equal states of the model look equal. */
export function goTo(run: Run, step: "open" | "finish" | "ended", highWater = 0): void {
  Object.assign(run, runAt(run.id, step, highWater));
}

/** PostgreSQL has answered, or the run takes it that it has: the target is to be settled. */
export function applyAnswered(run: Run, step: Answered["step"]): void {
  if (!run.applying) throw new Error("nothing is being applied");
  run.answered = { target: run.applying, step, verdict: "flushed" };
  run.applying = null;
  drainOn(run);
}

/** Goes on once both are done: what was applied is settled while the next one is applied. */
function drainOn(run: Run): void {
  if (run.applying || run.settling) return;
  run.settling = run.answered;
  run.answered = null;
  const inHand = run.settling?.target;
  run.applying = targets.find((target) => run.views[target] > 0 && target !== inHand) ?? null;
  run.step = run.applying || run.settling ? "drain" : "close";
}

function advance(run: Run, step: Step, reply: Reply, on: Guards, { parks = false }: Choice): void {
  switch (step) {
    case "open":
      if (!reply.batch) throw new Error("the reply to an open names the batch");
      run.batchId = reply.batch.id;
      run.adopted = reply.batch.adopted;
      run.views = reply.batch.views;
      return drainOn(run);
    case "apply":
      return applyAnswered(run, "settle");
    case "fail": {
      const verdict = reply.outcome === "carried" ? "flushed" : parks ? "parked" : "overlay";
      run.settling = { target: run.settling?.target ?? "A", step: "settle", verdict };
      return;
    }
    case "settle":
      run.views[run.settling?.target ?? "A"] = 0;
      run.settling = null;
      return drainOn(run);
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
