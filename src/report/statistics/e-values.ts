import { betaAbove, logBeta } from "./beta-function.ts";
import { ALPHA } from "./significance.ts";

/** The fractions of the largest stake over which the bets on an excess are spread: large ones decide soon, small ones find little. */
const STAKES = [0.9, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.0009765625];

/**
 * The evidence that a decision requires, as the natural logarithm of an e-value: 1/α for one question, m/α if the same question
 * is asked about m things and none may be named wrongly (Bonferroni).
 */
export function evidenceBar(questions = 1): number {
  return Math.log(Math.max(1, questions) / ALPHA);
}

/**
 * Evidence that two kinds of discordant pairs are not equally likely, as the natural logarithm of an e-value:
 * E = 2^(b+c) · B(b+½, c+½) / B(½, ½). This is McNemar's question (1947) as a bet: the likelihood ratio of Jeffreys' mixture
 * over all coins against the fair coin. For a fair coin, P(E ever reaches 1/α) ≤ α (Ville's inequality; Robbins 1970), so it can
 * be checked after every request without inflating its error rate.
 * @param b pairs in which only the first differs
 * @param c pairs in which only the second differs
 * @returns ln E; 0 without discordant pairs
 */
export function logDiscordanceEvidence(b: number, c: number): number {
  return discordanceEvidence(b + c, logBeta(b + 0.5, c + 0.5));
}

function discordanceEvidence(discordant: number, ofBoth: number): number {
  return discordant * Math.LN2 + ofBoth - Math.log(Math.PI); // B(½, ½) = π
}

/**
 * Evidence that the first kind of discordant pairs is more likely than the second, as the natural logarithm of an e-value:
 * `logDiscordanceEvidence` with Jeffreys' mixture over the coins that favor the first only. For b much larger than c it is twice
 * as large, and it is small where the second is more frequent.
 * @param b pairs in which only the first differs; fractions are allowed, for counts that are divided by a variance inflation
 * @param c pairs in which only the second differs
 * @returns ln E; 0 without discordant pairs
 */
export function logMajorityEvidence(b: number, c: number): number {
  const ofBoth = logBeta(b + 0.5, c + 0.5);
  return discordanceEvidence(b + c, ofBoth) + Math.log(2 * betaAbove(0.5, b + 0.5, c + 0.5, ofBoth));
}

/**
 * Evidence that an event happens to the first of a pair more often than to the second by more than a share, as the natural
 * logarithm of an e-value. Per pair, X is 1 (only the first), −1 (only the second) or 0. A player who bets λ on every pair owns
 * Π(1 + λ(Xᵢ − δ)), which is expected to shrink while E[X] ≤ δ (Ville 1939; Waudby-Smith & Ramdas 2024, Estimating means of
 * bounded random variables by betting). The mean over eleven fixed λ is such a fortune too, and depends on the counts only.
 * @param excess δ, the allowed share; 0–1
 */
export function logExcessEvidence(
  { onlyFirst, onlySecond, pairs }: { readonly onlyFirst: number; readonly onlySecond: number; readonly pairs: number },
  excess: number,
): number {
  const neither = pairs - onlyFirst - onlySecond;
  const fortunes = STAKES.map((share) => {
    const stake = share / (1 + excess);
    return (
      onlyFirst * Math.log1p(stake * (1 - excess)) +
      onlySecond * Math.log1p(-stake * (1 + excess)) +
      neither * Math.log1p(-stake * excess)
    );
  });
  const largest = Math.max(...fortunes);
  return largest + Math.log(fortunes.reduce((sum, fortune) => sum + Math.exp(fortune - largest), 0) / STAKES.length);
}

/**
 * The evidence that many hypotheses together require: e-BH (Wang & Ramdas 2022, JRSS B 84:822). With E₍₁₎ ≥ E₍₂₎ ≥ … of m, the k
 * largest are rejected for the largest k with E₍ₖ₎ ≥ m/(αk). At most a share α of the rejected is rejected wrongly, however the
 * hypotheses depend on each other; if all are true, none is rejected in at least 1 − α of all cases.
 * @param logEvidence ln E of each hypothesis
 * @param alpha α
 * @returns the smallest ln E that is rejected, ln(m/(αk)); infinite if none is
 */
export function evidenceBarOfMany(logEvidence: readonly number[], alpha = ALPHA): number {
  const ascending = Float64Array.from(logEvidence).sort();
  const bar = (rejected: number): number => Math.log(ascending.length / (alpha * rejected));
  const first = ascending.findIndex((evidence, index) => evidence >= bar(ascending.length - index));
  return first === -1 ? Number.POSITIVE_INFINITY : bar(ascending.length - first);
}
