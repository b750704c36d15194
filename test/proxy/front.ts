import type { RequestHandler } from "../../src/proxy/exchange/client-exchange.ts";
import { createProxy } from "../../src/proxy/exchange/proxy.ts";
import type { RequestHead } from "../../src/proxy/exchange/request-head.ts";
import { Listener, type ListenerOptions } from "../../src/proxy/listener/listener.ts";
import type { ForwardPlan } from "../../src/proxy/routing/routing-table.ts";
import { ClientLease } from "../../src/upstream/client-registry.ts";
import { createUpstreamClient } from "../../src/upstream/create-upstream-client.ts";
import type { LegTimeouts, UpstreamClient } from "../../src/upstream/leg.ts";
import { RawUpstream } from "./proxy-harness.ts";
import { destination, forward, FORWARDED, REQUESTS, route, subset } from "./route-builders.ts";

const TIMEOUTS: LegTimeouts = { headMs: 5_000, idleMs: 5_000, totalMs: 0 };

export interface FrontOptions {
  readonly upstream: string;
  readonly protocol?: "http1" | "h2";
  readonly limits?: Partial<LegTimeouts>;
  readonly listener?: Partial<Omit<ListenerOptions, "serve">>;
}

/** The listener and the proxy in front of one upstream, without routes and mirror. */
export class Front {
  readonly heads: RequestHead[] = [];
  readonly ends: { clientStatus: number; primaryStatus: number }[] = [];
  readonly refusals: [number, string][] = [];
  readonly listener: Listener;
  readonly client: UpstreamClient;
  readonly #lease: ClientLease;
  port = 0;

  private constructor({ upstream, protocol, limits, listener }: FrontOptions) {
    this.client = createUpstreamClient({ tls: undefined, protocol }, upstream, 1_000);
    this.#lease = new ClientLease(
      () => this.client,
      () => {},
    );
    this.listener = new Listener({
      serve: this.#createHandler({ ...TIMEOUTS, ...limits }),
      requests: REQUESTS,
      forwarded: FORWARDED,
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

  /** The real proxy, with a routing table that always selects this upstream, and without a mirror. */
  #createHandler(timeouts: LegTimeouts): RequestHandler {
    let clientStatus = 0;
    const serve = createProxy({
      mirror: {
        arrive: () => ({ minute: 0, candidates: [], delayed: 0 }),
        mirror: () => null,
        countNotForwarded: () => {},
      },
      metrics: {
        // Directly followed by `leg`.
        request: (_route, _method, code) => void (clientStatus = code),
        leg: ({ code }) => void this.ends.push({ clientStatus, primaryStatus: code }),
        refused: () => {},
      },
      table: () => ({ lease: this.#lease, plan: () => this.#plan(timeouts) }),
      random: () => 0,
    });
    return (head, request, response, owner) => {
      this.heads.push(head);
      serve(head, request, response, owner);
    };
  }

  #plan(timeouts: LegTimeouts): ForwardPlan {
    const { client } = this;
    const action = forward([destination(subset("primary", "http://primary.test"))]);
    return {
      type: "forward",
      route: route("default", action),
      forward: action,
      match: null,
      timeouts,
      pick: () => ({
        subset: "primary",
        authority: "default.test",
        client,
        supportsUpgrade: true,
        changeRequest: undefined,
        changeResponse: undefined,
      }),
      cors: () => null,
      request: ({ method, target, fields: headers, upgrade }) => ({ method, target, headers, upgrade }),
    };
  }
}

export type Respond = Parameters<typeof RawUpstream.start>[0];

/** Starts an upstream and the front of it. @param stops receives what ends them */
export async function startFront(
  stops: (() => unknown)[],
  respond: Respond,
  options: Partial<FrontOptions> = {},
): Promise<[Front, RawUpstream]> {
  const upstream = await RawUpstream.start(respond);
  const front = await Front.start({ upstream: upstream.url, ...options });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return [front, upstream];
}
