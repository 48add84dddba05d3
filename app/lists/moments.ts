/**
 * A minute in the address of a list, always in UTC: "2025-11-22T15:04Z". A form without JavaScript sends it
 * without its zone.
 */
const MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Empty if the text is no date and time. */
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
