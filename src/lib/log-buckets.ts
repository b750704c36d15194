/** Each bucket is 4 % wider than the one before, so a bucket's middle is at most 2 % from any value in it. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** Values below this share one bucket: a microsecond, when the unit is the millisecond. */
const SMALLEST = 0.001;

/**
 * The logarithmic bucket that a value falls into. Counts per bucket merge by addition, over minutes and over threads.
 * @param value any non-negative number: milliseconds, or a ratio
 * @returns an integer; bucket i holds [GROWTH^i, GROWTH^(i+1))
 */
export function bucketOf(value: number): number {
  return Math.floor(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH);
}

/** The geometric middle of a bucket, in the unit that was put in. */
export function bucketMiddle(bucket: number): number {
  return GROWTH ** (bucket + 0.5);
}

/**
 * The value at a position on the logarithmic scale, in the unit that was put in: at `bucket` the lower edge of that
 * bucket, at `bucket + 1` its upper edge, between them the geometric interpolation.
 */
export function valueAt(position: number): number {
  return GROWTH ** position;
}
