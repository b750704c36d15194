import { ALPHA } from "./significance.ts";
import { logBeta } from "./wilson-interval.ts";

/** Shares of the largest stake that the bets on an excess are spread over: strong ones end early, weak ones find little. */
const STAKES = [0.9, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.001953125, 0.0009765625];

/**
 * How much evidence it takes to act, as the natural logarithm of an e-value: 1/α for one question, m/α when the same
 * question is asked of m things and none may be named wrongly (Bonferroni).
 */
export function evidenceBar(questions = 1): number {
  return Math.log(Math.max(1, questions) / ALPHA);
}

/**
 * Evidence that two kinds of discordant pairs are not equally likely, as the natural logarithm of an e-value:
 * E = 2^(b+c) · B(b+½, c+½) / B(½, ½). It is McNemar's question (1947) put as a bet: the likelihood ratio of Jeffreys'
 * mixture over all coins against the fair coin. Under a fair coin P(E ever reaches 1/α) ≤ α (Ville's inequality; Robbins
 * 1970), so it may be looked at after every request without raising the share of false alarms.
 * @param b pairs in which only the first differed
 * @param c pairs in which only the second differed
 * @returns ln E; 0 when there is no discordant pair
 */
export function logDiscordanceEvidence(b: number, c: number): number {
  return (b + c) * Math.LN2 + logBeta(b + 0.5, c + 0.5) - Math.log(Math.PI); // B(½, ½) = π
}

/**
 * Evidence that something befalls the first of a pair more often than the second by more than a share, as the natural
 * logarithm of an e-value. Per pair X is 1 (only the first), −1 (only the second) or 0; a player who puts λ on every pair
 * owns Π(1 + λ(Xᵢ − δ)), which is expected to shrink as long as E[X] ≤ δ, whatever else holds (Ville 1939; Waudby-Smith &
 * Ramdas 2024, Estimating means of bounded random variables by betting). The mean over eleven fixed λ is another such
 * fortune, and depends on the counts alone.
 * @param excess δ, the share that is allowed; 0–1
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
 * What evidence it takes when many hypotheses are looked at together: e-BH (Wang & Ramdas 2022, JRSS B 84:822). With E₍₁₎ ≥
 * E₍₂₎ ≥ … of m, the k largest are rejected for the largest k with E₍ₖ₎ ≥ m/(αk). Of those rejected at most a share α is
 * rejected wrongly, however the hypotheses depend on each other; when all are true, none is in at least 1 − α of all cases.
 * @param logEvidence ln E of each hypothesis
 * @returns the smallest ln E that is rejected: ln(m/(αk)); infinite when none is
 */
export function evidenceBarOfMany(logEvidence: readonly number[]): number {
  const rising = Float64Array.from(logEvidence).sort();
  const bar = (rejected: number): number => Math.log(rising.length / (ALPHA * rejected));
  const first = rising.findIndex((evidence, index) => evidence >= bar(rising.length - index));
  return first === -1 ? Number.POSITIVE_INFINITY : bar(rising.length - first);
}
