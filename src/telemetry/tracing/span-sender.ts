import type { SpanBatch, SpanRecord } from "../../model/tracing/trace.ts";

const SEND_AFTER_MS = 100;
/** 40,000 spans per second if the main thread accepts a batch at once. A span has about 1 KB. */
const MAX_WAITING = 4_096;

/**
 * The spans of a proxy thread on their way to the main thread. One batch is under way at a time: while the main thread is busy, spans
 * wait, and what does not fit is dropped and counted.
 */
export class SpanSender {
  readonly #post: (batch: SpanBatch) => void;
  #spans: SpanRecord[] = [];
  #dropped = 0;
  #isUnderWay = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param post sends a batch; `accepted` must follow */
  constructor(post: (batch: SpanBatch) => void) {
    this.#post = post;
  }

  add(span: SpanRecord): void {
    if (this.#spans.length >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#spans.push(span);
    this.#schedule();
  }

  /** The main thread has accepted the last batch. */
  accepted(): void {
    this.#isUnderWay = false;
    if (this.#spans.length > 0) this.#schedule();
  }

  /** Sends at once what waits, for a thread that ends. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#spans.length === 0 && this.#dropped === 0) return;
    const batch = { spans: this.#spans, dropped: this.#dropped };
    this.#spans = [];
    this.#dropped = 0;
    this.#isUnderWay = true;
    this.#post(batch);
  }

  #schedule(): void {
    if (this.#isUnderWay || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.flush(), SEND_AFTER_MS);
  }
}
