/** Characters of a reason that a page shows; the rest of a longer one is loaded on demand. */
const LONGEST_REASON = 300;

/**
 * SQL for a reason as pages show it and filters compare it: a trigger can raise a text of any length, and
 * forms send every line break in the same way.
 */
export function shownReason(column: string): string {
  return `regexp_replace(left(${column}, ${LONGEST_REASON}), E'\\r\\n?', E'\\n', 'g')`;
}

/** SQL for whether a reason is longer than what pages show. */
export function isReasonCut(column: string): string {
  return `length(${column}) > ${LONGEST_REASON}`;
}
