/**
 * The flush protocol as a state machine: who may take which step when.
 *
 * Every step of every actor may come at any moment between the steps of the others. So a stall, a
 * crash and a lost answer need no actions of their own: the next step of a stalled process comes
 * late, and that of a crashed one never comes. The search visits both.
 */
import type { Edge, System } from "./explore";
import {
  brokenPromise,
  copyRedis,
  copyState,
  held,
  initialState,
  type Look,
  type State,
} from "./promise";
import {
  applyAnswered,
  type Choice,
  commandOf,
  goTo,
  loseLane,
  play,
  type Run,
  runAt,
  stepsOf,
} from "./run";
import {
  begin,
  count,
  type Guards,
  guards,
  mayRemove,
  perform,
  remove,
  type Target,
  targets,
} from "./stores";

/** What may happen, and how often. Small numbers suffice: a missing guard shows in a few steps. */
export interface Scenario {
  views: number;
  runs: number;
  /** Both targets are viewed, not only the first. */
  twoTargets?: boolean;
  /** Commands that arrive, again or at last, when nobody waits for them any more. */
  lateCommands?: number;
  reader?: boolean;
  /** Admins who carry out the one discard: the second finishes what the first has left undone. */
  admins?: number;
  /** Rows that cleanups remove, at any moment: how long nobody viewed the topic is no guard of its own. */
  cleanups?: number;
  /** Redis loses everything, at a moment when it holds no views. */
  wipe?: boolean;
  /** Redis falls back, once, to a state that it had before. */
  failover?: boolean;
  /** A run that was taken over before Redis lost its memory may wake up after it. */
  sleepers?: boolean;
}

/** The protocol with all its guards, or without one of them. */
export function flushProtocol(scenario: Scenario, without?: keyof Guards): System<State> {
  const on: Guards = { ...guards };
  if (without) on[without] = false;
  return {
    initial: initialState(scenario.lateCommands ?? 0, on.startsWithZero ? 0 : null),
    actions: (state) => {
      const edges: Edge<State>[] = [];
      const may: May = (name, change) => {
        const next = copyState(state);
        change(next);
        edges.push({ name, next });
      };
      viewersAct(state, scenario, on, may);
      runsBegin(state, scenario.runs, on, may);
      for (const run of state.runs) runActs(state, run, on, may);
      if (scenario.reader) readerActs(state, on, may);
      if (scenario.admins) adminsAct(state, scenario.admins, on, may);
      lateCommandArrives(state, on, may);
      cleanupActs(state, scenario.cleanups ?? 0, on, may);
      if (scenario.wipe) redisIsWiped(state, scenario, may);
      if (scenario.failover) redisFailsOver(state, scenario, may);
      return edges;
    },
    broken: brokenPromise,
  };
}

/** Offers one thing that can happen next, as a change to a copy of the state. */
type May = (name: string, change: (next: State) => void) => void;

function viewersAct(state: State, scenario: Scenario, on: Guards, may: May): void {
  for (const target of scenario.twoTargets ? targets : targets.slice(0, 1)) {
    if (state.viewers === scenario.views) break;
    may(`viewer ${state.viewers + 1} is counted on ${target}`, (next) => {
      count(next, target, false, on);
      next.viewers += 1;
    });
  }
  if (state.viewers > 0) may("a count arrives again", (next) => count(next, "A", true, on));
}

function runsBegin(state: State, runs: number, on: Guards, may: May): void {
  const id = state.runs.length + 1;
  if (id > runs) return;
  // A lease runs out when its holder stalls, so a take-over can come at any moment.
  may(`run ${id} ${state.postgres.running.length > 0 ? "takes over" : "begins"}`, (next) => {
    next.runs.push(runAt(id, "open", begin(next, id, on)));
  });
}

function runActs(state: State, run: Run, on: Guards, may: May): void {
  const runMay = (what: string, change: (next: State, copy: Run) => void): void =>
    may(`run ${run.id}: ${what}`, (next) => {
      const copy = next.runs[run.id - 1];
      if (copy) change(next, copy);
    });

  for (const step of stepsOf(run)) {
    const { kind, target } = step;
    const name = target ? `${kind} ${target}` : kind;
    const choices: [string, Choice][] = [[name, {}]];
    const parked = state.redis.parked.A + state.redis.parked.B;
    if (kind === "open" && parked > 0) choices.push(["open, a retry", { retries: true }]);
    if (kind === "fail") choices.push([`${name}, for the last time`, { parks: true }]);
    for (const [what, choice] of choices) {
      runMay(what, (next, copy) => play(next, copy, step, on, choice));
      if (state.lateLeft > 0 && ["open", "settle", "close"].includes(kind)) {
        // The Redis client sends again after a reconnect, and either copy may be the late one.
        runMay(`${what}, sent twice`, (next, copy) => {
          next.late = commandOf(run, step, choice);
          next.lateLeft -= 1;
          play(next, copy, step, on, choice);
        });
      }
    }
    if (kind === "apply") applyFails(state, run, target, on, runMay);
  }
}

function applyFails(
  state: State,
  run: Run,
  target: Target,
  on: Guards,
  runMay: (what: string, change: (next: State, copy: Run) => void) => void,
): void {
  // One that finds fault with the data and whose run is taken over meanwhile has failed before.
  if (!on.fence || state.postgres.running.includes(run.id)) {
    runMay(`apply ${target} fails on the data`, (_next, copy) =>
      applyAnswered(copy, target, "fail"),
    );
  }
  if (state.lateLeft > 0) {
    // PostgreSQL may have executed the statement, may do so later, or never.
    runMay(`apply ${target} has no answer`, (next, copy) => {
      next.late = commandOf(run, { kind: "apply", target });
      next.lateLeft -= 1;
      if (!on.settlesAfterCommit) applyAnswered(copy, target, "settle");
      else if (!on.unknownIsNotFailed) applyAnswered(copy, target, "fail");
      else loseLane(copy, target);
    });
  }
}

function lateCommandArrives({ late }: State, on: Guards, may: May): void {
  if (!late) return;
  may(`the late ${late.kind} arrives`, (next) => {
    next.late = null;
    perform(next, late, on);
  });
}

function readerActs(state: State, on: Guards, may: May): void {
  const { look, redis, postgres } = state;
  if (look) {
    may("the reader reads the row", (next) => {
      next.look = null;
      if (on.readerReadsAgain && postgres.rows.A.batchId > look.lastBatch) return;
      const answer = answerOf(look, postgres.rows.A, on);
      if (answer !== look.truth)
        next.misread = `a reader answers ${answer} for ${look.truth} views`;
    });
  } else {
    may("a reader looks at Redis", (next) => {
      next.look = {
        waiting: redis.overlay.A + redis.parked.A,
        batch: redis.batch && { id: redis.batch.id, share: redis.batch.views.A },
        lastBatch: redis.lastBatch ?? 0,
        truth: state.viewers - postgres.books.discarded - held(state),
      };
    });
  }
}

/**
 * To answer what was true at the look is to promise both things that users see: never more than was
 * accepted, and never less than an earlier answer.
 */
function answerOf(look: Look, row: { views: number; batchId: number }, on: Guards): number {
  const { batch, waiting } = look;
  const adds = batch && (!on.readerComparesBatch || row.batchId < batch.id);
  return row.views + waiting + (adds ? batch.share : 0);
}

function adminsAct(state: State, admins: number, on: Guards, may: May): void {
  const { length } = state.admins;
  if (length === 0 || (length < admins && state.postgres.discard === "intended")) {
    may(`admin ${length + 1} ${length === 0 ? "decides on" : "picks up"} the discard`, (next) => {
      if (on.intentFirst) next.postgres.discard = "intended";
      next.admins.push({ step: "take", views: 0 });
    });
  }
  state.admins.forEach(({ step, views }, index) => {
    if (step === "ended") return;
    may(`admin ${index + 1}: ${step}`, (next) => {
      const { outcome, taken = 0 } = perform(next, { kind: step, views }, on);
      const after = { take: "book", book: "clear", clear: "ended" } as const;
      const stops = step === "take" && outcome === "nothing";
      next.admins[index] = { step: stops ? "ended" : after[step], views: taken };
    });
  });
}

function cleanupActs(state: State, cleanups: number, on: Guards, may: May): void {
  if (state.cleanups === cleanups) return;
  for (const target of targets) {
    if (!mayRemove(state, target, on)) continue;
    may(`a cleanup removes ${target}`, (next) => {
      remove(next, target);
      next.cleanups += 1;
    });
  }
}

function redisIsWiped(state: State, scenario: Scenario, may: May): void {
  const { overlay, parked, batch } = state.redis;
  const empty = overlay.A + overlay.B + parked.A + parked.B === 0 && !batch;
  if (!empty) return;
  may("Redis is wiped, and the books are opened anew", (next) => {
    const { applied } = next.postgres.books;
    next.redis = { ...initialState(0, null).redis, accepted: applied };
    if (!scenario.sleepers) endInterrupted(next);
  });
}

function redisFailsOver(state: State, scenario: Scenario, may: May): void {
  const { replica } = state;
  if (state.failedOver) return;
  if (!replica) {
    may("the replica stops following", (next) => (next.replica = copyRedis(next.redis)));
    return;
  }
  may("Redis falls back to the replica", (next) => {
    next.redis = copyRedis(replica);
    next.replica = null;
    next.failedOver = true;
    if (!scenario.sleepers) endInterrupted(next);
  });
}

/**
 * A run that was taken over wakes up to a Redis that no longer knows the later owner or batch id that
 * would stop it. This is where the promise ends, and the books have to tell.
 */
function endInterrupted({ runs, postgres }: State): void {
  for (const run of runs) if (!postgres.running.includes(run.id)) goTo(run, "ended");
}
