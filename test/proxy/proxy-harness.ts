import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createSecureServer, type TlsOptions } from "node:tls";
import { expect } from "vitest";
import { CaptureCollector, type CaptureCollectorOptions } from "../../src/capture/capture-collector.ts";
import { buildExchange, type FinishedExchange } from "../../src/capture/finished-exchange.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import type { Mirror } from "../../src/mirror/mirror.ts";
import type { AccountingCount } from "../../src/model/accounting.ts";
import type { CaptureBatch, CountBatch } from "../../src/model/batch.ts";
import type { Exchange, Role } from "../../src/model/capture.ts";
import type {
  CaptureConfig,
  Config,
  ForwardedConfig,
  RequestsConfig,
  TapConfig,
  UpstreamLimits,
} from "../../src/model/config.ts";
import type { Forward, MirrorPolicy, Route, SecondaryPolicy, Subset } from "../../src/model/routing.ts";
import { findImbalance } from "../../src/store/batch-balance.ts";
import { Listener } from "../../src/proxy/listener/listener.ts";
import { RequestPipeline } from "../../src/threads/request-pipeline.ts";
import { createBalancedClient } from "../../src/upstream/balanced-client.ts";
import { createUpstreamClient } from "../../src/upstream/create-upstream-client.ts";
import type { UpstreamClient } from "../../src/upstream/leg.ts";
import type { CertificateFiles } from "../tools/certificates.ts";
import { destination, forward, FORWARDED, policy, REQUESTS, route, subset } from "./route-builders.ts";

/** An upstream on a real socket that responds with bytes chosen by the test. */
export class RawUpstream {
  readonly sockets: Socket[] = [];
  received = "";
  readonly #server: Server;
  readonly #scheme: string;
  /** Below TLS, if there is any. */
  readonly #connections: Socket[] = [];

  private constructor(respond: (socket: Socket, received: string) => void, tls: TlsOptions | undefined) {
    const accept = (socket: Socket): void => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      socket.on("end", () => socket.end());
      socket.on("data", (chunk) => {
        this.received += chunk.toString("latin1");
        respond(socket, chunk.toString("latin1"));
      });
    };
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server =
      tls === undefined
        ? createServer({ allowHalfOpen: true }, accept)
        : createSecureServer({ allowHalfOpen: true, ALPNProtocols: ["h2", "http/1.1"], ...tls }, accept);
    this.#server.on("connection", (socket: Socket) => this.#connections.push(socket));
  }

  /**
   * @param respond called for every piece that arrives
   * @param certificate of a server with TLS
   */
  static async start(
    respond: (socket: Socket, received: string) => void,
    certificate?: CertificateFiles,
  ): Promise<RawUpstream> {
    const upstream = new RawUpstream(
      respond,
      certificate && { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) },
    );
    upstream.#server.listen(0, "127.0.0.1");
    await once(upstream.#server, "listening");
    return upstream;
  }

  /** Responds to every request head with these bytes. */
  static async respondingWith(bytes: string | Buffer, close = false): Promise<RawUpstream> {
    return RawUpstream.start((socket, received) => {
      const requests = received.split("\r\n\r\n").length - 1;
      for (let request = 0; request < requests; request += 1) socket.write(bytes);
      if (close) socket.end();
    });
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends the connection of a socket with a TCP reset. */
  reset({ remotePort }: Socket): void {
    this.#connections.find((connection) => connection.remotePort === remotePort)?.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Returns a complete response with a length. */
export function rawResponse(body: string, fields = "", status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export interface GatewayOptions {
  readonly primary: string;
  readonly candidates?: readonly ({ readonly url: string } & Partial<Omit<MirrorPolicy, "subset">>)[];
  readonly secondary?: { readonly url: string } & Partial<Omit<SecondaryPolicy, "subset">>;
  readonly upstream?: Partial<UpstreamLimits>;
  readonly capture?: Partial<CaptureConfig>;
  readonly headTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly random?: () => number;
  readonly tap?: TapConfig;
  /** See `RequestPipelineOptions.isReplay`. */
  readonly isReplay?: boolean;
  readonly requests?: Partial<RequestsConfig>;
  readonly forwarded?: Partial<ForwardedConfig>;
  /** Takes the place of the client of a subset. */
  readonly replaceClient?: (to: Subset, client: UpstreamClient) => UpstreamClient;
  /** The test loses requests on purpose: batches need not add up. */
  readonly losesRequests?: boolean;
  /** Forward settings of the route that is built from the options above. */
  readonly forward?: Partial<Forward>;
}

/** Routes that replace the one built from `primary` and `candidates`. */
export interface RoutedOptions extends Omit<GatewayOptions, "primary" | "candidates" | "secondary" | "forward"> {
  readonly routes: readonly Route[];
}

/** Keeps a copy of every exchange. */
class ObservedCollector extends CaptureCollector {
  readonly exchanges: Exchange[] = [];
  readonly #redactor: HeaderRedactor;

  constructor(options: CaptureCollectorOptions) {
    super(options);
    this.#redactor = options.redactor;
  }

  override add(finished: FinishedExchange): void {
    // A copy: the memory of the bodies is reused.
    const { exchange } = buildExchange(finished, this.#redactor, this.explains ? 1 : undefined);
    this.exchanges.push(structuredClone(exchange));
    super.add(finished);
  }
}

/** A proxy thread without the thread; the test takes the place of the compare and the store thread. */
export class Gateway {
  readonly batches: CaptureBatch[] = [];
  readonly counts: CountBatch[] = [];
  readonly refusals: [number, string][] = [];
  readonly requests: [string, number][] = [];
  readonly legs: [Role, string, number][] = [];
  /** Candidates whose copies were dropped, in order. */
  readonly drops: string[] = [];
  /** Candidates whose exchanges were skipped, in order. */
  readonly skips: string[] = [];
  /** By how many seconds each copy was sent after the primary's request. */
  readonly lags: [Role, number][] = [];
  readonly collector: ObservedCollector;
  readonly pipeline: RequestPipeline;
  readonly listener: Listener;
  /** URLs that were warmed up, in order. */
  readonly connected: string[] = [];
  readonly #config: Pick<Config, "routes" | "upstream" | "capture" | "tap">;
  readonly #losesRequests: boolean;
  port = 0;

  private constructor(options: GatewayOptions | RoutedOptions) {
    const routes = "routes" in options ? options.routes : [routeOf(options)];
    const capture = { maxBodyBytes: 1024 * 1024, maxBufferedBytes: 64 * 1024 * 1024, ...options.capture };
    const upstream = { connectTimeoutMs: 1_000, headTimeoutMs: 2_000, idleTimeoutMs: 2_000, ...options.upstream };
    this.#config = { routes, upstream, capture, tap: options.tap };
    this.#losesRequests = options.losesRequests ?? false;
    this.collector = new ObservedCollector({
      identity: "test",
      redactor: new HeaderRedactor(Buffer.from("key")),
      maxBufferedBytes: capture.maxBufferedBytes,
    });
    this.collector.addThread(0, (batch) => {
      this.batches.push(batch);
      queueMicrotask(() => this.collector.acknowledge([batch.id]));
      this.collector.finishComparison(batch.id);
    });
    this.collector.setStore((batch) => {
      this.counts.push(batch);
      queueMicrotask(() => this.collector.acknowledge([batch.id]));
    });
    this.pipeline = new RequestPipeline({
      config: this.#config,
      port: 0,
      identity: "test",
      collector: this.collector,
      metrics: {
        request: (_route, method, code) => void this.requests.push([method, code]),
        leg: ({ role, subset, code }) => void this.legs.push([role, subset, code]),
        dispatchLag: (role, _subset, seconds) => void this.lags.push([role, seconds]),
        dropped: (candidate) => void this.drops.push(candidate),
        skipped: (_route, candidate) => void this.skips.push(candidate),
        refused: (status, reason) => void this.refusals.push([status, reason]),
      },
      connect: (to, connectTimeoutMs) =>
        createBalancedClient(
          to.urls.map((url) => {
            this.connected.push(url);
            const client = createUpstreamClient(to, url, connectTimeoutMs);
            return options.replaceClient?.(to, client) ?? client;
          }),
        ),
      isReplay: options.isReplay,
      random: options.random ?? (() => 0.5),
    });
    this.listener = new Listener({
      serve: this.pipeline.serve,
      isTap: options.tap !== undefined,
      requests: { ...REQUESTS, ...options.requests },
      forwarded: { ...FORWARDED, ...options.forwarded },
      headTimeoutMs: options.headTimeoutMs ?? 5_000,
      idleTimeoutMs: options.idleTimeoutMs ?? 5_000,
      refused: (status, reason) => void this.refusals.push([status, reason]),
    });
  }

  static async start(options: GatewayOptions | RoutedOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    gateway.port = await gateway.listener.listen({ host: "127.0.0.1", port: 0 }, false);
    gateway.pipeline.setPort(gateway.port);
    return gateway;
  }

  get mirror(): Mirror {
    return this.pipeline.mirror;
  }

  reconfigure(routes: readonly Route[]): void {
    this.pipeline.reconfigure({ ...this.#config, routes });
  }

  /** Waits until all exchanges in flight have ended and are handed over. */
  async settle(): Promise<void> {
    await this.mirror.drain(10_000);
    await this.collector.drain(10_000);
  }

  /** All captured exchanges, including identical ones that are otherwise handed over as numbers only. */
  get exchanges(): readonly Exchange[] {
    return this.collector.exchanges;
  }

  /** Accounting counts of one candidate by outcome, and by reason where there is one. */
  accounting(candidate = "candidate-0"): Record<string, number> {
    const counts = [...this.counts, ...this.batches].flatMap(({ accounting }) => accounting);
    return sum(counts.filter((count) => count.candidate === candidate));
  }

  async stop(): Promise<void> {
    await this.listener.drain(0);
    this.collector.close();
    await this.pipeline.destroy();
    if (!this.#losesRequests) expectBalanced(this);
  }
}

export function sum(counts: readonly AccountingCount[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { fate, reason, count } of counts) {
    const name = reason === "" ? fate : `${fate}:${reason}`;
    sums[name] = (sums[name] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(sums).filter(([, count]) => count !== 0));
}

function routeOf({ primary, candidates = [], secondary, forward: more }: GatewayOptions): Route {
  return route(
    "default",
    forward([destination(subset("primary", primary))], {
      candidates: candidates.map(({ url, ...rest }, index) => policy(subset(`candidate-${index}`, url), rest)),
      secondary:
        secondary === undefined
          ? undefined
          : {
              percent: 100,
              timeoutMs: 1_000,
              maxInFlight: 100,
              maxBufferedBytes: 16 * 1024 * 1024,
              ...secondary,
              subset: subset("secondary", secondary.url),
            },
      ...more,
    }),
  );
}

/** What the counts and batches so far cannot account for, by candidate. Each of them must add up on its own. */
export function imbalances({ counts, batches }: Pick<Gateway, "counts" | "batches">): [string, number][] {
  const compared = batches.map(({ accounting }) => [
    ...accounting,
    // The comparison of each exchange follows in the compare thread.
    ...accounting
      .filter(({ fate }) => fate === "mirrored")
      .map((count): AccountingCount => ({ ...count, fate: "skipped" })),
  ]);
  return [...counts.map(({ accounting }) => accounting), ...compared].flatMap((accounting) => [
    ...findImbalance({ accounting, outcomes: [] }),
  ]);
}

function expectBalanced(gateway: Gateway): void {
  expect(imbalances(gateway)).toEqual([]);
}

/** A client on a raw socket. */
export class RawClient {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  error: Error | undefined;

  private constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("data", (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    this.socket.on("error", (error) => (this.error = error));
    this.socket.on("end", () => this.socket.end());
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, "connect");
    return client;
  }

  get text(): string {
    return this.received.toString("latin1");
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
  }

  /** Waits until the received text satisfies the condition. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text)) {
      if (this.socket.destroyed) throw new Error(`closed before the condition held: ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        const stirred = (): void => {
          this.socket.off("data", stirred).off("close", stirred);
          resolve();
        };
        this.socket.on("data", stirred).on("close", stirred);
      });
    }
    return this.text;
  }

  async closed(): Promise<string> {
    if (!this.socket.destroyed) await new Promise((resolve) => this.socket.once("close", resolve));
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Sends the bytes on a new connection and returns everything received until it ends. */
export async function talk(port: number, text: string | Buffer): Promise<string> {
  const client = await RawClient.open(port);
  client.send(text);
  return client.closed();
}

/** Removes the hop-by-hop fields that a proxy replaces. */
export function withoutHopFields(response: string): string {
  return response.replaceAll(/^(?:connection|keep-alive): [^\r\n]*\r\n/gim, "");
}
