/** α, the allowed share of false alarms, however often a verdict is checked. Intervals have the confidence 1 − α. */
export const ALPHA = 0.05;

/** The chance that an interval lies above, or below, the true value. */
export const ALPHA_PER_SIDE = ALPHA / 2;

/** The quantile of the standard normal distribution at 1 − α/2. */
export const Z = 1.959963984540054;
