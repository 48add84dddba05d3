import { setTimeout as pause } from "node:timers/promises";
import { SetupError } from "./setup-error";

/** Asks again and again until the condition holds. @throws SetupError when it does not in time */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { what, seconds, every = 25 }: { what: string; seconds: number; every?: number },
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new SetupError(`Waited ${seconds} seconds for ${what}`);
    }
    await pause(every);
  }
}
