/** Books with views pending and nothing wrong, as `BooksReader` reads them. */
export const balancedBooks = {
  accepted: 10,
  applied: 4,
  discarded: 0,
  overlay: 6,
  batch: 0,
  kept: 0,
  difference: 0,
  pendingSince: undefined,
  batchOpenedAt: undefined,
  lastBatch: 3,
  highWater: 3,
  isSettled: true,
};
