import { showLine } from "../local/progress";

interface Stoppable {
  stop(): Promise<unknown>;
}

/** Everything that has been started, so that it can be stopped in the opposite order. */
export class Running {
  readonly #parts: Array<{ name: string; part: Stoppable }> = [];
  #stopped: Promise<void> | undefined;

  add<T extends Stoppable>(name: string, part: T): T {
    this.#parts.push({ name, part });
    return part;
  }

  /** Stops everything, once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    const names = this.#parts.map(({ name }) => name).reverse();
    for (const { part } of [...this.#parts].reverse()) await part.stop();
    if (names.length > 0) showLine(`✓ Stopped: ${names.join(", ")}`);
  }
}
/**
 * The terminal sends Ctrl-C to us and to npm, which passes it on: a second signal within this time is the
 * same one.
 */
const sameSignalMs = 1_000;
const parentCheckMs = 500;

/**
 * Aborts when the demo has to end: on Ctrl-C, SIGTERM or SIGHUP, or when the npm that runs it is gone, since
 * after a SIGKILL npm cannot pass on a signal.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let asked = Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      controller.abort();
      // Asked a second time: exits at once. The guardians stop the servers.
      if (performance.now() > asked + sameSignalMs) process.exit(130);
      asked = Math.min(asked, performance.now());
    });
  }
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    const abortAlone = () => {
      if (process.ppid !== parent) controller.abort();
    };
    setInterval(abortAlone, parentCheckMs).unref();
  }
  return controller.signal;
}
