import type { ArmedCause, FoundRequest } from "../model/isolate/armed-cause.ts";
import type { LiveRequest, LiveRequests, WantedRequest } from "../model/isolate/probe.ts";

/** The proxy threads share their memory for requests among them. */
const MAX_ARMED = 16;

interface Waiting {
  readonly cause: ArmedCause;
  resolve(request: LiveRequest): void;
}

/** Waits for live requests that show a cause. The threads keep requests only while something waits. */
export class ArmedRequests implements LiveRequests {
  readonly #arm: (causes: readonly ArmedCause[]) => void;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  /** @param arm replaces the causes for which all proxy and compare threads look */
  constructor(arm: (causes: readonly ArmedCause[]) => void) {
    this.#arm = arm;
  }

  /** @throws if too much is armed */
  async next(wanted: WantedRequest, signal: AbortSignal): Promise<LiveRequest> {
    signal.throwIfAborted();
    if (this.#waiting.size >= MAX_ARMED) throw new Error(`${MAX_ARMED} isolations are armed; stop one of them`);
    const { promise, resolve, reject } = Promise.withResolvers<LiveRequest>();
    const id = String((this.#lastId += 1));
    const { candidate, endpoint, fields } = wanted;
    this.#waiting.set(id, { cause: { id, candidate, endpoint, fields }, resolve });
    this.#update();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(id);
      this.#update();
    }
  }

  /** A proxy thread has found a request. Later ones for the same cause are ignored. */
  found({ cause, request }: FoundRequest): void {
    this.#waiting.get(cause)?.resolve(request);
  }

  #update(): void {
    this.#arm([...this.#waiting.values()].map(({ cause }) => cause));
  }
}
