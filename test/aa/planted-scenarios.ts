import type { Fault, ServerConfig } from "./server-config.ts";
import type { Pacing } from "./traffic.ts";

/** A fault of the candidate, and what the report must say about it. */
export interface Scenario {
  readonly name: string;
  readonly pacing: Pacing;
  /** The most requests that it may take. */
  readonly requests: number;
  /** Requests that are good, before the fault begins. */
  readonly good?: { readonly pacing: Pacing; readonly requests: number };
  readonly rate: number;
  readonly server: Omit<ServerConfig, "seed" | "role">;
  readonly fault: Fault;
  /** Matches a finding (seen-report.ts) of a failing report; null if the run must end inconclusive. */
  readonly finding: RegExp | null;
  /** Default: three endpoints with 500 inputs each. */
  readonly pathOf?: (random: () => number) => string;
  /** The primary and the secondary have the fault too. */
  readonly everywhere?: true;
  readonly args?: readonly string[];
  /** A second run after a review has accepted all causes of the first: the fault that it must find. */
  readonly afterReview?: Fault;
}

const STEADY = { pacing: "paced", requests: 4_000, rate: 200, server: { latency: "lognormal" } } as const;
const SHORT = { ...STEADY, requests: 1_500 } as const;
const LONG = { ...STEADY, requests: 10_000, rate: 300 } as const;
const LATE_BREAK = {
  ...STEADY,
  server: { latency: "none" },
  good: { pacing: "closed", requests: 20_000 },
  fault: { share: 0.05, set: { total: -1 } },
  finding: /^field body \$\.total/,
} as const;
const LATENCY_FINDING = /^(?:latency|tail)/;
/** 1,500 requests can pass this gate, so that a wrong pass would be seen. */
const EASY_GATE = ["--gate-parity=0.99"];

export const SCENARIOS: readonly Scenario[] = [
  { name: "late break: total wrong in 5% after 20,000 good requests, three endpoints", ...LATE_BREAK },
  {
    name: "late break: total wrong in 5% after 20,000 good requests, one endpoint",
    ...LATE_BREAK,
    pathOf: (random) => `/items/${Math.floor(random() * 500)}`,
  },
  {
    name: "late slowness: ×2 after 3,000 good requests",
    ...STEADY,
    good: { pacing: "paced", requests: 3_000 },
    fault: { factor: 2 },
    finding: LATENCY_FINDING,
  },
  { name: "+200 ms in 1%", ...STEADY, fault: { share: 0.01, addMs: 200 }, finding: LATENCY_FINDING },
  { name: "a tenth of the inputs ×5", ...STEADY, fault: { inputs: 0.1, factor: 5 }, finding: LATENCY_FINDING },
  { name: "45% of the inputs ×10", ...STEADY, fault: { inputs: 0.45, factor: 10 }, finding: LATENCY_FINDING },
  {
    name: "a time in 1970 in 1 of 200, under 100% noise",
    ...LONG,
    server: { latency: "lognormal", noise: "time" },
    fault: { share: 0.005, set: { at: new Date(0).toISOString() } },
    finding: /^field body \$\.at/,
  },
  {
    name: "null 5% → 30%",
    ...STEADY,
    server: { latency: "lognormal", noise: "nullable", share: 0.05 },
    // Of the 95% that are not null already.
    fault: { share: 0.25 / 0.95, set: { nick: null } },
    finding: /^field body \$\.nick/,
  },
  {
    name: "gold 50% → 80%",
    ...STEADY,
    server: { latency: "lognormal", noise: "tier", share: 0.5 },
    // Of the half that is silver, 60% turn gold.
    fault: { share: 0.6, set: { tier: "gold" } },
    finding: /^field body \$\.tier/,
  },
  {
    name: "price +1% under jitter",
    ...STEADY,
    server: { latency: "lognormal", noise: "float" },
    fault: { scale: { price: 1.01 } },
    finding: /^field body \$\.price/,
  },
  {
    name: "404 accepted in a review, then 302",
    ...SHORT,
    fault: { inputs: 0.2, status: 404 },
    finding: /^status 200→302/,
    afterReview: { inputs: 0.2, status: 302 },
  },
  { name: "only 404s", ...SHORT, args: EASY_GATE, fault: { status: 404 }, everywhere: true, finding: null },
  { name: "only health checks", ...SHORT, args: EASY_GATE, fault: {}, pathOf: () => "/health", finding: null },
];
