import { readTraceContext, withTraceContext } from "../../http/trace-context.ts";
import type { RawHeaders, Role } from "../../model/capture.ts";
import type { ExchangeTrace, LegSpan, SpanPlace, SpanRecord, TracedRequest } from "../../model/tracing/trace.ts";

const HEX = 16;
const PIECE_DIGITS = 8;
const PIECES_OF_TRACE_ID = 4;
const PIECES_OF_SPAN_ID = 2;
const PIECE_VALUES = 2 ** 32;

export interface RequestTracerOptions {
  /** Share of the requests that are traced if their sender leaves that decision to shadowdiff. */
  readonly sampleRate: number;
  /**
   * Requests are copies themselves, which another proxy mirrors or which were recorded: their spans must not appear in the trace of
   * the original.
   */
  readonly isOutOfBand: boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Accepts a span that has ended. */
  readonly record: (span: SpanRecord) => void;
}

/** The client's request, as the listener has accepted it. */
export interface RequestToTrace {
  readonly method: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly fields: RawHeaders;
}

/**
 * Decides which requests are traced and records their spans, on a proxy thread: as plain objects, without the OpenTelemetry SDK,
 * which only the main thread loads.
 */
export class RequestTracer {
  readonly #options: RequestTracerOptions;

  constructor(options: RequestTracerOptions) {
    this.#options = options;
  }

  /** @returns null if the request is not traced; its fields are then left as they are */
  begin(head: RequestToTrace, route: string): ExchangeTrace | null {
    const { sender, isSampled } = readTraceContext(head.fields);
    const { random, sampleRate } = this.#options;
    return (isSampled ?? random() < sampleRate) ? new TracedExchange(this.#options, head, route, sender) : null;
  }
}

/** The spans of one exchange. Its trace is that of the client, and each copy has one of its own (decision 56). */
class TracedExchange implements ExchangeTrace {
  readonly #options: RequestTracerOptions;
  readonly #head: RequestToTrace;
  readonly #route: string;
  readonly #place: SpanPlace;
  readonly #parentId: string | null;
  readonly #link: SpanPlace | null;
  readonly #startedAt = Date.now();
  readonly #startMs = performance.now();
  #primary: LegSpan | null = null;

  constructor(options: RequestTracerOptions, head: RequestToTrace, route: string, sender: SpanPlace | null) {
    const { random, isOutOfBand } = options;
    const parent = isOutOfBand ? null : sender;
    this.#options = options;
    this.#head = head;
    this.#route = route;
    this.#place = { traceId: parent?.traceId ?? newTraceId(random), spanId: newSpanId(random) };
    this.#parentId = parent?.spanId ?? null;
    this.#link = isOutOfBand ? sender : null;
  }

  startPrimary(subset: string, request: TracedRequest): RawHeaders {
    this.#primary = this.#startLeg("primary", subset, request);
    return this.#primary.headers;
  }

  startCopy(role: Role, subset: string, request: TracedRequest): LegSpan {
    return this.#startLeg(role, subset, request);
  }

  end(status: number, primaryStatus: number, error: string | undefined): void {
    this.#primary?.end(primaryStatus, error ?? null);
    const { method, target, scheme, authority } = this.#head;
    this.#options.record({
      kind: "server",
      ...this.#place,
      parentId: this.#parentId,
      link: this.#link,
      startedAt: this.#startedAt,
      endedAt: this.#now(),
      route: this.#route,
      method,
      target,
      status,
      error: error ?? null,
      isMirrored: this.#options.isOutOfBand,
      scheme,
      authority,
    });
  }

  #startLeg(role: Role, subset: string, request: TracedRequest): LegSpan {
    const { random, record, isOutOfBand } = this.#options;
    const isCopy = role !== "primary";
    const place = { traceId: isCopy ? newTraceId(random) : this.#place.traceId, spanId: newSpanId(random) };
    const startedAt = this.#now();
    let hasEnded = false;
    return {
      headers: withTraceContext(request.headers, place, isCopy || isOutOfBand),
      end: (status, error) => {
        if (hasEnded) return;
        hasEnded = true;
        record({
          kind: "upstream",
          ...place,
          parentId: isCopy ? null : this.#place.spanId,
          link: isCopy ? this.#place : null,
          startedAt,
          endedAt: this.#now(),
          route: this.#route,
          method: request.method,
          target: request.target,
          status,
          error,
          isMirrored: isCopy || isOutOfBand,
          role,
          subset,
        });
      },
    };
  }

  /** Unix milliseconds. All spans share one reading of the wall clock, which may be set in the meantime. */
  #now(): number {
    return this.#startedAt + performance.now() - this.#startMs;
  }
}

function newTraceId(random: () => number): string {
  return randomHex(random, PIECES_OF_TRACE_ID);
}

function newSpanId(random: () => number): string {
  return randomHex(random, PIECES_OF_SPAN_ID);
}

/** Random digits. An id of zeros would be invalid, so the last piece is never 0. */
function randomHex(random: () => number, pieces: number): string {
  let digits = "";
  for (let piece = 1; piece < pieces; piece += 1) digits += pieceOf(Math.floor(random() * PIECE_VALUES));
  return digits + pieceOf(1 + Math.floor(random() * (PIECE_VALUES - 1)));
}

function pieceOf(value: number): string {
  return value.toString(HEX).padStart(PIECE_DIGITS, "0");
}
