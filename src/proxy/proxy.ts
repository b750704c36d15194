import type { IncomingMessage, ServerResponse } from "node:http";
import type { Role } from "../model/capture.ts";
import type { Config } from "../model/config.ts";
import type { LegLimits, LegRequest, UpstreamClient } from "../upstream/leg.ts";
import type { ClientConnection } from "./client-connection.ts";
import { type ExchangeEnd, PrimaryExchange, type PrimaryObserver } from "./primary-exchange.ts";
import { type BodyObserver, forwardBody } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";

/** A request that is mirrored; it hears what the client sends and what the primary answers. */
interface MirroredRequest extends PrimaryObserver, BodyObserver {
  /** Sends the copies. */
  send(): void;
}

/** The stage that mirrors: it is asked about every request, before anything is sent. */
interface RequestMirror {
  begin(request: {
    readonly at: number;
    readonly request: Omit<LegRequest, "body">;
    readonly hasBody: boolean;
    readonly obstacle: RequestHead["obstacle"];
  }): MirroredRequest | null;
}

interface ProxyMetrics {
  request(route: string, method: string, code: number): void;
  leg(route: string, role: Role, subset: string, code: number, seconds: number): void;
}

export interface ProxyOptions {
  readonly config: Pick<Config, "route" | "upstream">;
  readonly primary: UpstreamClient;
  readonly mirror: RequestMirror;
  readonly metrics: ProxyMetrics;
}

/** Serves one request whose head was accepted. */
export type Serve = (
  head: RequestHead,
  request: IncomingMessage,
  response: ServerResponse,
  connection: ClientConnection,
) => void;

/** The way of every request: to the primary and back to the client, and in copies, out of band, to the others. */
export function createProxy({ config, primary, mirror, metrics }: ProxyOptions): Serve {
  const { route, upstream } = config;
  const limits: LegLimits = { headMs: upstream.headTimeoutMs, idleMs: upstream.idleTimeoutMs, totalMs: 0 };

  return function serve(head, incoming, response, connection) {
    const request = { method: head.method, target: head.target, headers: head.fields };
    const { hasBody, obstacle } = head;
    const mirrored = mirror.begin({ at: Date.now(), request, hasBody, obstacle });
    const exchange = new PrimaryExchange(incoming, response, mirrored, ended);
    connection.add(exchange);
    const body = hasBody ? forwardBody(incoming, mirrored) : null;
    exchange.carriedBy(primary.send({ ...request, body }, limits, exchange));
    mirrored?.send();

    function ended(exchange: PrimaryExchange, { clientStatus, primaryStatus, seconds }: ExchangeEnd): void {
      // An answer may come before the whole body; a client that leaves then must still be noticed.
      if (incoming.complete) connection.remove(exchange);
      else incoming.once("end", () => connection.remove(exchange));
      metrics.request(route.name, head.method, clientStatus);
      metrics.leg(route.name, "primary", route.primary.name, primaryStatus, seconds);
    }
  };
}
