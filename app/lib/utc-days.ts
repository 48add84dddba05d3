const DAY_MS = 86_400_000;

/** The UTC day of this moment, as YYYY-MM-DD. */
export function utcDay(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** `count` days, beginning with this one. */
export function listDays(from: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}

export function addDays(day: string, count: number): string {
  return utcDay(new Date(Date.parse(day) + count * DAY_MS));
}

/** 0 for the same day, 1 for the day after it. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** Whether a text is an existing day, as YYYY-MM-DD. */
export function isUtcDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && utcDay(new Date(time)) === text;
}
