const DAY_MS = 86_400_000;

/** The last `count` UTC days up to `now`, oldest first, as YYYY-MM-DD. */
export function lastUtcDays(count: number, now: Date): string[] {
  return Array.from({ length: count }, (_, index) =>
    new Date(now.getTime() - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
