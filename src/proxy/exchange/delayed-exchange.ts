import type { ClientResponse, OpenExchange } from "./client-exchange.ts";

/** A request that a fault holds back, before anything is read of its body or sent. */
export class DelayedExchange implements OpenExchange {
  readonly response: ClientResponse;
  /** It waits for us, not for its client. */
  readonly requestComplete = true;
  readonly #timer: NodeJS.Timeout;
  readonly #aborted: (exchange: DelayedExchange) => void;

  /**
   * @param over called after the delay
   * @param aborted called instead when the client goes away
   */
  constructor(
    response: ClientResponse,
    ms: number,
    over: (exchange: DelayedExchange) => void,
    aborted: (exchange: DelayedExchange) => void,
  ) {
    this.response = response;
    this.#timer = setTimeout(() => over(this), ms);
    this.#aborted = aborted;
  }

  abort(): void {
    clearTimeout(this.#timer);
    this.#aborted(this);
  }
}
