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
  step: "open" | "apply" | "fail" | "settle" | "close" | "finish" | "ended";
  highWater: number;
  batchId: number;
  adopted: boolean;
  /** What it still has to flush of the batch, and what became of the target in its hands. */
  views: Views;
  verdict: Verdict;
}

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
    verdict: "flushed",
  };
}

const pending = (run: Run): Target | undefined => targets.find((target) => run.views[target] > 0);

export function commandOf(run: Run, { retries = false }: Choice = {}): Command {
  const { id, step, batchId, highWater, verdict } = run;
  const target = pending(run) ?? "A";
  switch (step) {
    case "open":
      return { kind: step, run: id, highWater, retries };
    case "apply":
      return { kind: step, run: id, batchId, target, views: run.views[target] };
    case "fail":
      return { kind: step, run: id, batchId, target };
    case "settle":
      return { kind: step, run: id, batchId, target, views: run.views[target], verdict };
    case "close":
      return { kind: step, run: id, batchId };
    case "finish":
    case "ended":
      return { kind: "finish", run: id };
  }
}

/** One step without a fault: the command is executed, and the run learns the answer. */
export function play(stores: Stores, run: Run, on: Guards, choice: Choice = {}): void {
  const reply = perform(stores, commandOf(run, choice), on);
  if (reply.outcome === "refused" || reply.outcome === "nothing") goTo(run, "finish");
  else advance(run, reply, on, choice);
}

/** Leaves the batch as it is, and forgets it, so that equal states of the model look equal. */
export function goTo(run: Run, step: "open" | "finish" | "ended", highWater = 0): void {
  Object.assign(run, runAt(run.id, step, highWater));
}

function advance(run: Run, reply: Reply, on: Guards, { parks = false }: Choice): void {
  switch (run.step) {
    case "open":
      if (!reply.batch) throw new Error("the reply to an open names the batch");
      run.batchId = reply.batch.id;
      run.adopted = reply.batch.adopted;
      run.views = reply.batch.views;
      run.step = pending(run) ? "apply" : "close";
      return;
    case "apply":
      run.verdict = "flushed";
      run.step = "settle";
      return;
    case "fail":
      run.verdict = reply.outcome === "carried" ? "flushed" : parks ? "parked" : "overlay";
      run.step = "settle";
      return;
    case "settle":
      run.views[pending(run) ?? "A"] = 0;
      run.verdict = "flushed";
      run.step = pending(run) ? "apply" : "close";
      return;
    case "close": {
      // A run drains the batch that it finds open, then the one that it opens.
      const reached = on.highWaterKeepsUp ? Math.max(run.highWater, run.batchId) : run.highWater;
      goTo(run, run.adopted ? "open" : "finish", run.adopted ? reached : 0);
      return;
    }
    case "finish":
    case "ended":
      goTo(run, "ended");
  }
}
