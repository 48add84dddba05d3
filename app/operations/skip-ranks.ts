/**
 * The rank, among all members, of the member at `index` among those that are left when the ones at
 * `skipped` (ranks, lowest first) are left out.
 */
export function skipRanks(skipped: readonly number[], index: number): number {
  let low = 0;
  let high = skipped.length;
  // The number of skipped ranks before the wanted one: the first for which enough others came before.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (skipped[middle]! - middle <= index) low = middle + 1;
    else high = middle;
  }
  return index + low;
}
