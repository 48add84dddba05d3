import { readPeriod } from "~/stats/period";
import type { Services } from "~/services.server";

/** Milliseconds that a page waits for one of its parts before it is sent without it. */
const PATIENCE_MS = 400;

/** The period that the address asks for, and what is persisted by now. */
export async function readShownPeriod({ periodViews }: Services, request: Request) {
  const { searchParams } = new URL(request.url);
  const moment = await periodViews.now();
  const period = readPeriod(searchParams, moment);
  // Whether the period before is shown beside it.
  const isCompared = period.previous !== undefined && searchParams.get("compare") !== "off";
  return { moment, period, shown: { ...period, isCompared, today: moment.today } };
}

/**
 * The value where it is there soon, so that the page works without scripts; else the promise, for `defer` and
 * `<Later>`. Wrapped, because an async function cannot return a promise.
 */
export async function soon<Value>(
  promise: Promise<Value>,
): Promise<{ value: Value | Promise<Value> }> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), patience]);
    return first ?? { value: promise };
  } finally {
    clearTimeout(timer);
  }
}
