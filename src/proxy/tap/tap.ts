import type { ByteBudget } from "../../capture/byte-budget.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { TapConfig } from "../../model/config.ts";
import type { ClientRequest, ClientResponse, ExchangeOwner, OpenExchange } from "../exchange/client-exchange.ts";
import { DiscardedResponse } from "../exchange/discarded-response.ts";
import { sendLocalResponse, type LocalResponse } from "../exchange/local-response.ts";
import { createProxy, type ProxyOptions, type RequestHandler } from "../exchange/proxy.ts";
import type { RequestHead } from "../exchange/request-head.ts";
import { TapBody } from "./tap-body.ts";

/** RFC 9110 §15.3.3: taken, and there will be nothing to tell about it. */
const ACCEPTED: LocalResponse = { status: 202, fields: [], body: "" };
/** Envoy puts it before the port: `h:80` → `h-shadow:80`. */
const SUFFIXED_HOST = /^(.+)-shadow(:\d*)?$/i;

export interface TapOptions extends Omit<ProxyOptions, "outOfBand"> {
  readonly tap: TapConfig;
  /** For bodies that the primary has not taken yet. */
  readonly budget: ByteBudget;
}

/**
 * The place behind another proxy that mirrors: every request is answered as soon as it is there, and the primary gets it out
 * of band, as the candidates do, if anybody is to compare with it. A request with a body is there when its body is: Envoy
 * and nginx stop sending one that is answered before.
 */
export function createTap({ tap, budget, ...options }: TapOptions): RequestHandler {
  const { metrics } = options;
  const serve = createProxy({
    ...options,
    outOfBand: true,
    metrics: {
      // The answer that the client got, not the primary's.
      request: (route, method) => metrics.request(route, method, ACCEPTED.status),
      leg: (route, role, subset, code, seconds) => metrics.leg(route, role, subset, code, seconds),
      refused: (_code, reason) => metrics.refused(ACCEPTED.status, reason),
    },
  });
  return function take(received, request, response, connection) {
    const head = tappedHead(received, tap);
    const discarded = new DiscardedResponse();
    if (!head.hasBody) {
      request.resume();
      sendLocalResponse(response, head.method, ACCEPTED);
      return serve(head, NOTHING_MORE, discarded, NOBODY);
    }
    const exchange = new TappedExchange(request, response);
    connection.add(exchange);
    const body = new TapBody(request, budget, {
      complete() {
        connection.remove(exchange);
        sendLocalResponse(response, head.method, ACCEPTED);
      },
      overflown: () => exchange.overflown(),
    });
    exchange.body = body;
    return serve(head, body, discarded, exchange);
  };
}

/** A request whose body is still coming in. Its client can take it back until then, and not later. */
class TappedExchange implements OpenExchange, ExchangeOwner {
  readonly response: ClientResponse;
  body: TapBody | undefined;
  readonly #request: ClientRequest;
  #inner: OpenExchange | undefined;
  #overflown = false;

  constructor(request: ClientRequest, response: ClientResponse) {
    this.#request = request;
    this.response = response;
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  add(inner: OpenExchange): void {
    this.#inner = inner;
    // It is sent first: what is not under way cannot be given up.
    if (this.#overflown) queueMicrotask(() => inner.outOfRoom?.());
  }

  remove(): void {
    this.#inner = undefined;
  }

  abort(): void {
    this.#inner?.abort();
    // Nobody else takes what is left of it.
    this.body?.resume();
  }

  overflown(): void {
    this.#overflown = true;
    this.#inner?.outOfRoom?.();
  }
}

/** A client that has its answer hears of nothing, and may go. */
const NOBODY: ExchangeOwner = { add: () => {}, remove: () => {} };
const NOTHING_MORE: ClientRequest = { complete: true, rawTrailers: [], on() {}, once() {}, pause() {}, resume() {} };

function tappedHead(head: RequestHead, { methods, stripShadowSuffix }: TapConfig): RequestHead {
  const obstacle = head.obstacle ?? (methods.has(head.method) ? null : "method");
  // No client is left to speak another protocol with.
  const tapped: RequestHead = { ...head, obstacle, upgrade: null };
  if (!stripShadowSuffix || !SUFFIXED_HOST.test(head.authority)) return tapped;
  return {
    ...tapped,
    authority: withoutShadow(head.authority),
    received: withoutShadowHost(head.received),
    fields: withoutShadowHost(head.fields),
  };
}

function withoutShadowHost(fields: RawHeaders): RawHeaders {
  return fields.map((text, index) =>
    index % 2 === 1 && fields[index - 1]?.toLowerCase() === "host" ? withoutShadow(text) : text,
  );
}

function withoutShadow(host: string): string {
  return host.replace(SUFFIXED_HOST, "$1$2");
}
