/** Each bucket is 4% wider than the previous one, so its middle is at most 2% off any value in it. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** Smaller values share one bucket. In milliseconds this is one microsecond. */
const SMALLEST = 0.001;

/**
 * The logarithmic bucket of a value. Histograms of several minutes or threads merge by adding their counts.
 * @param value any non-negative number: milliseconds, or a ratio
 * @returns an integer; bucket i holds [GROWTH^i, GROWTH^(i+1))
 */
export function bucketOf(value: number): number {
  return Math.floor(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH);
}

/** The geometric middle of a bucket, in the unit of the values. */
export function bucketMiddle(bucket: number): number {
  return GROWTH ** (bucket + 0.5);
}

/**
 * The value at a position on the logarithmic scale, in the unit of the values: `bucket` is the lower edge of that bucket,
 * `bucket + 1` its upper edge; positions in between are interpolated geometrically.
 */
export function valueAt(position: number): number {
  return GROWTH ** position;
}
