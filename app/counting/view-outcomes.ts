/** What becomes of a request to count a view. */
export const viewOutcomes = [
  "counted",
  "duplicate",
  "network",
  "bot",
  "prefetch",
  "rate",
  "origin",
  "unauthorized",
  "malformed",
  "failed",
] as const;

export type ViewOutcome = (typeof viewOutcomes)[number];
