/** Characters of a reason that a page shows; the rest of a longer one is read apart. */
const LONGEST_REASON = 300;

/**
 * SQL for a reason as pages show it and filters name it: a trigger can raise a text of any length, and a form
 * sends no other line break than its own.
 */
export function shownReason(column: string): string {
  return `regexp_replace(left(${column}, ${LONGEST_REASON}), E'\\r\\n?', E'\\n', 'g')`;
}

/** SQL for whether pages show only the beginning of it. */
export function isReasonCut(column: string): string {
  return `length(${column}) > ${LONGEST_REASON}`;
}
