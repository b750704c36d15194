/** α, the allowed share of false alarms, however often a verdict is checked. Intervals have the confidence 1 − α. */
export const ALPHA = 0.05;

/** The part of it for features of values inside noise, on top of that for fields: there are several features for each field. */
export const FEATURE_ALPHA = ALPHA / 5;

/** The quantile of the standard normal distribution at 1 − α/2. */
export const Z = 1.959963984540054;
