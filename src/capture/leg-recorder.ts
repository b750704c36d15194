import type { RawHeaders, Timing, TransportFailure } from "../model/capture.ts";
import { BodyRecorder } from "./body-recorder.ts";
import type { ByteBudget } from "./byte-budget.ts";

const NO_FIELDS: RawHeaders = [];
const DATE = "date";

/** Records the response of one leg, and its timing. */
export class LegRecorder {
  readonly subset: string;
  readonly body: BodyRecorder;
  #startMs = performance.now();
  #connectMs: number | null = null;
  #firstByteMs: number | null = null;
  #totalMs = 0;
  #status = 0;
  #headers = NO_FIELDS;
  #trailers = NO_FIELDS;
  #failure: TransportFailure | null = null;
  #hasEnded = false;

  constructor(subset: string, bodyCap: number, budget: ByteBudget) {
    this.subset = subset;
    this.body = new BodyRecorder(bodyCap, budget);
  }

  get status(): number {
    return this.#status;
  }

  get headers(): RawHeaders {
    return this.#headers;
  }

  get trailers(): RawHeaders {
    return this.#trailers;
  }

  get failure(): TransportFailure | null {
    return this.#failure;
  }

  /** The response is complete, or has failed. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get timing(): Timing {
    return { connectMs: this.#connectMs, firstByteMs: this.#firstByteMs, totalMs: this.#totalMs };
  }

  /** Milliseconds from dispatch to the last byte, without connection setup. */
  get serviceMs(): number {
    return this.#totalMs - (this.#connectMs ?? 0);
  }

  /** Starts the clock. */
  dispatch(): void {
    this.#startMs = performance.now();
  }

  start(connectMs: number | null): void {
    this.#connectMs = connectMs;
  }

  head(status: number, headers: RawHeaders): void {
    this.#firstByteMs = performance.now() - this.#startMs;
    this.#status = status;
    this.#headers = headers;
  }

  /** @returns false when the capture budget is exhausted */
  data(chunk: Buffer): boolean {
    return this.body.add(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#trailers = trailers;
    this.#stopClock();
  }

  fail(failure: TransportFailure): void {
    this.#failure = failure;
    this.#stopClock();
  }

  /** Whether status, header fields (in order, without the value of Date) and trailers are equal. The body is not compared. */
  hasSameHeadAs(other: LegRecorder): boolean {
    return (
      this.#failure === null &&
      other.#failure === null &&
      this.#status === other.#status &&
      sameFields(this.#headers, other.#headers) &&
      sameFields(this.#trailers, other.#trailers)
    );
  }

  #stopClock(): void {
    this.#hasEnded = true;
    this.#totalMs = performance.now() - this.#startMs;
  }
}

function sameFields(a: RawHeaders, b: RawHeaders): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 2) {
    const name = a[index];
    if (name !== b[index]) return false;
    if (a[index + 1] !== b[index + 1] && name?.toLowerCase() !== DATE) return false;
  }
  return true;
}
