import type { EndpointReport, LatencyReport, Report, FieldVerdict } from "../report.ts";

/** What metrics, webhooks and the sampling of endpoints need of a report. A report of 500 endpoints takes megabytes. */
export interface BriefReport extends Pick<
  Report,
  | "run"
  | "candidate"
  | "verdict"
  | "reasons"
  | "gate"
  | "accounting"
  | "parity"
  | "parityVerdict"
  | "latency"
  | "errors"
  | "needed"
> {
  readonly endpoints: readonly BriefEndpoint[];
  /** Most important first. */
  readonly unreviewed: readonly BriefCause[];
}

export interface BriefEndpoint extends Pick<
  EndpointReport,
  "route" | "endpoint" | "subset" | "compared" | "parity" | "verdict" | "needed"
> {
  readonly latency: Pick<LatencyReport, "ratio" | "primary" | "candidate" | "secondary">;
}

/** A cause that waits for a review, on all endpoints that show it. */
export interface BriefCause {
  readonly signature: string;
  readonly title: string;
  readonly verdict: FieldVerdict;
  /** `GET /db`, `9 endpoints (GET /a, GET /b, …)` */
  readonly where: string;
}

/** The reports of all candidates of the current run, built together. */
export interface BuiltReports {
  readonly reports: readonly BriefReport[];
  /** When they were built, in Unix milliseconds. */
  readonly builtAt: number;
  readonly buildMs: number;
}
