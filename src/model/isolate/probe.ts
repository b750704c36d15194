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

/** Where a request is sent, and with what it is compared. */
export interface ProbeTarget {
  readonly route: string;
  readonly candidate: string;
  /**
   * Two responses of the primary's version are compared, too: of primary and secondary, or two of the primary if the route has no
   * secondary.
   */
  readonly measuresNoise: boolean;
}

/** The fresh comparison of one request, with secrets replaced by fingerprints. */
export interface ProbeResult {
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
  readonly request: ProbeRequest;
}

/** Keeps the next matching live request in memory for the one that waits for it. */
export interface LiveRequests {
  /** @throws the reason of `signal` when it is aborted */
  next(wanted: WantedRequest, signal: AbortSignal): Promise<LiveRequest>;
}
