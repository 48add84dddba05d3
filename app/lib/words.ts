/** What the numbers on the pages mean, in the words of docs/glossary.md. */
export const words = {
  accepted: "Counted: from here a view is persisted exactly once, kept, or discarded by an admin.",
  pending: "In Redis, and not yet taken by PostgreSQL: it waits, or is being written by a sync.",
  persisted: "Added to the topic's number in PostgreSQL.",
  failing:
    "PostgreSQL could not add these views to their topic. It keeps them, and each sync tries again.",
  parked:
    "Failed so often that syncs no longer try: it waits until somebody retries or discards it.",
  discarded: "Given up by an admin, with a reason: gone for good.",
  run: "One execution of a sync or a retry.",
  target: "What is counted: forum_topic and the id of its topic.",
  batch:
    "The views that one sync has claimed. It never changes, and is dropped when all of it is saved.",
  balance: "Whether accepted = persisted + pending + failing + discarded.",
} as const;

export type Word = keyof typeof words;
