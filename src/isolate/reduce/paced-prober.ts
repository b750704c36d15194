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
  /** Why a response says nothing about the cause, or null. */
  readonly failureOf: (result: ProbeResult) => string | null;
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

/** What a request has shown. */
export interface ProbeOutcome {
  readonly result: ProbeResult;
  /** Why it says nothing about the cause, or null. */
  readonly failure: string | null;
}

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
   * @throws IsolationEnd if nothing may be sent, or if a version has failed several times in a row; the reason of the signal when
   *   it is aborted
   */
  async probe(request: ProbeRequest): Promise<ProbeOutcome | undefined> {
    const { send, failureOf, maxProbes, perSecond, signal, refusal, onProbe, now, wait } = this.#options;
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
    const failure = result.failure ?? failureOf(result);
    this.#failures = failure === null ? 0 : this.#failures + 1;
    if (this.#failures >= MAX_FAILURES) {
      const text = `The request could not be compared ${MAX_FAILURES} times in a row: ${failure}.`;
      throw new IsolationEnd("failed", text);
    }
    return { result, failure };
  }
}
