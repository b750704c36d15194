import type { ScheduledRequest } from "../../model/replay/replay-counts.ts";

/** Requests that wait to be sent: enough that many lanes have one, and that the sender never waits for the reader. */
const MAX_WAITING = 2_048;
/** A single request can exceed it. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const BATCH_REQUESTS = 64;
const BATCH_BYTES = 256 * 1024;
/** A request of a recording that is still being written must not wait for a full batch. */
const BATCH_MS = 5;

/**
 * Hands requests to the thread that sends them, in batches. When too many of them wait there, the recording is not read further,
 * so that memory stays constant.
 */
export class HandOver {
  readonly #post: (requests: readonly ScheduledRequest[]) => void;
  #batch: ScheduledRequest[] = [];
  #batchBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting = 0;
  #waitingBytes = 0;
  #taken = 0;
  #takenBytes = 0;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(post: (requests: readonly ScheduledRequest[]) => void) {
    this.#post = post;
  }

  /** Hands over all requests. Resolves when the last one was posted, or after `stop`. @throws what the recording throws */
  async run(requests: AsyncIterable<ScheduledRequest>): Promise<void> {
    for await (const request of requests) {
      if (this.#isStopped) return;
      this.#add(request);
      while (this.#isFull) {
        this.#flush();
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
    this.#flush();
  }

  /** The sender has taken so many of all requests so far from its queue. */
  acknowledge(taken: number, takenBytes: number): void {
    this.#waiting -= taken - this.#taken;
    this.#waitingBytes -= takenBytes - this.#takenBytes;
    this.#taken = taken;
    this.#takenBytes = takenBytes;
    if (!this.#isFull) this.#wake?.();
  }

  /** Hands over nothing more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#batch = [];
    this.#wake?.();
  }

  get #isFull(): boolean {
    return !this.#isStopped && (this.#waiting >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES);
  }

  #add(request: ScheduledRequest): void {
    this.#batch.push(request);
    this.#batchBytes += request.bytes;
    this.#waiting += 1;
    this.#waitingBytes += request.bytes;
    if (this.#batch.length >= BATCH_REQUESTS || this.#batchBytes >= BATCH_BYTES) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#post(batch);
  }
}
