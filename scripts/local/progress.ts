import { SetupError } from "./setup-error";

const isTerminal = process.stdout.isTTY;

/** Shows a line that the next one replaces; only in a terminal. */
export function showPassing(text: string): void {
  if (isTerminal) process.stdout.write(`\r\x1b[K… ${text}`);
}

export function showLine(text: string): void {
  process.stdout.write(isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
}

/** Does something that takes a while, and prints its result and how long it took. */
export async function step<T>(
  doing: string,
  action: () => Promise<T>,
  done: (result: T) => string = () => doing,
): Promise<T> {
  showPassing(doing);
  const started = performance.now();
  const result = await action();
  showLine(`✓ ${done(result)} (${secondsSince(started)} s)`);
  return result;
}

export function secondsSince(started: number): string {
  const seconds = (performance.now() - started) / 1000;
  return seconds.toFixed(seconds < 1 ? 2 : 1);
}

/** Whole numbers the way people read them: 4,812. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** What to tell the person at the terminal about a failure: a stack only if it is a fault of ours. */
export function explain(error: unknown): string {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
