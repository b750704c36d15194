import type { LegFault } from "../model/mirror-stage.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "./leg.ts";

type Sender = Pick<UpstreamClient, "send">;

/** Connections that answer late, or do not get to answer: the fault stands before the upstream, not in it. */
export function withFault(client: Sender, fault: LegFault): Sender {
  return { send: (request, limits, handler) => new FaultyLeg(client, fault, { request, limits, handler }) };
}

class FaultyLeg implements Leg {
  readonly #client: Sender;
  readonly #fault: LegFault;
  readonly #sending: { readonly request: LegRequest; readonly limits: LegTimeouts; readonly handler: ResponseHandler };
  readonly #timer: NodeJS.Timeout;
  #leg: Leg | null = null;
  #paused = false;
  /** Milliseconds, asked for while there was no leg yet. */
  #setDeadline: number | null = null;

  constructor(
    client: Sender,
    fault: LegFault,
    sending: { readonly request: LegRequest; readonly limits: LegTimeouts; readonly handler: ResponseHandler },
  ) {
    this.#client = client;
    this.#fault = fault;
    this.#sending = sending;
    this.#timer = setTimeout(() => this.#go(), fault.delayMs);
  }

  pause(): void {
    this.#paused = true;
    this.#leg?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#leg?.resume();
  }

  setDeadline(ms: number): void {
    this.#setDeadline = ms;
    this.#leg?.setDeadline(ms);
  }

  abort(): void {
    clearTimeout(this.#timer);
    if (this.#leg === null) destroyBody(this.#sending.request);
    this.#leg?.abort();
  }

  #go(): void {
    const { request, limits, handler } = this.#sending;
    if (this.#fault.abortStatus !== null) {
      destroyBody(request);
      handler.head(this.#fault.abortStatus, "", ["Content-Length", "0"]);
      return handler.end([]);
    }
    this.#leg = this.#client.send(request, limits, handler);
    if (this.#paused) this.#leg.pause();
    if (this.#setDeadline !== null) this.#leg.setDeadline(this.#setDeadline);
  }
}

function destroyBody({ body }: LegRequest): void {
  if (body !== null && !Buffer.isBuffer(body)) body.destroy();
}
