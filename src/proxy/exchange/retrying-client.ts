import type { Duplex, Readable } from "node:stream";
import { SAFE_METHODS } from "../../http/request-semantics.ts";
import type { RawHeaders, TransportFailure, TransportFailureKind } from "../../model/capture.ts";
import type { RetryPolicy } from "../../model/routing.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "../../upstream/leg.ts";
import type { ReplayableBody } from "./replayable-body.ts";

/** Another attempt may fare better. */
const REPEATABLE: ReadonlySet<TransportFailureKind> = new Set(["refused", "dns", "tls", "reset", "timeout"]);
/** Before attempt n a chance wait of up to this times 2^(n-1), so that clients do not come back all at once. */
const BACKOFF_MS = 25;
const LONGEST_BACKOFF_MS = 250;

export interface RetryOptions {
  readonly retries: RetryPolicy;
  /** Offered to each attempt; the request's own body is not looked at. */
  readonly body: ReplayableBody | null;
  /** Uniform in [0, 1). */
  random(): number;
}

/**
 * Repeats attempts that failed before anything of a response had come: if the connection could not be opened, or if the
 * method is safe. `totalMs` of the limits holds for all attempts together.
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
  /** For the next attempt. */
  #body: Readable | null;
  #left: number;
  /** The request of this attempt may have been written. */
  #started = false;
  #responded = false;
  #over = false;
  #paused = false;
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
    this.#left = options.retries.attempts;
    this.#body = options.body?.open() ?? null;
  }

  attempt(): void {
    const { retries } = this.#options;
    this.#started = false;
    this.#leg = null;
    const { totalMs } = this.#limits;
    const limits = totalMs === 0 ? this.#limits : { ...this.#limits, totalMs: Math.max(1, this.#remainingMs) };
    if (retries.perTryTimeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.#tryTimedOut(), retries.perTryTimeoutMs);
    }
    const leg = this.#client.send({ ...this.#request, body: this.#body }, limits, this);
    this.#leg = leg;
    if (this.#over) leg.abort();
    else if (this.#paused) leg.pause();
  }

  pause(): void {
    this.#paused = true;
    this.#leg?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#leg?.resume();
  }

  setDeadline(ms: number): void {
    this.#leg?.setDeadline(ms);
  }

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#leg?.abort();
    this.#body?.destroy();
  }

  start(connectMs: number | null): void {
    this.#started = true;
    this.#handler.start(connectMs);
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    clearTimeout(this.#timer);
    this.#responded = true;
    this.#handler.head(status, reason, headers);
  }

  data(chunk: Buffer): void {
    this.#handler.data(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#over = true;
    this.#handler.end(trailers);
  }

  switched(reason: string, headers: RawHeaders, socket: Duplex): void {
    clearTimeout(this.#timer);
    this.#over = true;
    this.#handler.switched?.(reason, headers, socket);
  }

  fail(failure: TransportFailure): void {
    clearTimeout(this.#timer);
    if (!this.#mayRepeat(failure)) {
      this.#over = true;
      return this.#handler.fail(failure);
    }
    const before = this.#options.retries.attempts - this.#left;
    this.#left -= 1;
    this.#body = this.#options.body?.open() ?? null;
    const wait = this.#options.random() * Math.min(BACKOFF_MS * 2 ** before, LONGEST_BACKOFF_MS);
    this.#timer = setTimeout(() => this.attempt(), wait);
  }

  get #remainingMs(): number {
    return this.#limits.totalMs - (performance.now() - this.#began);
  }

  #tryTimedOut(): void {
    this.#leg?.abort();
    this.fail({ kind: "timeout", detail: `no response head within ${this.#options.retries.perTryTimeoutMs} ms` });
  }

  #mayRepeat({ kind }: TransportFailure): boolean {
    if (this.#left === 0 || this.#over || this.#responded || !REPEATABLE.has(kind)) return false;
    if (this.#limits.totalMs > 0 && this.#remainingMs <= 0) return false;
    const { body } = this.#options;
    if (body !== null && !body.isUntouched) return false;
    return !this.#started || SAFE_METHODS.has(this.#request.method);
  }
}
