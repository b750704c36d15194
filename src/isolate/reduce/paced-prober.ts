import type { ProbeRequest, ProbeResult } from "../../model/isolate/probe.ts";

/** Ends an isolation before its time; the message says why and what to do. */
export class IsolationEnd extends Error {
  override readonly name = "IsolationEnd";
  readonly state: "stopped" | "failed";

  constructor(state: "stopped" | "failed", message: string, options?: ErrorOptions) {
    super(message, options);
    this.state = state;
  }
}

export interface PacedProberOptions {
  /** Sends a request once to each version. @throws the reason of `signal` when it is aborted */
  readonly send: (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeResult>;
  readonly maxProbes: number;
  readonly perSecond: number;
  readonly signal: AbortSignal;
  /** Why nothing may be sent now, or null. */
  readonly refusal: () => string | null;
  /** Called before each request is sent. */
  readonly onProbe: (sent: number) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** @throws the reason of `signal` when it is aborted */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** After so many requests in a row that could not be compared, the versions are left alone. */
const MAX_FAILURES = 3;

/** Sends one request after the other, no faster than allowed, until the limit is reached. */
export class PacedProber {
  readonly #options: PacedProberOptions;
  #sent = 0;
  #nextAt = 0;
  #failures = 0;

  constructor(options: PacedProberOptions) {
    this.#options = options;
  }

  get sent(): number {
    return this.#sent;
  }

  get maxProbes(): number {
    return this.#options.maxProbes;
  }

  /**
   * @returns undefined if the limit is reached
   * @throws IsolationEnd if nothing may be sent, or if the primary has failed several times in a row; the reason of the signal when
   *   it is aborted
   */
  async probe(request: ProbeRequest): Promise<ProbeResult | undefined> {
    const { send, maxProbes, perSecond, signal, refusal, onProbe, now, wait } = this.#options;
    signal.throwIfAborted();
    if (this.#sent >= maxProbes) return undefined;
    const restMs = this.#nextAt - now();
    if (restMs > 0) await wait(restMs, signal);
    const refused = refusal();
    if (refused !== null) throw new IsolationEnd("stopped", refused);
    this.#nextAt = now() + 1000 / perSecond;
    this.#sent += 1;
    onProbe(this.#sent);
    const result = await send(request, signal);
    this.#failures = result.failure === null ? 0 : this.#failures + 1;
    if (this.#failures >= MAX_FAILURES) {
      throw new IsolationEnd(
        "failed",
        `The request could not be compared ${MAX_FAILURES} times in a row: ${result.failure}.`,
      );
    }
    return result;
  }
}
