import type { Duplex, Readable } from "node:stream";
import { SAFE_METHODS } from "../../http/safe-methods.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure, TransportFailureKind } from "../../model/capture.ts";
import type { RetryPolicy } from "../../model/routing.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../../upstream/leg.ts";
import type { ReplayableBody } from "./replayable-body.ts";

/** Failures after which another attempt may succeed. */
const RETRIABLE: ReadonlySet<TransportFailureKind> = new Set(["refused", "dns", "tls", "reset", "timeout"]);
/** Retry n waits for a random time of up to this × 2^(n-1), so that clients do not retry all at once. */
const BASE_BACKOFF_MS = 25;
const MAX_BACKOFF_MS = 250;

export interface RetryOptions {
  readonly retries: RetryPolicy;
  /** Offered to each attempt. The `body` of the request is ignored. */
  readonly body: ReplayableBody | null;
  /** Uniform in [0, 1). */
  random(): number;
}

/**
 * Retries attempts that failed before any part of a response arrived, if the upstream has provably not processed the request
 * (RFC 9110 §9.2.2), as when the connection could not be opened, or the method is safe. `totalMs` limits all attempts together.
 */
export function withRetries(client: UpstreamClient, options: RetryOptions): Pick<UpstreamClient, "send"> {
  return {
    send(request, limits, handler) {
      const leg = new RetryingLeg(client, options, { request, limits, handler });
      leg.attempt();
      return leg;
    },
  };
}

class RetryingLeg implements Leg, ResponseHandler {
  readonly #client: UpstreamClient;
  readonly #options: RetryOptions;
  readonly #request: LegRequest;
  readonly #limits: LegTimeouts;
  readonly #handler: ResponseHandler;
  readonly #began = performance.now();
  #leg: Leg | null = null;
  /** Body of the next attempt. */
  #body: Readable | null;
  #retriesLeft: number;
  /** The request of the current attempt may have been written. */
  #hasStarted = false;
  #hasResponse = false;
  #hasEnded = false;
  #isPaused = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    client: UpstreamClient,
    options: RetryOptions,
    sending: { readonly request: LegRequest; readonly limits: LegTimeouts; readonly handler: ResponseHandler },
  ) {
    this.#client = client;
    this.#options = options;
    this.#request = sending.request;
    this.#limits = sending.limits;
    this.#handler = sending.handler;
    this.#retriesLeft = options.retries.attempts;
    this.#body = options.body?.open() ?? null;
  }

  attempt(): void {
    const { retries } = this.#options;
    this.#hasStarted = false;
    this.#leg = null;
    const { totalMs } = this.#limits;
    const limits = totalMs === 0 ? this.#limits : { ...this.#limits, totalMs: Math.max(1, this.#remainingMs) };
    if (retries.perTryTimeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.#handleTryTimeout(), retries.perTryTimeoutMs);
    }
    const leg = this.#client.send({ ...this.#request, body: this.#body }, limits, this);
    this.#leg = leg;
    if (this.#hasEnded) leg.abort();
    else if (this.#isPaused) leg.pause();
  }

  pause(): void {
    this.#isPaused = true;
    this.#leg?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#leg?.resume();
  }

  setDeadline(ms: number): void {
    this.#leg?.setDeadline(ms);
  }

  abort(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#leg?.abort();
    this.#body?.destroy();
  }

  start(connectMs: number | null, address: string | undefined): void {
    this.#hasStarted = true;
    this.#handler.start(connectMs, address);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#handler.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.#handler.interim(status, headers);
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    clearTimeout(this.#timer);
    this.#hasResponse = true;
    this.#handler.head(status, reason, headers);
  }

  data(chunk: Buffer): void {
    this.#handler.data(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#hasEnded = true;
    this.#handler.end(trailers);
  }

  switched(reason: string, headers: RawHeaders, socket: Duplex): void {
    clearTimeout(this.#timer);
    this.#hasEnded = true;
    this.#handler.switched?.(reason, headers, socket);
  }

  fail(failure: TransportFailure): void {
    clearTimeout(this.#timer);
    if (!this.#canRetry(failure)) {
      this.#hasEnded = true;
      return this.#handler.fail(failure);
    }
    const retriesDone = this.#options.retries.attempts - this.#retriesLeft;
    this.#retriesLeft -= 1;
    this.#body = this.#options.body?.open() ?? null;
    const wait = this.#options.random() * Math.min(BASE_BACKOFF_MS * 2 ** retriesDone, MAX_BACKOFF_MS);
    this.#timer = setTimeout(() => this.attempt(), wait);
  }

  get #remainingMs(): number {
    return this.#limits.totalMs - (performance.now() - this.#began);
  }

  #handleTryTimeout(): void {
    this.#leg?.abort();
    this.fail({ kind: "timeout", detail: `no response head within ${this.#options.retries.perTryTimeoutMs} ms` });
  }

  #canRetry({ kind, notProcessed = false }: TransportFailure): boolean {
    if (this.#retriesLeft === 0 || this.#hasEnded || this.#hasResponse || !RETRIABLE.has(kind)) return false;
    if (this.#limits.totalMs > 0 && this.#remainingMs <= 0) return false;
    const { body } = this.#options;
    if (body !== null && !body.isUnread) return false;
    return !this.#hasStarted || notProcessed || SAFE_METHODS.has(this.#request.method);
  }
}
