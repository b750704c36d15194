import type { EndpointReport, Verdict } from "../../model/report.ts";

/** What the order of endpoints depends on. */
export interface EndpointUrgency {
  readonly report: Pick<EndpointReport, "endpoint" | "route" | "verdict" | "compared">;
  /** The inconclusive verdict keeps the run from passing. */
  readonly isBlocking: boolean;
  /** The most important section of the differences that count: `importanceOfFields`. */
  readonly importance: number;
  /** Compared exchanges that count against parity. */
  readonly counting: number;
}

const URGENCY: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

function urgencyOf({ report, isBlocking }: EndpointUrgency): number {
  return report.verdict === "inconclusive" && !isBlocking ? URGENCY.pass : URGENCY[report.verdict];
}

/**
 * Sorts the most urgent endpoint first: failing ones, then those that keep the run from passing; among them a different status
 * before bodies before headers, then by differences and by traffic. A report lists its endpoints in this order, so a stable sort of its list by another column needs no tie-break.
 */
export function byUrgency(one: EndpointUrgency, other: EndpointUrgency): number {
  return (
    urgencyOf(one) - urgencyOf(other) ||
    one.importance - other.importance ||
    other.counting - one.counting ||
    other.report.compared - one.report.compared ||
    (endpointKey(one.report) < endpointKey(other.report) ? -1 : 1)
  );
}

/** Names an endpoint of a route: a key for maps. */
export function endpointKey({ route, endpoint }: { readonly route: string; readonly endpoint: string }): string {
  return `${endpoint}\n${route}`;
}
