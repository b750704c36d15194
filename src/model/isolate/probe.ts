import type { RawHeaders } from "../capture.ts";
import type { Difference, DifferingField } from "../difference.ts";

/** A request to send to all versions, in the clear: it exists in memory only, and is never stored or logged. */
export interface ProbeRequest {
  readonly method: string;
  /** Origin form. */
  readonly target: string;
  /** End-to-end fields, as received; framing and hop-by-hop fields are ignored. */
  readonly headers: RawHeaders;
  /** Null: without a body. */
  readonly body: Uint8Array | null;
}

/** Why a request is sent again: one fresh comparison, or a step of an isolation. It is the value of the marker header. */
export const PROBE_PURPOSES = ["resend", "isolate"] as const;
export type ProbePurpose = (typeof PROBE_PURPOSES)[number];

/** What a request that was sent again has shown. `fail`: nothing could be compared. */
export const PROBE_OUTCOMES = ["match", "differ", "fail"] as const;
export type ProbeOutcome = (typeof PROBE_OUTCOMES)[number];

/** Where a request is sent, and with what it is compared. */
export interface ProbeTarget {
  readonly purpose: ProbePurpose;
  readonly route: string;
  readonly candidate: string;
  /** The subset that is the primary; by default the first one of the route. */
  readonly primary?: string | undefined;
  /** Paths of known differences. They name the maps whose keys are data: `$.prices{*}`. */
  readonly knownPaths?: readonly string[] | undefined;
  /**
   * Two responses of the primary's version are compared, too: of primary and secondary, or two of the primary if the route has no
   * secondary.
   */
  readonly measuresNoise: boolean;
}

/** One response to a probe. */
export interface ProbeLeg {
  readonly subset: string;
  /** 0 without a complete response. */
  readonly status: number;
  /** Why there is no complete response, in one line for people; null if there is one. */
  readonly failure: string | null;
  /** See `Capture.address`; null if no connection was open. */
  readonly address: string | null;
  /** Milliseconds until the end of the response; null if it has not ended. */
  readonly ms: number | null;
}

/** The responses to a probe by role. */
export interface ProbeLegsByRole {
  readonly primary: ProbeLeg;
  readonly candidate: ProbeLeg;
  /** Null unless noise was measured. */
  readonly secondary: ProbeLeg | null;
}

/** The fresh comparison of one request, with secrets replaced by fingerprints. */
export interface ProbeResult {
  /** When the request was sent, Unix milliseconds. */
  readonly at: number;
  /** Of the request; empty if nothing was compared. */
  readonly endpoint: string;
  /** Null if the request was not sent. */
  readonly legs: ProbeLegsByRole | null;
  /** Why nothing could be compared, in one line for people; null if it was. */
  readonly failure: string | null;
  /** Of the responses; 0 for one that failed, and null for one that was not asked for. */
  readonly statuses: { readonly primary: number; readonly candidate: number; readonly secondary: number | null };
  /** Noise was measured. */
  readonly paired: boolean;
  /** The differing fields by the rules of the run, those of noise included; the paths of maps as comparisons name them. */
  readonly fields: readonly DifferingField[];
  /** Between primary and candidate. */
  readonly differences: readonly Difference[];
}

/** Sends requests to primary, candidate and secondary, and compares the responses. They are accounted apart, as `probe`. */
export interface ProbeRunner {
  /**
   * Sends a request once to each role. Never repeats it, and keeps no rate: that is left to the caller.
   * @throws the reason of `signal` when it is aborted; everything else is a `failure`
   */
  probe(request: ProbeRequest, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}

/** What an armed isolation waits for: an exchange whose candidate differs in at least one of the fields. */
export interface WantedRequest {
  readonly candidate: string;
  readonly endpoint: string;
  readonly fields: readonly Pick<DifferingField, "section" | "path" | "kind">[];
}

/** A live request with a cause, as it was mirrored. */
export interface LiveRequest {
  readonly exchangeId: string;
  readonly route: string;
  /** The subset that was the primary. */
  readonly primary?: string | undefined;
  readonly request: ProbeRequest;
}

/** Keeps the next matching live request in memory for the one that waits for it. */
export interface LiveRequests {
  /** @throws the reason of `signal` when it is aborted */
  next(wanted: WantedRequest, signal: AbortSignal): Promise<LiveRequest>;
}
