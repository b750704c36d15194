import type { RawHeaders } from "../capture.ts";

/** How recorded requests are written. */
export type RecordingFormat = "har" | "ndjson" | "gor" | "access-log" | "urls";

/** A request as it was recorded. An upstream client can send it as it is. */
export interface RecordedRequest {
  /** A token (RFC 9110 §9.1), neither CONNECT nor TRACE. */
  readonly method: string;
  /** Origin form, or `*` for OPTIONS: visible ASCII without a fragment. */
  readonly target: string;
  /**
   * One character per byte, without hop-by-hop and framing fields and without the mark of a shadowdiff. Host is absent if the
   * recording does not name one.
   */
  readonly headers: RawHeaders;
  /** Null for a request without a body. */
  readonly body: Uint8Array | null;
  /** Unix milliseconds, in most recordings of the request's arrival; null if the recording has no times. */
  readonly at: number | null;
  /** Requests of one lane come from one client, such as a connection or an address, in their order; null if that is unknown. */
  readonly lane: string | null;
  /** What was masked or left out when the request was stored, so that the response can differ from the original one. */
  readonly masked: readonly MaskedPart[];
  /** For messages: `access.log:17`. */
  readonly place: string;
}

/** A part of a stored request that has fingerprints in place of values; of a body, only that there was one is known. */
export type MaskedPart = "target" | "headers" | "body";

/** A record that cannot be read. */
export interface BrokenRecord {
  /** `access.log:17` */
  readonly place: string;
  /** One line, which can quote a few characters of the record. */
  readonly problem: string;
}

/** Why a record that can be read is not replayed. */
export type SkippedRecord =
  | "method" // an access log has no bodies, so only GET and HEAD are complete; CONNECT and TRACE are never sent
  | "scheme" // neither http nor https: data:, blob:, chrome-extension:
  | "upgrade" // the request switches to another protocol, such as WebSocket
  | "response" // a recorded response
  | "empty"; // the client sent no request, so there is nothing to repeat

/** How far the reading of recordings has come. A record counts once, however often the recording is replayed. */
export interface RecordingProgress {
  /** Of the files, before decompression, in all passes. */
  readonly bytesRead: number;
  /** Of one pass; null if it is unknown, as for standard input. */
  readonly bytesTotal: number | null;
  /** Readable requests, including those that were filtered out. */
  readonly read: number;
  readonly filteredOut: number;
  readonly skipped: Readonly<Record<SkippedRecord, number>>;
  /** Requests with each masked part, without those that were filtered out. */
  readonly masked: Readonly<Record<MaskedPart, number>>;
  readonly broken: number;
  /** At most 5. */
  readonly firstProblems: readonly BrokenRecord[];
}

/** When recorded requests are sent. */
export type Pacing =
  | { readonly type: "speed"; /** 2: twice as fast as recorded. */ readonly factor: number }
  | { readonly type: "rate"; readonly perSecond: number }
  | { readonly type: "unpaced" };
