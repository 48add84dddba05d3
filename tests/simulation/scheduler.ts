import { refusal } from "./in-memory-postgres";
import type { Random } from "./random";
import type { Around } from "./in-memory-redis";

/** What can happen to one command or statement instead of a plain answer. */
export const FAULTS = [
  /** The command never arrives. */
  "lost",
  /** It is executed, but its answer is lost. */
  "answer lost",
  /** The caller is told that it failed, but it is executed later. */
  "late",
  /** The caller waits past the lease before it is executed. */
  "stalled",
  /** It is executed, and the caller waits past the lease for the answer. */
  "answer stalled",
  /** Redis only: the client library sends it again, and the second answer counts. */
  "sent twice",
  /** Redis only: it is answered, and a copy of it arrives later. */
  "late copy",
  /** PostgreSQL only: the data is refused. */
  "data refused",
  /** PostgreSQL only: a conflict, a deadlock or a timeout, with nothing written. */
  "gave up",
] as const;
export type Fault = (typeof FAULTS)[number];

const STORE_FAULTS: Record<"redis" | "postgres", Fault[]> = {
  redis: FAULTS.filter((fault) => fault !== "data refused" && fault !== "gave up"),
  postgres: FAULTS.filter((fault) => fault !== "sent twice" && fault !== "late copy"),
};

/** Commands that a client may have under way at a time. */
const MOST_SENT = 12;

/** How often a call that has slept past the lease is chosen before those that have not. */
const SLEEPERS = 0.15;

interface Call {
  caller: string;
  store: "redis" | "postgres" | "clock";
  name: string;
  disturbance: number;
  execute: () => unknown;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
  /** Virtual time before which it does not go on. */
  stalledUntil: number;
  /** Set once the call was executed and only the answer is due. */
  answer?: () => void;
  wasSentTwice?: true;
}

/** Something that is executed when its caller has long given up, or continued. */
interface Late {
  label: string;
  store: Call["store"];
  execute: () => unknown;
  /** Virtual time before which it does not arrive. */
  due: number;
}

export interface FaultPlan {
  rate: number;
  kinds: readonly Fault[];
  /** Command → the faults that it meets, whoever sends it; no other command meets any then. */
  commands?: Readonly<Record<string, readonly Fault[]>>;
}

/**
 * Decides about time and order alone: every command, statement and sleep waits here until it is let through,
 * one at a time, and may meet a fault then.
 */
export class Scheduler {
  now = 1_000_000;
  faults: FaultPlan = { rate: 0, kinds: [] };
  readonly counts = new Map<string, number>();
  #calls: Call[] = [];
  #late: Late[] = [];
  /** Caller → the last scripts that it sent. */
  readonly #sent = new Map<string, Array<{ label: string; execute: () => unknown }>>();

  constructor(
    private readonly random: Random,
    private readonly leaseSeconds: number,
    private readonly log: (line: string) => void,
  ) {}

  /** `disturbance` scales the rate of faults for a caller. */
  around(caller: string, store: "redis" | "postgres", disturbance = 1): Around {
    return (name, execute) => this.#wait(caller, store, name, execute, disturbance);
  }

  async sleep(caller: string, milliseconds: number): Promise<void> {
    const until = this.now + milliseconds;
    await this.#wait(caller, "clock", "sleep", () => (this.now = Math.max(this.now, until)));
  }

  #wait(
    caller: string,
    store: Call["store"],
    name: string,
    execute: () => unknown,
    disturbance = 0,
  ) {
    return new Promise<unknown>((resolve, reject) => {
      const call = { caller, store, name, execute, resolve, reject, disturbance };
      this.#calls.push({ ...call, stalledUntil: 0 });
    });
  }

  get isIdle(): boolean {
    return this.#calls.length === 0;
  }

  get hasReady(): boolean {
    return this.#calls.some((call) => call.stalledUntil <= this.now);
  }

  get hasStalled(): boolean {
    return this.#calls.some((call) => call.stalledUntil > this.now);
  }

  /** Whether a caller is asleep that has sent something that could arrive again. */
  get canSendAgain(): boolean {
    return this.faults.kinds.includes("late copy") && this.#sleepers.length > 0;
  }

  get #sleepers(): Call[] {
    return this.#calls.filter(
      ({ caller, stalledUntil }) => stalledUntil > 0 && this.#sent.has(caller),
    );
  }

  get hasLate(): boolean {
    return this.#late.some(({ due }) => due <= this.now);
  }

  /** Lets one waiting call through, with or without a fault. */
  step(): void {
    const call = this.#pickReady();
    this.now += 1;
    const label = `${call.caller} ${call.name}`;
    if (call.answer) {
      this.log(`${label}: answered at last`);
      this.#remove(call);
      call.answer();
      return;
    }
    const fault = this.#drawFault(call);
    this.log(fault ? `${label}: ${fault}` : label);
    if (fault) this.#meet(call, fault, label);
    else this.#answer(call);
  }

  /** Sleepers wake up late; otherwise the others would hardly have moved on by then. */
  #pickReady(): Call {
    const ready = this.#calls.filter((call) => call.stalledUntil <= this.now);
    const awake = ready.filter((call) => call.stalledUntil === 0);
    const isSleeperNext = awake.length === 0 || this.random.chance(SLEEPERS);
    return this.random.pick(isSleeperNext ? ready : awake);
  }

  /** The client of a sleeper reconnects, and re-sends what it had sent, when others have moved on. */
  sendAgain(): void {
    const sleeper = this.random.pick(this.#sleepers);
    const sent = this.random.pick(this.#sent.get(sleeper.caller) ?? []);
    this.log(`again: ${sent.label} -> ${outcome(sent.execute)}`);
  }

  /** Executes something whose caller has long given up. */
  stepLate(): void {
    const late = this.random.pick(this.#late.filter(({ due }) => due <= this.now));
    this.#late = this.#late.filter((each) => each !== late);
    this.log(`late: ${late.label} -> ${outcome(late.execute)}`);
  }

  /** Forgets what was on its way to a Redis that is gone. */
  forgetSent(store: Call["store"]): void {
    this.#late = this.#late.filter((late) => late.store !== store);
    this.#sent.clear();
  }

  wakeAll(): void {
    for (const call of this.#calls) call.stalledUntil = 0;
    for (const late of this.#late) late.due = 0;
  }

  /** The caller dies. What it had sent is lost, or executed now or later; the caller gets no answer. */
  crash(caller: string): void {
    this.#sent.delete(caller);
    for (const call of this.#calls.filter((each) => each.caller === caller)) {
      this.#remove(call);
      if (call.answer || call.store === "clock") continue;
      const label = `${call.caller} ${call.name}`;
      const fate = this.random.pick(["lost", "happens", "late"] as const);
      this.log(`${label}: ${fate}, with its process`);
      if (fate === "happens") outcome(call.execute);
      if (fate === "late") this.#delay(label, call);
    }
  }

  #pastTheLease(): number {
    return this.now + this.leaseSeconds * 1_000 * (1 + 4 * this.random.fraction());
  }

  /** It arrives soon, or when the run that sent it may have been taken over. */
  #delay(label: string, { store, execute }: Call): void {
    const due = this.random.chance(0.5) ? this.now : this.#pastTheLease();
    this.#late.push({ label, store, execute, due });
  }

  #drawFault({ store, name, disturbance, wasSentTwice }: Call): Fault | undefined {
    const { rate, kinds, commands } = this.faults;
    const probability = commands ? rate : rate * disturbance;
    if (store === "clock" || !this.random.chance(probability)) return undefined;
    const wanted = commands ? (commands[name] ?? []) : kinds;
    const possible = STORE_FAULTS[store].filter(
      (fault) => wanted.includes(fault) && !(wasSentTwice && fault === "sent twice"),
    );
    if (possible.length === 0) return undefined;
    const fault = this.random.pick(possible);
    this.count(`${store}: ${fault}`);
    return fault;
  }

  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  #meet(call: Call, fault: Fault, label: string): void {
    const { execute } = call;
    const stall = this.#pastTheLease();
    switch (fault) {
      case "stalled":
        call.stalledUntil = stall;
        return;
      case "answer stalled":
        call.stalledUntil = stall;
        call.answer = settled(call);
        return;
      case "sent twice":
        outcome(execute);
        call.wasSentTwice = true;
        return;
      case "late copy":
        this.#delay(label, call);
        this.#answer(call);
        return;
      case "late":
        this.#delay(label, call);
        break;
      case "answer lost":
        outcome(execute);
        break;
      case "lost":
    }
    this.#remove(call);
    call.reject(this.#error(fault));
  }

  #error(fault: Fault): Error {
    if (fault === "data refused") return refusal(this.random.pick(["22P02", "23514", "P0001"]));
    if (fault === "gave up") return refusal(this.random.pick(["40001", "40P01", "55P03", "57014"]));
    return new Error("Connection is closed");
  }

  #answer(call: Call): void {
    this.#remove(call);
    if (call.store === "redis" && call.caller !== "visitor") {
      const label = `${call.caller} ${call.name}`;
      const before = this.#sent.get(call.caller) ?? [];
      this.#sent.set(call.caller, [...before, { label, execute: call.execute }].slice(-MOST_SENT));
    }
    settled(call)();
  }

  #remove(call: Call): void {
    this.#calls = this.#calls.filter((each) => each !== call);
  }
}

/** Executes a call; the returned function tells the caller. */
function settled({ execute, resolve, reject }: Call): () => void {
  try {
    const answer = execute();
    return () => resolve(answer);
  } catch (error) {
    return () => reject(error);
  }
}

/** Executes something whose answer nobody waits for. */
function outcome(execute: () => unknown): string {
  try {
    return JSON.stringify(execute()) ?? "done";
  } catch (error) {
    return String(error);
  }
}
