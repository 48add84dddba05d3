/**
 * A minute as the address of a list has it, always in UTC: "2025-11-22T15:04Z". Without JavaScript a form sends it
 * without its zone.
 */
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Empty where the text is no moment. */
export function readMinute(text: string): string {
  const [minute] = MINUTE.exec(text) ?? [];
  if (minute === undefined) return "";
  const date = new Date(`${minute}Z`);
  return Number.isNaN(date.getTime()) || !date.toISOString().startsWith(minute) ? "" : `${minute}Z`;
}

/** SQL for a column between two such minutes, the last one included; an empty one is no limit. */
export function isWithin(column: string, from: `$${number}`, to: `$${number}`): string {
  return `(${from} = '' OR ${column} >= NULLIF(${from}, '')::timestamptz)
  AND (${to} = '' OR ${column} < NULLIF(${to}, '')::timestamptz + interval '1 minute')`;
}
