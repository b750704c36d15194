import type { EndpointReport, LatencyReport, Verdict } from "../report.ts";
import type { CauseTimes } from "./timeline.ts";

/** What endpoints can be sorted by. `verdict` is the order of the report: most urgent first. */
export const ENDPOINT_SORT_KEYS = [
  "verdict",
  "endpoint",
  "compared",
  "mismatch",
  "noise",
  "status",
  "p50",
  "p99",
  "ratio",
  "unreviewed",
] as const;
export type EndpointSortKey = (typeof ENDPOINT_SORT_KEYS)[number];

export interface EndpointQuery {
  /** Words that name and route must contain, in any case. */
  readonly q?: string | undefined;
  readonly verdict?: Verdict | undefined;
  readonly sort: EndpointSortKey;
  readonly dir: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

/** An endpoint as a row of a table: without causes and differences. */
export interface EndpointSummary extends Pick<
  EndpointReport,
  "endpoint" | "route" | "compared" | "differed" | "noiseCompared" | "share" | "parity" | "verdict"
> {
  /** Exchanges in which the noisiest field differs between primary and secondary. */
  readonly noise: number;
  readonly latency: Pick<LatencyReport, "primary" | "candidate" | "ratio">;
  /** The most frequent pair of different status codes; null without one. */
  readonly statusChange: EndpointReport["statusFlips"][number] | null;
  /** Exchanges with any pair of different status codes. */
  readonly statusChanges: number;
  /** Causes by review: `unreviewed` waits for one. Noise and causes that a rule hides are not counted. */
  readonly causes: { readonly unreviewed: number; readonly denied: number; readonly accepted: number };
}

/** An endpoint as a screen of its own. */
export interface EndpointView extends EndpointReport {
  /** When its most important causes showed, by their signature; without those of runs of earlier versions. */
  readonly times: Readonly<Record<string, CauseTimes>>;
}

/** A part of the endpoints of a report. */
export interface EndpointPage {
  readonly offset: number;
  /** Endpoints that match the text, by verdict. */
  readonly counts: { readonly total: number } & Readonly<Record<Verdict, number>>;
  /** Endpoints that match the entire filter. */
  readonly matching: number;
  /** Whether the report has several routes, so that the name of one says something. */
  readonly hasRoutes: boolean;
  readonly endpoints: readonly EndpointSummary[];
}
