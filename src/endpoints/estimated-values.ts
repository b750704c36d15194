/** Added to the number of values that were seen twice, so that chance rarely makes a few values many. */
const CAUTION = 3;

/**
 * A cautious estimate of how many values there are, seen or not: by Chao (1984), from those seen once and twice. Words of an API
 * repeat soon, so that few more are expected; names rarely do.
 * @param counts how often each value was seen
 */
export function estimatedValues(counts: Iterable<number>): number {
  let [values, once, twice] = [0, 0, 0];
  for (const count of counts) {
    values += 1;
    if (count <= 1) once += 1;
    else if (count === 2) twice += 1;
  }
  return values + (once * (once - 1)) / (2 * (twice + CAUTION));
}
