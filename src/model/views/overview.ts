import type { CauseReport, EndpointReport, Report } from "../report.ts";
import type { CauseTimes } from "./timeline.ts";

/** How many endpoints a report has, by verdict. */
export interface EndpointCounts {
  readonly total: number;
  readonly pass: number;
  readonly fail: number;
  readonly inconclusive: number;
  /** Endpoints whose typical latency fails. */
  readonly slow: number;
  /** Different names, apart from health checks, and the names of health checks. */
  readonly services: number;
  readonly healthChecks: number;
}

/** A pair of different status codes on one endpoint; 0 is a response that is missing or incomplete. */
export interface StatusRow {
  readonly endpoint: string;
  readonly route: string;
  readonly primary: number;
  readonly candidate: number;
  /**
   * `break`: a success became an error, or an error of the client one of the server. `fix`: a server error became a success.
   * `noise`: the secondary has the same pair, and no less often.
   */
  readonly kind: "break" | "fix" | "change" | "noise";
  /** Exchanges with this pair. */
  readonly count: number;
  readonly compared: number;
  /** Exchanges in which the secondary has the pair. */
  readonly secondary: number;
  /** The cause that is reviewed; absent in runs of earlier versions, which counted all pairs as one field. */
  readonly cause?: CauseReport | undefined;
  /** `new`, `seen before`, `accepted`, `hidden by rule rule-1`. */
  readonly state: string;
}

/** A sentence, and where its reader can see more. */
export interface Finding {
  readonly text: string;
  /** Null if it is about no endpoint in particular. Without a route, any that has the endpoint. */
  readonly about: {
    readonly endpoint: string;
    readonly route: string | null;
    /** The signature of a cause; null if it is about the latency or the traffic of the endpoint. */
    readonly cause: string | null;
  } | null;
}

/** An unreviewed cause, with the endpoints that show it. */
export interface OverviewCause {
  /** The cause on the endpoint that shows it most, with the rank of all together. */
  readonly cause: CauseReport;
  /** Those that show it most, at most ten. */
  readonly endpoints: readonly Pick<EndpointReport, "endpoint" | "route">[];
  /** How many endpoints show it and have not accepted it. */
  readonly endpointCount: number;
  /** `GET /db`, `9 endpoints (GET /a, GET /b, …)` */
  readonly where: string;
  /** Exchanges with it, and compared exchanges of its endpoints. */
  readonly count: number;
  readonly compared: number;
  /** Absent in runs of earlier versions. */
  readonly times?: CauseTimes | undefined;
}

/** A report without its endpoints: its size does not grow with their number. */
export interface Overview extends Omit<Report, "endpoints"> {
  readonly endpointCounts: EndpointCounts;
  /** What a person would say first, at most two. */
  readonly headlines: readonly Finding[];
  /** What an inconclusive run lacks for certainty, most urgent first; and how many such sentences there are. */
  readonly missing: readonly Finding[];
  readonly missingCount: number;
  /** The most important unreviewed causes. */
  readonly causes: readonly OverviewCause[];
  readonly causeCount: number;
  /** The most important changes of status. */
  readonly statuses: readonly StatusRow[];
  readonly statusCount: number;
}
