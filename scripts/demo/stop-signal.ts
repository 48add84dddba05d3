/** npm passes Ctrl-C on, which the terminal has already sent: within this time it is the same one. */
const sameSignalMs = 1_000;
const parentCheckMs = 500;

/**
 * Aborts when the demo is to end: on Ctrl-C, SIGTERM or SIGHUP, or when the npm that runs it is gone, which
 * after a SIGKILL cannot say so.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let asked = Infinity;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      controller.abort();
      // Asked again: leave at once. The guardians of the servers stop them.
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
