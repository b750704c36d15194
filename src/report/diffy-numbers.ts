import type { DiffyNumbers } from "../model/report.ts";

/** The defaults of Diffy's `threshold.relative` and `threshold.absolute`, per cent. */
const RELATIVE = 20;
const ABSOLUTE = 0.03;

/**
 * What Diffy (twitter-archive and opendiffy alike) would say of a field: it is shown as a difference when raw > noise,
 * |raw − noise| / (raw + noise) is above 20 % and |raw − noise| / total above 0.03 %. There is no interval and no minimum.
 * @param raw exchanges in which primary and candidate differ
 * @param noise exchanges in which primary and secondary differ
 * @param total all exchanges of the endpoint
 */
export function diffyNumbers(raw: number, noise: number, total: number): DiffyNumbers {
  const distance = Math.abs(raw - noise);
  const relative = raw + noise === 0 ? 0 : (distance / (raw + noise)) * 100;
  const absolute = total === 0 ? 0 : (distance / total) * 100;
  return { relative, absolute, flagged: raw > noise && relative > RELATIVE && absolute > ABSOLUTE };
}
