import type { CaptureCollector } from "../capture/capture-collector.ts";
import type { Config } from "../model/config.ts";
import type { ControlState } from "../model/control.ts";
import { Mirror } from "../mirror/mirror.ts";
import { createProxy, type ProxyOptions, type RequestHandler } from "../proxy/exchange/proxy.ts";
import { createRoutingTable, type RoutingTable } from "../proxy/routing/routing-table.ts";
import { createTap } from "../proxy/tap/tap.ts";
import type { ProxyMetrics } from "../telemetry/proxy-metrics.ts";
import { ClientRegistry, type CreateClient } from "../upstream/client-registry.ts";

export interface RequestPipelineOptions {
  readonly config: Pick<Config, "routes" | "upstream" | "capture" | "tap">;
  /** Of the listener; 0 until the system has picked one. */
  readonly port: number;
  /** New for each proxy thread that ever lived. */
  readonly identity: string;
  readonly collector: CaptureCollector;
  readonly metrics: Omit<ProxyMetrics, "expect">;
  readonly connect: CreateClient;
  /** Uniform in [0, 1). */
  random(): number;
}

/** What a proxy thread does with requests: proxy and mirror, and the routes that both follow. */
export class RequestPipeline {
  readonly mirror: Mirror;
  /** For the listener. */
  readonly serve: RequestHandler;
  readonly #options: RequestPipelineOptions;
  readonly #registry: ClientRegistry;
  #config: Pick<Config, "routes" | "upstream">;
  #port: number;
  #table: RoutingTable;

  constructor(options: RequestPipelineOptions) {
    const { config, collector, metrics, identity, port } = options;
    const random = (): number => options.random();
    this.#options = options;
    this.#config = config;
    this.#port = port;
    this.#registry = new ClientRegistry(options.connect);
    this.mirror = new Mirror({ capture: config.capture, collector, metrics, identity, random, now: monotonic });
    const proxy: ProxyOptions = { mirror: this.mirror, metrics, random, table: () => this.#table };
    const { tap } = config;
    this.serve = tap === undefined ? createProxy(proxy) : createTap({ ...proxy, tap, budget: collector.budget });
    this.#table = this.#use();
  }

  /** The listener's port is known. */
  listensOn(port: number): void {
    if (port === this.#port) return;
    this.#port = port;
    this.reconfigure(this.#config);
  }

  /**
   * Puts other routes in force, for every request from now on. Requests in flight keep their decision; connections that
   * only they need are closed when they have ended.
   * @throws for routes that cannot be compiled; those before stay in force then
   */
  reconfigure(config: Pick<Config, "routes" | "upstream">): void {
    const before = this.#table;
    const table = this.#use(config);
    this.#config = config;
    this.#table = table;
    before.lease.retire();
  }

  /** Opens connections ahead of the first requests. */
  warmUp(): void {
    this.#registry.warmUp();
  }

  /** See `Mirror.setControl`. */
  setControl(control: ControlState): void {
    this.mirror.setControl(control);
  }

  /** Closes every connection, whatever is under way. */
  async destroy(): Promise<void> {
    await this.#registry.destroy();
  }

  #use({ routes, upstream }: Pick<Config, "routes" | "upstream"> = this.#config): RoutingTable {
    const lease = this.#registry.lease(upstream.connectTimeoutMs);
    const random = (): number => this.#options.random();
    try {
      const table = createRoutingTable({ routes, upstream, port: this.#port, lease, random });
      this.mirror.use(routes, lease);
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
