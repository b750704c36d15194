import type { ByteBudget } from "../../capture/byte-budget.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { TapConfig } from "../../model/config.ts";
import type {
  ClientRequest,
  ClientResponse,
  ExchangeOwner,
  OpenExchange,
  RequestHandler,
} from "../exchange/client-exchange.ts";
import { DiscardedResponse } from "../exchange/discarded-response.ts";
import { sendLocalResponse, type LocalResponse } from "../exchange/local-response.ts";
import { createProxy } from "../exchange/proxy.ts";
import type { ProxyOptions } from "../exchange/proxy-options.ts";
import { NO_BODY } from "../exchange/request-body.ts";
import type { RequestHead } from "../exchange/request-head.ts";
import { TapBody } from "./tap-body.ts";

/** RFC 9110 §15.3.3: accepted, without a result. */
const ACCEPTED: LocalResponse = { status: 202, fields: [], body: "" };
/** Envoy inserts its suffix before the port: `h:80` → `h-shadow:80`. */
const SUFFIXED_HOST = /^(.+)-shadow(:\d*)?$/i;

export interface TapOptions extends Omit<ProxyOptions, "isOutOfBand"> {
  readonly tap: TapConfig;
  /** Limits the bodies that the primary has not read yet. */
  readonly budget: ByteBudget;
}

/**
 * Receives copies that another proxy mirrors. Every request gets a 202 as soon as it has arrived. It is sent to the primary out
 * of band, as to the candidates, if it is mirrored at all. The 202 waits for the end of the body, because Envoy and nginx stop
 * sending a body after the response.
 */
export function createTap({ tap, budget, ...options }: TapOptions): RequestHandler {
  const { metrics } = options;
  const serve = createProxy({
    ...options,
    isOutOfBand: true,
    metrics: {
      // The status code that the client received, and not the primary's.
      request: (route, method) => metrics.request(route, method, ACCEPTED.status),
      leg: (ended) => metrics.leg(ended),
      refused: (_code, reason) => metrics.refused(ACCEPTED.status, reason),
    },
  });
  return (received, request, response, owner) => {
    const head = createTappedHead(received, tap);
    const discarded = new DiscardedResponse();
    if (!head.hasBody) {
      request.resume();
      sendLocalResponse(response, head.method, ACCEPTED);
      return serve(head, NO_BODY, discarded, NO_OWNER);
    }
    const exchange = new TappedExchange(request, response);
    owner.add(exchange);
    const body = new TapBody(request, budget, {
      onComplete() {
        owner.remove(exchange);
        sendLocalResponse(response, head.method, ACCEPTED);
      },
      onOverflow: () => exchange.handleOverflow(),
    });
    exchange.body = body;
    return serve(head, body, discarded, exchange);
  };
}

/** A request whose body is still arriving. Only until its end can the client abort it. */
class TappedExchange implements OpenExchange, ExchangeOwner {
  readonly response: ClientResponse;
  body: TapBody | undefined;
  readonly #request: ClientRequest;
  #inner: OpenExchange | undefined;
  #hasOverflowed = false;

  constructor(request: ClientRequest, response: ClientResponse) {
    this.#request = request;
    this.response = response;
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  add(inner: OpenExchange): void {
    this.#inner = inner;
    // In a microtask, because the exchange sends its request after this call, and only then can be aborted.
    if (this.#hasOverflowed) queueMicrotask(() => inner.outOfMemory?.());
  }

  remove(): void {
    this.#inner = undefined;
  }

  abort(): void {
    this.#inner?.abort();
    // Discards the rest of the body, which no leg will read.
    this.body?.resume();
  }

  handleOverflow(): void {
    this.#hasOverflowed = true;
    this.#inner?.outOfMemory?.();
  }
}

/** A client that already has its response does not affect the exchange when it disconnects. */
const NO_OWNER: ExchangeOwner = { add: () => {}, remove: () => {} };

function createTappedHead(head: RequestHead, { methods, stripHostSuffix }: TapConfig): RequestHead {
  const obstacle = head.obstacle ?? (methods.has(head.method) ? null : "method");
  // The client already has its response, so it cannot switch protocols.
  // It does not wait for the primary either.
  const tapped: RequestHead = { ...head, obstacle, upgrade: null, pauseMs: Infinity };
  if (!stripHostSuffix || !SUFFIXED_HOST.test(head.authority)) return tapped;
  return {
    ...tapped,
    authority: stripSuffix(head.authority),
    received: withoutHostSuffix(head.received),
    fields: withoutHostSuffix(head.fields),
  };
}

function withoutHostSuffix(fields: RawHeaders): RawHeaders {
  return fields.map((text, index) =>
    index % 2 === 1 && fields[index - 1]?.toLowerCase() === "host" ? stripSuffix(text) : text,
  );
}

function stripSuffix(host: string): string {
  return host.replace(SUFFIXED_HOST, "$1$2");
}
