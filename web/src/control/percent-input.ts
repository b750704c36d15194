/** 0 to 100 with four decimals at most. */
const PERCENT = /^(?:100(?:\.0{1,4})?|\d{1,2}(?:\.\d{1,4})?)$/;

/** @returns the percent that was typed, null when it is none */
export function parsePercent(text: string): number | null {
  const trimmed = text.trim().replace(/\s*%$/, "");
  return PERCENT.test(trimmed) ? Number(trimmed) : null;
}
