/** The role of a subset in an exchange: the version that serves clients, the version under test, or a second primary. */
export type Role = "primary" | "candidate" | "secondary";

/** The version of HTTP in which a client sent its request. */
export type ClientProtocol = "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";

/** Header or trailer fields as received: name, value, name, value, … with order, case and repetitions preserved. */
export type RawHeaders = readonly string[];

/** Why a leg ended without a complete response. */
export type TransportFailureKind =
  | "refused" // connection refused, or network or host unreachable
  | "dns" // the host name does not resolve
  | "tls" // the TLS handshake failed
  | "reset" // the connection was closed before the end of the response
  | "timeout" // no response head, no further body bytes, or no end in time
  | "protocol" // the bytes are not a valid HTTP response
  | "endless" // the candidate kept sending long after the primary had finished
  | "descriptors" // no file descriptor was free for a connection
  | "internal"; // a bug in shadowdiff, described in `detail`

/** How the bytes of a response deviate from HTTP/1.1 although their meaning is clear. */
export type ProtocolQuirk =
  | "bare-lf" // lines, or lines between chunks, end without CR
  | "chunk-extension" // with control characters
  | "chunk-padding" // white space after a chunk size
  | "coding-in-http10" // chunks in a response of HTTP/1.0
  | "coding-list" // empty members or `identity` in Transfer-Encoding
  | "control-character" // in a value or in the reason
  | "folded-line" // a value that continues on the next line
  | "http-version" // neither HTTP/1.1 nor HTTP/1.0
  | "invalid-trailer" // a trailer line that is no field
  | "length-and-coding" // both Content-Length and chunks
  | "repeated-length" // equal Content-Length fields or members
  | "space-before-colon"
  | "status-line"; // spaces, empty lines before it, or an unusual status

/** Receives each deviation of a response. */
export type OnQuirk = (quirk: ProtocolQuirk) => void;

export interface TransportFailure {
  readonly kind: TransportFailureKind;
  /** One line for people; never contains captured content. */
  readonly detail: string;
  /** The upstream has provably not processed the request (RFC 9110 §9.2.2), so the failure says nothing about the version. */
  readonly notProcessed?: boolean | undefined;
  /**
   * The upstream closed the connection without reading the request: an idle one just as the request was written to it, or
   * after an early response. Chance decides what arrives then, so the failure says nothing about the version either.
   */
  readonly connectionClosed?: boolean | undefined;
  /** The URL of the upstream; undefined if the failure has no address, such as a response that does not end. */
  readonly address?: string | undefined;
}

/** Milliseconds on a monotonic clock since the leg was dispatched; null if the event did not happen. */
export interface Timing {
  /** Null if the request reused an open connection. */
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
  readonly totalMs: number;
}

/** Name before the status of each interim response in `Capture.interims`; a field name cannot begin with a colon. */
export const INTERIM_STATUS = ":status";

export interface CapturedBody {
  /** The first bytes on the wire, up to the capture cap; content codings are still applied. */
  readonly bytes: Uint8Array;
  /** The length on the wire, including the bytes beyond `bytes`. */
  readonly length: number;
  /** Hash of the bytes beyond `bytes`; null if the body fits into the cap. */
  readonly tailHash: string | null;
}

/** The trace in which an upstream records its spans of one request. */
export interface TraceReference {
  /** 32 lower-case hexadecimal digits. */
  readonly id: string;
  /** Whether the request said that the trace is recorded; null if it left that to the upstream. */
  readonly isSampled: boolean | null;
}

/** The response of one role. Secrets in header fields are already replaced by fingerprints. */
export interface Capture {
  readonly subset: string;
  readonly failure: TransportFailure | null;
  /** The status code, or 0 if the leg failed before a response head arrived. */
  readonly status: number;
  readonly headers: RawHeaders;
  readonly trailers: RawHeaders;
  /** The interim responses except 102, one after another: `:status`, the status, and the fields of each. Usually empty. */
  readonly interims: RawHeaders;
  /** Each kind once, in alphabetic order; usually none. */
  readonly quirks: readonly ProtocolQuirk[];
  readonly body: CapturedBody;
  readonly timing: Timing;
  /** The trace that the request named; undefined if it named none. */
  readonly trace?: TraceReference | undefined;
  /** The upstream that was asked, as `host:port` of the connection; undefined if none was open. */
  readonly address?: string | undefined;
}

/** The capture of a candidate or secondary, compared with the primary's on the proxy thread. */
export interface MirroredCapture {
  readonly capture: Capture;
  /**
   * Status, header fields (except the value of Date), trailers, interim responses, quirks and body bytes equal the primary's,
   * before truncation and redaction. Headers and body of `capture` are empty then: use the primary's.
   */
  readonly identical: boolean;
  /** The body bytes equal the primary's; `capture.body.bytes` is empty then. Always true if `identical` is. */
  readonly sameBody: boolean;
  /** See `LegRecorder.level`; absent: 0. */
  readonly level?: number | undefined;
}

/** A mirrored client request with the captured response of each role, on its way from a proxy to a compare thread. */
export interface Exchange {
  readonly id: string;
  /** Arrival of the request, in Unix milliseconds. */
  readonly at: number;
  /** The client had waited for the response to its previous request before it sent this one. */
  readonly backToBack: boolean;
  readonly route: string;
  readonly method: string;
  /** Request target in origin form; secrets in the query are replaced by fingerprints. */
  readonly target: string;
  readonly headers: RawHeaders;
  /** Of the client's connection; undefined without a client, and unless attributes are kept. */
  readonly protocol?: ClientProtocol | undefined;
  /** The beginning of the request's body, redacted during comparison; undefined unless it is copied and attributes are kept. */
  readonly requestBody?: CapturedBody | undefined;
  /**
   * If it matches, it is a control when its draw is below this limit; those above were not all sent. Undefined if attributes are
   * not kept.
   */
  readonly controlLimit?: number | undefined;
  /** Names and values of the configured claims of JSON Web Tokens, alternately; undefined unless it has such claims. */
  readonly claims?: RawHeaders | undefined;
  readonly primary: Capture;
  readonly secondary: MirroredCapture | null;
  readonly candidates: readonly MirroredCapture[];
}
