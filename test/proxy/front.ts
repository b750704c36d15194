import type { RawHeaders } from "../../src/model/capture.ts";
import { Listener, type ListenerOptions } from "../../src/proxy/listener/listener.ts";
import { type ExchangeEnd, PrimaryExchange } from "../../src/proxy/exchange/primary-exchange.ts";
import type { RequestHandler } from "../../src/proxy/exchange/proxy.ts";
import { connectionOptions } from "../../src/http/forwarded-headers.ts";
import { forwardBody } from "../../src/proxy/exchange/request-body.ts";
import type { RequestHead } from "../../src/proxy/exchange/request-head.ts";
import { forwardedTrailers } from "../../src/http/request-trailers.ts";
import { createUpstreamClient } from "../../src/upstream/create-upstream-client.ts";
import type { LegTimeouts, UpstreamClient } from "../../src/upstream/leg.ts";

const LIMITS: LegTimeouts = { headMs: 5_000, idleMs: 5_000, totalMs: 0 };

export interface FrontOptions {
  readonly upstream: string;
  readonly protocol?: "http1" | "h2";
  readonly limits?: Partial<LegTimeouts>;
  readonly listener?: Partial<Omit<ListenerOptions, "serve">>;
}

/** The listener and one upstream, without routes and mirrors between them. */
export class Front {
  readonly heads: RequestHead[] = [];
  readonly ends: { clientStatus: number; primaryStatus: number }[] = [];
  readonly refusals: [number, string][] = [];
  readonly listener: Listener;
  readonly client: UpstreamClient;
  port = 0;

  private constructor({ upstream, protocol, limits, listener }: FrontOptions) {
    this.client = createUpstreamClient({ tls: undefined, protocol }, upstream, 1_000);
    this.listener = new Listener({
      serve: this.#serve({ ...LIMITS, ...limits }),
      defaultHost: "default.test",
      headTimeoutMs: 5_000,
      idleTimeoutMs: 5_000,
      refused: (status, reason) => void this.refusals.push([status, reason]),
      ...listener,
    });
  }

  static async start(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    front.port = await front.listener.listen({ host: "127.0.0.1", port: 0 }, false);
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    await this.listener.drain(0);
    await this.client.destroy();
  }

  #serve(limits: LegTimeouts): RequestHandler {
    return (head, request, response, connection) => {
      this.heads.push(head);
      const ended = (over: PrimaryExchange, { clientStatus, primaryStatus }: ExchangeEnd): void => {
        this.ends.push({ clientStatus, primaryStatus });
        if (request.complete) connection.remove(over);
        else request.once("end", () => connection.remove(over));
      };
      const exchange = new PrimaryExchange({ request, response, observer: null, changes: [], ended });
      connection.add(exchange);
      const { method, target, fields: headers, upgrade } = head;
      const body = head.hasBody ? forwardBody(request, null) : null;
      const trailers = (): RawHeaders => forwardedTrailers(request.rawTrailers, connectionOptions(head.received));
      exchange.carriedBy(this.client.send({ method, target, headers, body, upgrade, trailers }, limits, exchange));
    };
  }
}
