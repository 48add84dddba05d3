import type { Books } from "./books.server";

export interface BooksView {
  /**
   * - `balanced`: every accepted view is where it should be
   * - `off`: by `difference` views: above 0 views are missing, below 0 there are too many
   * - `checking`: views are being moved, so the two stores cannot be compared at the moment
   * - `unknown`: Redis or PostgreSQL is away
   */
  state: "balanced" | "off" | "checking" | "unknown";
  /** Null unless the state is `balanced` or `off`. */
  difference: number | null;
}

/** What the books say, given whether a run is moving views at the moment. */
export function booksView(books: Books | undefined, isRunActive: boolean): BooksView {
  if (!books) return { state: "unknown", difference: null };
  const { difference, isSettled } = books;
  if (difference !== 0 && (isRunActive || !isSettled)) {
    return { state: "checking", difference: null };
  }
  if (difference !== 0) return { state: "off", difference };
  return { state: "balanced", difference: 0 };
}

/** Redis knows no batch although PostgreSQL has seen some: it has lost everything. */
export function isWiped(books: Pick<Books, "lastBatch" | "highWater">): boolean {
  return books.lastBatch === undefined && books.highWater > 0;
}

/** Redis is behind the batches that PostgreSQL has seen. While a sync claims a batch, it may only seem so. */
export function isRegressed(books: Pick<Books, "lastBatch" | "highWater" | "isSettled">): boolean {
  return books.isSettled && books.lastBatch !== undefined && books.lastBatch < books.highWater;
}
