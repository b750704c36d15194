/**
 * The longest subsequence of ascending values, by patience sorting (Fredman 1975): O(n log n).
 * @returns the indexes of its members, ascending
 */
export function longestIncreasing(values: readonly number[]): number[] {
  /** The index of the smallest value that ends a subsequence of each length. */
  const ends: number[] = [];
  const before: number[] = [];
  for (const [index, value] of values.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((values[ends[middle] as number] as number) < value) low = middle + 1;
      else high = middle;
    }
    before.push(ends[low - 1] ?? -1);
    ends[low] = index;
  }
  const longest: number[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] as number) longest.push(index);
  return longest.toReversed();
}
