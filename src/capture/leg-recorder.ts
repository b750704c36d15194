import type { RawHeaders, Timing, TransportFailure } from "../model/capture.ts";
import { BodyRecorder } from "./body-recorder.ts";
import type { ByteBudget } from "./byte-budget.ts";

const NO_FIELDS: RawHeaders = [];
const DATE = "date";

/** Everything that one role answered, while it answers. */
export class LegRecorder {
  readonly subset: string;
  readonly body: BodyRecorder;
  #began = performance.now();
  #connectMs: number | null = null;
  #firstByteMs: number | null = null;
  #totalMs = 0;
  #status = 0;
  #headers = NO_FIELDS;
  #trailers = NO_FIELDS;
  #failure: TransportFailure | null = null;
  #ended = false;

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

  /** Complete or failed. */
  get ended(): boolean {
    return this.#ended;
  }

  get timing(): Timing {
    return { connectMs: this.#connectMs, firstByteMs: this.#firstByteMs, totalMs: this.#totalMs };
  }

  /** From dispatch to the last byte, without the time to open a connection. */
  get serviceMs(): number {
    return this.#totalMs - (this.#connectMs ?? 0);
  }

  /** Times count from here. */
  dispatched(): void {
    this.#began = performance.now();
  }

  start(connectMs: number | null): void {
    this.#connectMs = connectMs;
  }

  head(status: number, headers: RawHeaders): void {
    this.#firstByteMs = performance.now() - this.#began;
    this.#status = status;
    this.#headers = headers;
  }

  /** @returns false when the capture budget is used up */
  data(chunk: Buffer): boolean {
    return this.body.add(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#trailers = trailers;
    this.#close();
  }

  fail(failure: TransportFailure): void {
    this.#failure = failure;
    this.#close();
  }

  /** Status, fields in their order (values of Date aside), trailers; the body is a question of its own. */
  hasSameHeadAs(other: LegRecorder): boolean {
    return (
      this.#failure === null &&
      other.#failure === null &&
      this.#status === other.#status &&
      sameFields(this.#headers, other.#headers) &&
      sameFields(this.#trailers, other.#trailers)
    );
  }

  #close(): void {
    this.#ended = true;
    this.#totalMs = performance.now() - this.#began;
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
