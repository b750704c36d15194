import type { RequestHandler } from "../../src/proxy/exchange/client-exchange.ts";
import { createProxy } from "../../src/proxy/exchange/proxy.ts";
import type { RequestHead } from "../../src/proxy/exchange/request-head.ts";
import { Listener, type ListenerOptions } from "../../src/proxy/listener/listener.ts";
import type { ForwardPlan } from "../../src/proxy/routing/routing-table.ts";
import { ClientLease } from "../../src/upstream/client-registry.ts";
import { createUpstreamClient } from "../../src/upstream/create-upstream-client.ts";
import type { LegTimeouts, UpstreamClient } from "../../src/upstream/leg.ts";
import { destination, forward, route, subset } from "./route-builders.ts";

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

  /** The real proxy, with a routing table that always selects this upstream, and without a mirror. */
  #createHandler(timeouts: LegTimeouts): RequestHandler {
    let clientStatus = 0;
    const serve = createProxy({
      mirror: { mirror: () => null, countNotForwarded: () => {} },
      metrics: {
        // Directly followed by `leg`.
        request: (_route, _method, code) => void (clientStatus = code),
        leg: (_route, _role, _subset, code) => void this.ends.push({ clientStatus, primaryStatus: code }),
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
