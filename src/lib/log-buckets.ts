/** Each bucket is 4% wider than the previous one, so its middle is at most 2% off any value in it. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** Fine buckets per bucket: each is 0.25% wide. */
const FINE = 16;
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

/**
 * The fine bucket of a value, for ratios: limits such as 1.1 fall into the middle of a bucket of 4%.
 * @param value any non-negative number
 * @returns an integer; fine bucket i lies within bucket i >> 4
 */
export function fineBucketOf(value: number): number {
  return Math.floor((Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH) * FINE);
}

/** Buckets per step. */
const STEP = 8;

/** The step of a latency: eight buckets, so that a step is 37% wide. @param ms any non-negative number */
export function latencyStep(ms: number): number {
  return Math.floor(bucketOf(ms) / STEP);
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

/** As `valueAt`, for a position on the scale of fine buckets. */
export function fineValueAt(position: number): number {
  return GROWTH ** (position / FINE);
}

/** The bucket that contains a fine bucket. */
export function coarseBucket(fineBucket: number): number {
  return Math.floor(fineBucket / FINE);
}

/** The fine bucket in the middle of a bucket: the best guess for a value whose bucket alone is known. */
export function middleFineBucket(bucket: number): number {
  return bucket * FINE + FINE / 2;
}

/** The inverse of `valueAt`. @param value above 0 */
export function positionOf(value: number): number {
  return Math.log(value) / LOG_GROWTH;
}

/** The inverse of `fineValueAt`. @param value above 0 */
export function finePosition(value: number): number {
  return positionOf(value) * FINE;
}
