/** Who answers: the version that clients see, the version under test, or a second copy of the primary. */
export type Role = "primary" | "candidate" | "secondary";

/** Header or trailer fields as received: name, value, name, value … in order, case and number kept. */
export type RawHeaders = readonly string[];

/** Why a leg ended without a complete response. */
export type TransportFailureKind =
  | "refused" // nobody listens, or the network says no
  | "dns" // the name does not resolve
  | "tls" // the handshake failed
  | "reset" // the connection ended before or inside the response
  | "timeout" // silent before the head, idle inside the body, or past the leg's deadline
  | "protocol" // the bytes are no HTTP response
  | "endless" // a candidate that keeps sending long after the primary has ended
  | "internal"; // our own fault, told in `detail`

export interface TransportFailure {
  readonly kind: TransportFailureKind;
  /** One line for a person; never holds captured content. */
  readonly detail: string;
}

/** Milliseconds on a monotonic clock from this leg's own dispatch; null where that point was not reached or not needed. */
export interface Timing {
  /** Null when the request went out on a connection that was already open. */
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

export interface CapturedBody {
  /** The first bytes, at most the capture cap, as they were on the wire (content codings still applied). */
  readonly bytes: Uint8Array;
  /** All bytes that were on the wire, also those beyond `bytes`. */
  readonly length: number;
  /** Hash over the bytes beyond `bytes`; null when nothing was cut. */
  readonly tailHash: string | null;
}

/** What one role answered. Secrets in headers are already replaced by fingerprints. */
export interface Capture {
  readonly subset: string;
  readonly failure: TransportFailure | null;
  /** 0 when the leg failed before a response head. */
  readonly status: number;
  readonly headers: RawHeaders;
  readonly trailers: RawHeaders;
  readonly body: CapturedBody;
  readonly timing: Timing;
}

/** The capture of a candidate or of the secondary, next to the primary's. */
export interface MirroredCapture {
  readonly capture: Capture;
  /**
   * Status, header fields (values of Date aside), trailers and body bytes equal the primary's, as the proxy saw them
   * before anything was cut or redacted. Headers and body of `capture` are then left empty: the primary's stand for both.
   */
  readonly identical: boolean;
  /** The body bytes alone equal the primary's; `capture.body.bytes` is then left empty. True whenever `identical` is. */
  readonly sameBody: boolean;
}

/** One mirrored client request with the captured response of each role, on its way from a proxy thread to a compare thread. */
export interface Exchange {
  readonly id: string;
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly method: string;
  /** Origin form, secrets in the query replaced by fingerprints. */
  readonly target: string;
  readonly headers: RawHeaders;
  readonly primary: Capture;
  readonly secondary: MirroredCapture | null;
  readonly candidates: readonly MirroredCapture[];
}
