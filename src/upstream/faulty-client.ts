import type { LegFault } from "../model/mirror-stage.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "./leg.ts";

type RequestSender = Pick<UpstreamClient, "send">;

/** Returns a client that delays the request or responds in place of the upstream. */
export function withFault(client: RequestSender, fault: LegFault): RequestSender {
  return { send: (request, timeouts, handler) => new FaultyLeg(client, fault, { request, timeouts, handler }) };
}

interface SendArguments {
  readonly request: LegRequest;
  readonly timeouts: LegTimeouts;
  readonly handler: ResponseHandler;
}

class FaultyLeg implements Leg {
  readonly #client: RequestSender;
  readonly #fault: LegFault;
  readonly #args: SendArguments;
  readonly #timer: NodeJS.Timeout;
  #leg: Leg | null = null;
  #isPaused = false;
  /** Deadline in milliseconds that was set before the leg was sent. */
  #deadlineMs: number | null = null;

  constructor(client: RequestSender, fault: LegFault, args: SendArguments) {
    this.#client = client;
    this.#fault = fault;
    this.#args = args;
    this.#timer = setTimeout(() => this.#send(), fault.delayMs);
  }

  pause(): void {
    this.#isPaused = true;
    this.#leg?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#leg?.resume();
  }

  setDeadline(ms: number): void {
    this.#deadlineMs = ms;
    this.#leg?.setDeadline(ms);
  }

  abort(): void {
    clearTimeout(this.#timer);
    if (this.#leg === null) destroyBody(this.#args.request);
    this.#leg?.abort();
  }

  #send(): void {
    const { request, timeouts, handler } = this.#args;
    if (this.#fault.abortStatus !== null) {
      destroyBody(request);
      handler.head(this.#fault.abortStatus, "", ["Content-Length", "0"]);
      return handler.end([]);
    }
    this.#leg = this.#client.send(request, timeouts, handler);
    if (this.#isPaused) this.#leg.pause();
    if (this.#deadlineMs !== null) this.#leg.setDeadline(this.#deadlineMs);
  }
}

function destroyBody({ body }: LegRequest): void {
  if (body !== null && !Buffer.isBuffer(body)) body.destroy();
}
