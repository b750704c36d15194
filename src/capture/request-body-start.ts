import { fieldValue } from "../http/read-header.ts";
import type { CapturedBody, RawHeaders } from "../model/capture.ts";
import { BodyRecorder } from "./body-recorder.ts";
import type { ByteBudget } from "./byte-budget.ts";

/** Attributes are read from the top two levels, which come early in all but large lists. */
const MAX_BYTES = 16 * 1024;
/** Media types whose attributes are read: JSON and forms. */
const READABLE = /^\s*(?:application\/x-www-form-urlencoded|[^;\s/]+\/(?:[^;\s/]+\+)?json)\s*(?:;|$)/i;

/** Records the beginning of a request body, to read attributes from it. */
export class RequestBodyStart {
  readonly #recorder: BodyRecorder;
  #length = 0;
  #isRecorded = true;

  constructor(budget: ByteBudget) {
    this.#recorder = new BodyRecorder(MAX_BYTES, budget);
  }

  /** Copies what it needs of the next chunk. Without memory for it, the body is not recorded. */
  add(chunk: Buffer): void {
    const missing = MAX_BYTES - this.#length;
    this.#length += chunk.length;
    if (this.#isRecorded && missing > 0) this.#isRecorded = this.#recorder.add(chunk.subarray(0, missing));
  }

  /** @returns the body, whose bytes are a view until `release`; undefined if it was not recorded */
  capture(): CapturedBody | undefined {
    if (!this.#isRecorded || this.#length === 0) return undefined;
    return { bytes: this.#recorder.prefix(), length: this.#length, tailHash: null };
  }

  /** Frees the memory. Idempotent. */
  release(): void {
    this.#recorder.release();
  }
}

/**
 * @param headers of a request with a body
 * @returns null if no attributes are read from its media type, or if it is compressed
 */
export function createRequestBodyStart(headers: RawHeaders, budget: ByteBudget): RequestBodyStart | null {
  const isReadable = READABLE.test(fieldValue(headers, "content-type") ?? "");
  return isReadable && fieldValue(headers, "content-encoding") === undefined ? new RequestBodyStart(budget) : null;
}
