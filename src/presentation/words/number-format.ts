/** Created with the first use: ICU takes 16 ms and 6 MB. */
let counts: Intl.NumberFormat | undefined;

/** Shown for a value that was not measured. */
export const NOT_MEASURED = "–";

/** A count with thousands separators: `1,204`. */
export function formatCount(count: number): string {
  counts ??= new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  return counts.format(count);
}

/** A count with its noun: `1 response`, `1,204 responses`. @param many for an irregular plural */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Enough to distinguish any two shares that a report compares. */
const MAX_DECIMALS = 8;
const SHARE_DECIMALS = 2;
const PERCENT_DECIMALS = 4;
/** Tolerance for floating-point error. */
const EPSILON = 1e-12;

/**
 * A share as a percentage with two decimals, or as many more as it takes not to look like 0%, like 100% or like its limit:
 * 0.00002 is `0.002%`, and 0.9989989 against a limit of 0.999 is `99.8999%`.
 * @param share 0–1
 * @param limit the share that it is compared with
 */
export function formatShare(share: number, limit = 1): string {
  return percentText(share, limit, SHARE_DECIMALS);
}

/** A configured percentage, with up to four decimals: `12.345%`. @param percent 0–100 */
export function formatPercent(percent: number): string {
  return percentText(percent / 100, 1, PERCENT_DECIMALS);
}

function percentText(share: number, limit: number, minDecimals: number): string {
  for (let decimals = minDecimals; ; decimals += 1) {
    const text = String(Number((share * 100).toFixed(decimals)));
    const misleads = [0, 1, limit].some((other) => share !== other && Math.abs(Number(text) / 100 - other) < EPSILON);
    if (!misleads || decimals === MAX_DECIMALS) return `${text}%`;
  }
}

/** Three significant digits, and no decimals from 100 on. */
function formatMeasured(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Events per second with three significant digits: `12.2/s`. */
export function formatRate(perSecond: number): string {
  return `${formatMeasured(perSecond)}/s`;
}

/** A ratio of two latencies with three significant digits: `1.34×`. */
export function formatFactor(factor: number): string {
  return `${formatMeasured(factor)}×`;
}

/** A measured duration with three significant digits: `12.2 ms`, `1.5 s`; `–` for null. @param milliseconds */
export function formatDuration(milliseconds: number | null): string {
  if (milliseconds === null) return NOT_MEASURED;
  return milliseconds < 1_000 ? `${formatMeasured(milliseconds)} ms` : `${formatMeasured(milliseconds / 1_000)} s`;
}

/** A configured duration, exact: `250 ms`, `1.5 s`. @param milliseconds */
export function formatTimeout(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${milliseconds / 1_000} s`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size with binary units: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), BYTE_UNITS.length - 1);
  const scaled = bytes / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(scaled >= 100 ? 0 : 1)} ${BYTE_UNITS[power] ?? ""}`;
}

/** A confidence interval: `97.13% – 99.01%`. @param format of both ends */
export function formatInterval(
  { low, high }: { readonly low: number; readonly high: number },
  format: (value: number) => string,
): string {
  return `${format(low)} – ${format(high)}`;
}

/** `2026-11-20 10:03:20 UTC`. @param ms Unix milliseconds */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
