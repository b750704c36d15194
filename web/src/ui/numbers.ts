const INTEGER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `1,204`. */
export function formatCount(value: number): string {
  return INTEGER.format(value);
}

/** Enough to tell any share from the one that it is held against. */
const MAX_DECIMALS = 8;

function perCent(share: number, decimals: number): string {
  return String(Number((share * 100).toFixed(decimals)));
}

/**
 * A share of one with two decimals, or as many more as it takes not to look like a number that it is not: 99.9996 % must
 * not look like everything, nor 99.8999 % like a wanted 99.9 %.
 * @param limit the share that it is held against
 */
export function formatPercent(share: number, limit = 1): string {
  for (let decimals = 2; ; decimals += 1) {
    const text = perCent(share, decimals);
    const misleads = (share < 1 && text === "100") || (share < limit && text === perCent(limit, MAX_DECIMALS));
    if (!misleads || decimals === MAX_DECIMALS) return `${text} %`;
  }
}

/** Milliseconds with three significant digits; seconds from one second on. `–` when nothing was measured. */
export function formatMs(value: number | null): string {
  if (value === null) return "–";
  if (value >= 1_000) return `${(value / 1_000).toPrecision(3)} s`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
}

/** How many times as long: `1.03×`. */
export function formatRatio(value: number): string {
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}×`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.5 MiB`. */
export function formatBytes(value: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), BYTE_UNITS.length - 1);
  const scaled = value / 1024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(scaled >= 100 ? 0 : 1)} ${BYTE_UNITS[power] ?? ""}`;
}

/** `1 endpoint`, `2 endpoints`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
