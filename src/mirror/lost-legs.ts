import type { LegRecorder } from "../capture/leg-recorder.ts";
import type { PrimaryExchange } from "../model/mirror-stage.ts";

/** A copy that has not ended this long after its time limit never will. */
const OVERDUE_MS = 60_000;

interface SentCopy {
  readonly recipient: { readonly target: { readonly timeoutMs: number }; readonly delayMs: number };
  readonly leg: { readonly recorder: LegRecorder };
}

/**
 * The copies whose end cannot come any more, because of a defect: the exchange with the client is over, but the primary leg is
 * not; or the copy is long overdue.
 * @param nowMs on the clock of `performance.now`
 */
export function findLostLegs<Copy extends SentCopy>(
  copies: readonly Copy[],
  primary: LegRecorder,
  exchange: Pick<PrimaryExchange, "isFinished">,
  nowMs: number,
): readonly Copy[] {
  if (!primary.hasEnded) return exchange.isFinished ? copies : [];
  return copies.filter(({ recipient: { target, delayMs }, leg }) => {
    const latestEndMs = primary.endMs + delayMs + target.timeoutMs;
    return !leg.recorder.hasEnded && nowMs > latestEndMs + OVERDUE_MS;
  });
}
