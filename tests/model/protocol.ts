/**
 * The flush protocol as a state machine: who may take which step when.
 *
 * Every step of every actor may come at any moment between the steps of the others. So a stall, a
 * crash and a lost answer need no actions of their own: the next step of a stalled process comes
 * late, and that of a crashed one never comes. The search visits both.
 */
import type { Edge, System } from "./explore";
import { brokenPromise, copyOf, emptyRedis, initialState, type Look, type State } from "./promise";
import { commandOf, type Decision, goTo, hear, play, type Run, runAt } from "./run";
import { discard, mayRemove, maySweep, remove, retry, takeOff } from "./repairs";
import { begin, count, type Guards, guards, perform, type Target, targets, topics } from "./stores";

/** What may happen, and how often. Small numbers suffice: a missing guard shows in a few steps. */
export interface Scenario {
  views: number;
  runs: number;
  /** What is viewed. */
  targets: Target[];
  /** PostgreSQL refuses views, and a retry moves them at any moment: a run's or an admin's. */
  failures?: boolean;
  discards?: number;
  takeOffs?: number;
  /** How many commands may arrive, again or at last, when nobody waits for them any more. */
  lateCommands?: number;
  reader?: boolean;
  /** Rows that cleanups remove, at any moment: how long nobody viewed the topic is no guard of its own. */
  cleanups?: number;
  /** Redis loses everything, or its `lastBatch` alone, at any moment. */
  wipe?: boolean;
  /** Redis falls back, once, to a state that it had before. */
  fallback?: boolean;
  /** A run that was taken over before Redis fell back may wake up after it. */
  sleepers?: boolean;
}

/** The protocol with all its guards, or without one of them. */
export function flushProtocol(scenario: Scenario, without?: keyof Guards): System<State> {
  const on: Guards = { ...guards };
  if (without) on[without] = false;
  return {
    initial: initialState(on.startsWithZero ? 0 : null, {
      lateLeft: scenario.lateCommands ?? 0,
      discardsLeft: scenario.discards ?? 0,
      takeOffsLeft: scenario.takeOffs ?? 0,
      cleanupsLeft: scenario.cleanups ?? 0,
    }),
    actions: (state) => {
      const edges: Edge<State>[] = [];
      const may: May = (name, change) => {
        const next = copyOf(state);
        change(next);
        edges.push({ name, next });
      };
      viewersAct(state, scenario, on, may);
      runsBegin(state, scenario.runs, on, may);
      for (const run of state.runs) runActs(state, run, scenario, on, may);
      repairsAct(state, on, may);
      if (scenario.reader) readerActs(state, on, may);
      lateCommandArrives(state, on, may);
      cleanupActs(state, on, may);
      if (scenario.wipe) redisForgets(state, may);
      if (scenario.fallback) redisFallsBack(state, scenario, may);
      return edges;
    },
    broken: brokenPromise,
  };
}

/** Offers one thing that can happen next, as a change to a copy of the state. */
type May = (name: string, change: (next: State) => void) => void;

function viewersAct(state: State, scenario: Scenario, on: Guards, may: May): void {
  const { A, B, oldA } = state.viewers;
  for (const target of A + B + oldA < scenario.views ? scenario.targets : []) {
    may(`a viewer is counted on ${target}`, (next) => {
      count(next, target, false, on);
      next.viewers[target] += 1;
    });
  }
  if (A === 1) may("a count of A arrives again", (next) => count(next, "A", true, on));
}

function runsBegin(state: State, runs: number, on: Guards, may: May): void {
  const id = state.runs.length + 1;
  if (id > runs) return;
  // A lease runs out when its holder stalls, so a take-over can come at any moment.
  may(`run ${id} ${state.postgres.running.length > 0 ? "takes over" : "begins"}`, (next) => {
    next.runs.push(runAt(id, "read"));
    begin(next, id, on);
  });
}

function runActs(state: State, run: Run, scenario: Scenario, on: Guards, may: May): void {
  const { step } = run;
  if (step === "ended") return;
  const runMay = (what: string, change: (next: State, copy: Run) => void): void =>
    may(`run ${run.id}: ${what}`, (next) => {
      const copy = next.runs[run.id - 1];
      if (copy) change(next, copy);
    });

  for (const decision of decisionsAt(run, scenario)) {
    const name = decision ? `${step} to ${decision}` : step;
    const plays = (next: State, copy: Run): void => {
      if (step === "reopen" && decision === "keep the overlay") next.memory = "kept";
      play(next, copy, on, decision);
    };
    runMay(name, plays);
    if (state.lateLeft > 0 && (step === "open" || step === "close")) {
      // The Redis client re-sends a command after a reconnect, and either copy may arrive late.
      runMay(`${name}, sent twice`, (next, copy) => {
        next.late = commandOf(next, copy, on);
        next.lateLeft -= 1;
        plays(next, copy);
      });
    }
  }
  if (step !== "apply" && step !== "fail") return;
  if (step === "apply" && scenario.failures) {
    runMay("apply fails on the data", (_next, copy) => {
      copy.step = "fail";
    });
  }
  if (state.lateLeft > 0) {
    // PostgreSQL may have executed the statement, may do so later, or never.
    runMay(`${step} has no answer`, (next, copy) => {
      next.late = commandOf(next, copy, on);
      next.lateLeft -= 1;
      if (!on.unknownIsNotDone) hear(copy, { outcome: "done" }, on);
      else if (!on.unknownIsNotFailed && step === "apply") copy.step = "fail";
      else goTo(copy, "finish");
    });
  }
}

/** Only an admin can continue after Redis fell back. */
function decisionsAt({ step, seen }: Run, { fallback }: Scenario): (Decision | undefined)[] {
  if (step === "open" && fallback) return [undefined, "keep the overlay"];
  if (step === "reopen" && seen !== null) return ["keep the overlay", "discard the overlay"];
  return [undefined];
}

function lateCommandArrives({ late }: State, on: Guards, may: May): void {
  if (!late) return;
  may(`the late ${late.kind} arrives`, (next) => {
    next.late = null;
    perform(next, late, on);
  });
}

function repairsAct(state: State, on: Guards, may: May): void {
  for (const name of targets) {
    if (state.postgres.failing[name]?.views) {
      may(`a retry of ${name}`, (next) => retry(next, name, on));
      if (state.discardsLeft > 0) {
        may(`an admin discards ${name}`, (next) => {
          discard(next, name, on);
          next.discardsLeft -= 1;
        });
      }
    }
    if (maySweep(state, name, on)) {
      may(`the tombstone of ${name} is swept`, (next) => {
        next.postgres.failing[name] = null;
      });
    }
  }
  if (state.takeOffsLeft > 0 && state.postgres.rows.A.views > 0) {
    may("an admin takes a view off A", (next) => {
      takeOff(next, "A");
      next.takeOffsLeft -= 1;
    });
  }
}

function readerActs(state: State, on: Guards, may: May): void {
  const { look, redis, postgres, viewers } = state;
  if (!look) {
    may("a reader looks at Redis", (next) => {
      next.look = {
        overlay: redis.overlay.A,
        batch: redis.batch && { id: redis.batch.id, share: redis.batch.views.A },
        lastBatch: redis.lastBatch ?? 0,
        viewers: viewers.A,
        discarded: postgres.books.discarded.A,
        failing: on.readerReadsRowsTogether ? null : postgres.failing.A,
      };
    });
    return;
  }
  may("the reader reads the rows", (next) => {
    next.look = null;
    const answer = answerOf(look, state, on);
    if (answer === undefined) return;
    // Never more than was accepted and, except for discards, never less than an earlier answer.
    const least = look.viewers - postgres.books.discarded.A;
    const most = look.viewers - look.discarded;
    if (answer < least || answer > most)
      next.misread = `a reader answers ${answer}, not ${least} to ${most}`;
  });
}

/** What the reader answers, or nothing if it has to start again. */
function answerOf(look: Look, { postgres }: State, on: Guards): number | undefined {
  const { batch, lastBatch, overlay } = look;
  const row = postgres.rows.A;
  const failing = (on.readerReadsRowsTogether ? postgres.failing.A : look.failing) ?? {
    views: 0,
    batchId: 0,
  };
  if (on.readerReadsAgain && postgres.books.lastBatch > lastBatch) return undefined;
  const carried =
    batch &&
    ((on.readerComparesRow && row.batchId >= batch.id) ||
      (on.readerComparesFailing && failing.batchId >= batch.id));
  return row.views + failing.views + overlay + (batch && !carried ? batch.share : 0);
}

function cleanupActs(state: State, on: Guards, may: May): void {
  if (state.cleanupsLeft === 0) return;
  for (const topic of topics) {
    if (!mayRemove(state, topic, on)) continue;
    may(`a cleanup removes ${topic}`, (next) => {
      remove(next, topic);
      next.cleanupsLeft -= 1;
    });
  }
}

function redisForgets(state: State, may: May): void {
  if (state.memory !== "whole") return;
  may("Redis is wiped", (next) => {
    next.redis = emptyRedis(null);
    next.memory = "lost";
  });
  may("Redis loses lastBatch alone", (next) => {
    next.redis.lastBatch = null;
    next.memory = "lost";
  });
}

function redisFallsBack(state: State, scenario: Scenario, may: May): void {
  const { replica } = state;
  if (state.memory !== "whole") return;
  if (!replica) {
    may("the replica stops following", (next) => {
      next.replica = copyOf(next.redis);
    });
    return;
  }
  may("Redis falls back to the replica", (next) => {
    next.redis = replica;
    next.replica = null;
    next.memory = "lost";
    if (!scenario.sleepers) endInterrupted(next);
  });
}

/**
 * A run that was taken over wakes up and finds a Redis that no longer knows the later batch id, which would
 * have stopped the run. This is where the promise ends, and the books have to show it.
 */
function endInterrupted({ runs, postgres }: State): void {
  for (const run of runs) if (!postgres.running.includes(run.id)) goTo(run, "ended");
}
