import type { EndpointReport } from "../../model/report.ts";
import type { EndpointNeed } from "../../model/control.ts";

/** What is known of an endpoint from the report before. */
export interface EndpointMemory {
  readonly compared: number;
  /** Compared exchanges that count against parity. */
  readonly counting: number;
  /** Compared exchanges when it was first seen to fail, or to differ so much that more responses cannot help; null otherwise. */
  readonly beyondAt: number | null;
  /** Unix milliseconds until which it is a suspect. */
  readonly suspectUntil: number;
}

export interface KnownNeed {
  readonly need: EndpointNeed;
  readonly memory: EndpointMemory;
}

/** A single difference is not yet a regression. */
const FEWEST_DIFFERENCES = 2;
/** Differences are suspicious if there are this many times as many as the gate allows, of those compared since the last report. */
const TIMES_ALLOWED = 2;
/** Long enough for several reports of the suspect. */
const SUSPECT_MS = 60_000;
/** An endpoint that fails, or that only a person can decide about, is raised for so many exchanges, which show the causes. */
const SHOWN = 500;

/**
 * What the verdict of an endpoint needs, from its latest report and the one before. More exchanges help while it is inconclusive. A
 * suspect is an endpoint in which clearly more responses differ since the report before than the gate allows, whatever its verdict
 * was, or one that has just failed or cannot pass any more.
 * @param allowed share of differences that the gate allows
 * @param now Unix milliseconds
 */
export function endpointNeed(
  { compared, parity, verdict, needed }: Pick<EndpointReport, "compared" | "parity" | "verdict" | "needed">,
  before: EndpointMemory | undefined,
  allowed: number,
  now: number,
): KnownNeed {
  const counting = Math.round(compared * (1 - parity.rate));
  const [newlyCompared, newlyCounting] = [compared - (before?.compared ?? 0), counting - (before?.counting ?? 0)];
  const isSuspicious = newlyCounting >= FEWEST_DIFFERENCES && newlyCounting > TIMES_ALLOWED * allowed * newlyCompared;
  const isBeyond = verdict === "fail" || (verdict === "inconclusive" && needed === null);
  const beyondAt = isBeyond ? (before?.beyondAt ?? compared) : null;
  const suspectUntil = isSuspicious && !isBeyond ? now + SUSPECT_MS : (before?.suspectUntil ?? 0);
  const memory = { compared, counting, beyondAt, suspectUntil };
  if (beyondAt !== null) return { need: compared < beyondAt + SHOWN ? "suspect" : "settled", memory };
  if (suspectUntil > now) return { need: "suspect", memory };
  return { need: verdict === "inconclusive" ? "undecided" : "settled", memory };
}
