/**
 * What the harness reads of a report. It is narrower than the report of this checkout, because `--target` runs the program of
 * another one, with fewer or more members.
 */
export interface SeenReport {
  readonly run: { readonly id: string };
  readonly verdict: SeenVerdict;
  readonly reasons: readonly string[];
  readonly accounting: {
    readonly received: number;
    /** Missing in programs that count requests when they end. */
    readonly inFlight?: number;
    readonly mirrored: number;
    readonly compared: number;
    readonly skipped: Readonly<Record<string, number>>;
  };
  readonly parityVerdict: SeenVerdict;
  readonly latency: SeenLatency;
  readonly errors: { readonly verdict: SeenVerdict };
  readonly placebo: { readonly verdict: SeenVerdict } | null;
  readonly endpoints: readonly SeenEndpoint[];
}

export type SeenVerdict = "pass" | "fail" | "inconclusive";

interface SeenLatency {
  readonly verdict: SeenVerdict | null;
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  /** Missing in programs that judge no tails. */
  readonly tails?: readonly { readonly quantile: number; readonly verdict: SeenVerdict }[];
  /** Missing in programs whose verdict is that of the ratio alone. */
  readonly ratioVerdict?: SeenVerdict | null;
}

interface SeenEndpoint {
  readonly endpoint: string;
  readonly verdict: SeenVerdict;
  readonly latency: SeenLatency;
  readonly errors: { readonly verdict: SeenVerdict };
  readonly statusFlips: readonly { readonly primary: number; readonly candidate: number }[];
  readonly causes: readonly { readonly signature: string; readonly state: string; readonly verdict: string }[];
  readonly differences: readonly {
    readonly section: string;
    readonly path: string;
    readonly verdict: string;
    readonly rule: string | null;
  }[];
}

/**
 * What a failing report has found: `field body $.price`, `status 404→302`, `latency`, `tail p99`, `errors`, and `parity` where
 * nothing else explains it. Each finding once, over all endpoints; none if the report does not fail.
 */
export function findingsOf(report: SeenReport): readonly string[] {
  if (report.verdict !== "fail") return [];
  const parts = [report, ...report.endpoints];
  const fields = report.endpoints.flatMap(({ differences }) =>
    differences
      .filter(({ verdict, rule, section }) => verdict === "real" && rule === null && section !== "status")
      .map(({ section, path }) => `field ${section} ${path}`.trimEnd()),
  );
  const statuses = report.endpoints.flatMap(({ statusFlips, differences }) =>
    differences.some(({ section, verdict, rule }) => section === "status" && verdict === "real" && rule === null)
      ? statusFlips.map(({ primary, candidate }) => `status ${primary}→${candidate}`)
      : [],
  );
  const found = [
    ...statuses,
    ...fields,
    ...(parts.some(({ latency }) => (latency.ratioVerdict ?? latency.verdict) === "fail") ? ["latency"] : []),
    ...parts.flatMap(({ latency: { tails = [] } }) =>
      tails.filter(({ verdict }) => verdict === "fail").map(({ quantile }) => `tail p${quantile * 100}`),
    ),
    ...(parts.some(({ errors }) => errors.verdict === "fail") ? ["errors"] : []),
  ];
  return found.length > 0 ? [...new Set(found)] : ["parity"];
}
