/**
 * Exchanges in tables of two rows, one table for each stretch of time: those without a cause, then those with it, alternately.
 * What follows the last stretch belongs to no table.
 */
export type Counts = Uint32Array;

/**
 * Odds ratios over which the bet is spread: small ones find what is only more frequent, large ones what is nearly always so.
 */
const ODDS = [2, 4, 12, 60, 1_000];
const LOG_ODDS = ODDS.map((odds) => Math.log(odds));
/** So many standard deviations above the expected number, no table shows evidence that matters. */
const TOO_CLOSE = 1.5;

/**
 * Evidence that a condition makes a cause more likely, as the natural logarithm of an e-value: the conditional likelihood ratio
 * of Fisher's noncentral hypergeometric distribution, spread over five odds ratios ψ above 1, against chance, which is its
 * central form (Fisher 1935; Gart 1970, Biometrika 57:471, for several tables). Of a table with fixed margins it is
 * ψ^a / E[ψ^X]; over tables of independent stretches it is their product. Given the margins its mean under chance is exactly 1,
 * however rare the cause is and however cases and controls were sampled.
 * @param met those of `all` that meet the condition
 * @returns ln E; 0 if it is near or below 0
 */
export function associationEvidence(all: Counts, met: Counts): number {
  if (!isAboveExpected(all, met)) return 0;
  const ratios = ODDS.map(() => 0);
  for (let at = 0; at + 1 < all.length; at += 2) {
    addRatios(all[at + 1] ?? 0, all[at] ?? 0, met[at + 1] ?? 0, (met[at] ?? 0) + (met[at + 1] ?? 0), ratios);
  }
  const largest = Math.max(...ratios);
  return largest + Math.log(ratios.reduce((sum, ratio) => sum + Math.exp(ratio - largest), 0) / ratios.length);
}

function isAboveExpected(all: Counts, met: Counts): boolean {
  let [excess, variance] = [0, 0];
  for (let at = 0; at + 1 < all.length; at += 2) {
    const [controls, cases] = [all[at] ?? 0, all[at + 1] ?? 0];
    const size = controls + cases;
    const having = (met[at] ?? 0) + (met[at + 1] ?? 0);
    if (size < 2) continue;
    excess += (met[at + 1] ?? 0) - (cases * having) / size;
    variance += (cases * controls * having * (size - having)) / (size * size * (size - 1));
  }
  return excess > 0 && excess * excess > TOO_CLOSE * TOO_CLOSE * variance;
}

/**
 * The largest evidence that tables with these margins can show, or a little more: a bound that depends on the margins only, so
 * that conditions that cannot reach a bar need not be counted among the tested ones (Tarone 1990, Biometrics 46:515).
 */
export function mostEvidence(all: Counts, met: Counts): number {
  let most = 0;
  for (let at = 0; at + 1 < all.length; at += 2) {
    const cases = all[at + 1] ?? 0;
    const size = cases + (all[at] ?? 0);
    const having = (met[at] ?? 0) + (met[at + 1] ?? 0);
    // −ln P(X is as large as possible): all with the condition are cases, or all cases have the condition.
    most +=
      having <= cases
        ? logChoose(size, having) - logChoose(cases, having)
        : logChoose(size, cases) - logChoose(having, cases);
  }
  return most;
}

/** Adds ln(ψ^a / E[ψ^X]) of one table for each ψ. @param having exchanges that meet the condition */
function addRatios(cases: number, controls: number, casesWith: number, having: number, ratios: number[]): void {
  if (cases === 0 || controls === 0 || having === 0 || having === cases + controls) return;
  const lowest = Math.max(0, having - controls);
  const highest = Math.min(having, cases);
  const base = logChoose(cases + controls, having);
  for (const [at, odds] of ODDS.entries()) {
    const logOdds = LOG_ODDS[at] ?? 0;
    // The terms C(cases, x) C(controls, having − x) ψ^x rise to one peak: summed in both directions from about there.
    const peak = peakOf(cases, controls, having, odds);
    const logPeak = logChoose(cases, peak) + logChoose(controls, having - peak) + peak * logOdds;
    let sum = 1;
    for (let x = peak, term = 1; x < highest && term > NEGLIGIBLE; x++) {
      term *= (odds * (cases - x) * (having - x)) / ((x + 1) * (controls - having + x + 1));
      sum += term;
    }
    for (let x = peak, term = 1; x > lowest && term > NEGLIGIBLE; x--) {
      term *= (x * (controls - having + x)) / (odds * (cases - x + 1) * (having - x + 1));
      sum += term;
    }
    ratios[at] = (ratios[at] ?? 0) + casesWith * logOdds - (logPeak + Math.log(sum) - base);
  }
}

/** A share of the largest term that adds nothing to a sum of so few. */
const NEGLIGIBLE = 1e-13;

/** The mode of the noncentral hypergeometric distribution (Liao & Rosen 2001, American Statistician 55:366). */
function peakOf(cases: number, controls: number, having: number, odds: number): number {
  const a = odds - 1;
  const b = -((having + cases + 2) * odds + controls - having);
  const c = odds * (cases + 1) * (having + 1);
  const q = -(b - Math.sqrt(b * b - 4 * a * c)) / 2;
  return Math.min(Math.min(having, cases), Math.max(0, having - controls, Math.floor(c / q)));
}

let logFactorials = new Float64Array([0, 0]);

/** ln n!, from a table that grows with the largest number of kept exchanges, which is bounded. */
function logFactorial(n: number): number {
  if (n >= logFactorials.length) {
    const longer = new Float64Array(Math.max(n + 1, 2 * logFactorials.length));
    longer.set(logFactorials);
    for (let at = logFactorials.length; at < longer.length; at++) longer[at] = (longer[at - 1] ?? 0) + Math.log(at);
    logFactorials = longer;
  }
  return logFactorials[n] ?? 0;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}
