/** A block of the store keeps levels below 16. */
const LARGEST = 15;

/**
 * How often a percentage can be halved before it is below the floor.
 * @param percent above 0 to 100
 * @param floor above 0 to 100
 */
export function largestLevel(percent: number, floor: number): number {
  return Math.min(LARGEST, Math.max(0, Math.floor(Math.log2(percent / floor))));
}
