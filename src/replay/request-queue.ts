import type { HeaderChange } from "../http/header-operations.ts";
import type { RecordedRequest } from "../model/replay/recording.ts";
import type { ProgressCounter } from "./progress-counter.ts";
import type { Outcome, RecordSink } from "./record-sink.ts";
import type { RequestFilter } from "./request-filter.ts";

/** What happens to each request of a recording. */
export interface QueueParts {
  readonly filter: RequestFilter;
  readonly replaceHeaders: HeaderChange;
  readonly progress: ProgressCounter;
}

const MAX_BATCH_REQUESTS = 256;
const MAX_BATCH_BYTES = 1024 * 1024;

/** Collects the requests of one file that are replayed, and counts all of its records. */
export class RequestQueue implements RecordSink {
  readonly #name: string;
  readonly #parts: QueueParts;
  #waiting: RecordedRequest[] = [];

  /** @param name of the file, for messages */
  constructor(name: string, parts: QueueParts) {
    this.#name = name;
    this.#parts = parts;
  }

  record(outcome: Outcome, where: string): void {
    const { filter, replaceHeaders, progress } = this.#parts;
    const place = /^\d/.test(where) ? `${this.#name}:${where}` : `${this.#name}, ${where}`;
    if ("problem" in outcome) return progress.addBroken({ place, problem: outcome.problem });
    if ("skipped" in outcome) {
      progress.skipped[outcome.skipped] += 1;
      return undefined;
    }
    progress.read += 1;
    const { request } = outcome;
    if (!filter(request)) {
      progress.filteredOut += 1;
      return undefined;
    }
    for (const part of request.masked) progress.masked[part] += 1;
    this.#waiting.push({ ...request, headers: replaceHeaders(request.headers), place });
    return undefined;
  }

  /** Takes what waits, in batches of bounded size. A request with a larger body is a batch alone. */
  *takeBatches(): Generator<readonly RecordedRequest[]> {
    const waiting = this.#waiting;
    this.#waiting = [];
    let batch: RecordedRequest[] = [];
    let bytes = 0;
    for (const request of waiting) {
      const length = request.body?.length ?? 0;
      if (batch.length === MAX_BATCH_REQUESTS || (batch.length > 0 && bytes + length > MAX_BATCH_BYTES)) {
        yield batch;
        batch = [];
        bytes = 0;
      }
      batch.push(request);
      bytes += length;
    }
    if (batch.length > 0) yield batch;
  }
}
