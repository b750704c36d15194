import type { Outcome, ReadRequest, RecordSink } from "../record-sink.ts";

const SECOND_MS = 1000;
/** Further requests of the same second begin at its start again. */
const MAX_HELD = 10_000;

interface Held {
  readonly request: ReadRequest;
  readonly where: string;
}

/**
 * Most logs have times in whole seconds. Replayed as they are, a burst would begin each second; here, the requests of one second
 * are spread over it in their order.
 */
export class SpreadSeconds implements RecordSink {
  readonly #sink: RecordSink;
  /** The requests of one second. */
  #held: Held[] = [];

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  record(outcome: Outcome, where: string): void {
    if (!("request" in outcome)) return this.#sink.record(outcome, where);
    const { request } = outcome;
    const second = this.#held[0]?.request.at;
    if ((second !== undefined && request.at !== second) || this.#held.length === MAX_HELD) this.flush();
    if (request.at === null || request.at % SECOND_MS !== 0) return this.#sink.record(outcome, where);
    this.#held.push({ request, where });
    return undefined;
  }

  /** Hands on what is held, at the end of the file. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    for (const [index, { request, where }] of held.entries()) {
      const at = (request.at ?? 0) + Math.floor((index * SECOND_MS) / held.length);
      this.#sink.record({ request: { ...request, at } }, where);
    }
  }
}
