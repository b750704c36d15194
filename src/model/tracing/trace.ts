import type { RawHeaders, Role } from "../capture.ts";

/** A span in its trace. The ids have 32 and 16 lower-case hexadecimal digits. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
}

/** The spans of an exchange that is traced. */
export interface ExchangeTrace {
  /** Begins the span of the primary leg. @returns the header fields to send, which name it */
  startPrimary(subset: string, request: TracedRequest): RawHeaders;
  /** Begins the span of a copy. */
  startCopy(role: Exclude<Role, "primary">, subset: string, request: TracedRequest): LegSpan;
  /**
   * Ends the spans of the client's request and of the primary leg.
   * @param clientStatus that the client received; 0 when it received none
   * @param primaryStatus of the primary; 0 when it has not responded
   * @param error why the response is missing or incomplete; undefined otherwise
   */
  end(clientStatus: number, primaryStatus: number, error: string | undefined): void;
}

export interface TracedRequest {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  readonly headers: RawHeaders;
}

/** The span of a copy. */
export interface LegSpan {
  /** The header fields to send: they name the span. */
  readonly headers: RawHeaders;
  /**
   * Ends the span; only the first call counts.
   * @param status of the response; 0 without one
   * @param error why the response is missing or incomplete; null otherwise
   */
  end(status: number, error: string | null): void;
}

/** What every span has that leaves a proxy thread. */
interface AnySpan extends SpanPlace {
  /** Id of the parent, in the same trace; null for the first span of a trace. */
  readonly parentId: string | null;
  /** A span of another trace, because of which this one exists. */
  readonly link: SpanPlace | null;
  /** Unix milliseconds, with fractions. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly route: string;
  readonly method: string;
  /** In origin form; secrets are not replaced yet. */
  readonly target: string;
  /** 0 without a response. */
  readonly status: number;
  readonly error: string | null;
  /** Production does not depend on it: a copy, or a request that another proxy mirrors. */
  readonly isMirrored: boolean;
}

/** The span of a client's request. */
export interface ServerSpan extends AnySpan {
  readonly kind: "server";
  readonly scheme: "http" | "https";
  /** Host of the request; empty if it has none. */
  readonly authority: string;
}

/** The span of a request to an upstream. */
export interface UpstreamSpan extends AnySpan {
  readonly kind: "upstream";
  readonly role: Role;
  readonly subset: string;
}

export type SpanRecord = ServerSpan | UpstreamSpan;

/** What a proxy thread sends to the main thread. The next batch waits until that one is accepted. */
export interface SpanBatch {
  readonly spans: readonly SpanRecord[];
  /** Spans since the last batch for which there was no room. */
  readonly dropped: number;
}
