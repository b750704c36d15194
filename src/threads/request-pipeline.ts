import type { CaptureCollector } from "../capture/capture-collector.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import { Mirror, type MirrorOptions } from "../mirror/mirror.ts";
import type { RequestHandler } from "../proxy/exchange/client-exchange.ts";
import { createProxy } from "../proxy/exchange/proxy.ts";
import type { ProxyOptions } from "../proxy/exchange/proxy-options.ts";
import { createRoutingTable, type RoutingTable } from "../proxy/routing/routing-table.ts";
import { createTap } from "../proxy/tap/tap.ts";
import type { ProxyMetrics } from "../telemetry/proxy-metrics.ts";
import { RequestTracer, type RequestTracerOptions } from "../telemetry/tracing/request-tracer.ts";
import { ClientRegistry, type CreateClient } from "../upstream/client-registry.ts";

export interface RequestPipelineOptions {
  readonly config: Pick<Config, "routes" | "upstream" | "capture" | "tap">;
  /** Port of the listener; 0 until the system has chosen one. */
  readonly port: number;
  /** Unique for each proxy thread that was ever started. */
  readonly identity: string;
  readonly collector: CaptureCollector;
  readonly metrics: Omit<ProxyMetrics, "initialize">;
  readonly connect: CreateClient;
  /** See `MirrorOptions.thread`. */
  readonly thread?: MirrorOptions["thread"];
  /** Records spans; undefined without tracing. */
  readonly tracing?: Pick<RequestTracerOptions, "sampleRate" | "record"> | undefined;
  /** Requests come from a recording, so that no client waits for the primary. */
  readonly isReplay?: boolean | undefined;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The path of a request through a proxy thread: the proxy or tap, the mirror, and the routes that both use. */
export class RequestPipeline {
  readonly mirror: Mirror;
  /** Handles the requests of the listener, or of a recording. */
  readonly serve: RequestHandler;
  readonly #options: RequestPipelineOptions;
  readonly #registry: ClientRegistry;
  #config: Pick<Config, "routes" | "upstream">;
  #port: number;
  #table: RoutingTable;

  constructor(options: RequestPipelineOptions) {
    const { config, collector, metrics, identity, port, thread, isReplay = false, tracing } = options;
    const random = (): number => options.random();
    this.#options = options;
    this.#config = config;
    this.#port = port;
    this.#registry = new ClientRegistry(options.connect);
    this.mirror = new Mirror({ capture: config.capture, collector, metrics, identity, thread, random, now: monotonic });
    const { tap } = config;
    const isOutOfBand = tap !== undefined || isReplay;
    const tracer = tracing && new RequestTracer({ ...tracing, isOutOfBand, random });
    const proxy: ProxyOptions = { mirror: this.mirror, metrics, tracer, random, table: () => this.#table };
    this.serve =
      tap === undefined
        ? createProxy({ ...proxy, isOutOfBand: isReplay })
        : createTap({ ...proxy, tap, budget: collector.budget });
    this.#table = this.#createTable(config);
  }

  /** Routes may match the port, so they are compiled again when the system has chosen it. */
  setPort(port: number): void {
    if (port === this.#port) return;
    this.#port = port;
    this.reconfigure(this.#config);
  }

  /**
   * Puts routes in force for every request from now on. Requests in flight keep their route. Connections that only they use
   * are closed when they have ended.
   * @throws when the routes cannot be compiled; the previous ones stay in force then
   */
  reconfigure(config: Pick<Config, "routes" | "upstream">): void {
    const before = this.#table;
    const table = this.#createTable(config);
    this.#config = config;
    this.#table = table;
    before.lease.retire();
  }

  /** Opens connections in advance. */
  warmUp(): void {
    this.#registry.warmUp();
  }

  /** Pauses mirroring, or overrides its shares. */
  setControl(control: ControlState): void {
    this.mirror.setControl(control);
  }

  /**
   * Closes connections to upstreams so that clients get their descriptors: idle ones to mirrored upstreams, then those of mirrored
   * requests in flight, at most as many as needed.
   */
  shedMirror(count: number): void {
    const idle = this.#registry.closeIdle("mirrored");
    if (idle < count) this.mirror.shed(count - idle);
  }

  /** Closes the idle connections to primaries. */
  closeIdlePrimaries(): void {
    this.#registry.closeIdle("primary");
  }

  /** Closes all connections, including those in use. */
  async destroy(): Promise<void> {
    await this.#registry.destroy();
  }

  #createTable({ routes, upstream }: Pick<Config, "routes" | "upstream">): RoutingTable {
    const lease = this.#registry.lease(upstream.connectTimeoutMs);
    const random = (): number => this.#options.random();
    try {
      const table = createRoutingTable({ routes, upstream, port: this.#port, lease, random });
      this.mirror.setRoutes(routes, lease);
      return table;
    } catch (error) {
      lease.retire();
      throw error;
    }
  }
}

function monotonic(): number {
  return performance.now();
}
