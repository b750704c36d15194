import { MirrorSlots } from "../mirror/mirror-slots.ts";
import { createRouteMirror, type RouteMirror } from "../mirror/mirror-recipients.ts";
import { ByteBudget } from "../capture/byte-budget.ts";
import type { Config } from "../model/config.ts";
import type { Forward, Route, Subset } from "../model/routing.ts";
import { withTotalTimeout } from "../proxy/exchange/out-of-band.ts";
import { legTimeouts } from "../proxy/routing/routing-table.ts";
import { createBalancedClient } from "../upstream/balanced-client.ts";
import { type ClientLease, ClientRegistry } from "../upstream/client-registry.ts";
import { createUpstreamClient } from "../upstream/create-upstream-client.ts";
import type { LegTimeouts, UpstreamClient } from "../upstream/leg.ts";

/** What a route has for probes. */
export interface ProbeRoute {
  readonly route: Route;
  readonly forward: Forward;
  /** Its candidates and its secondary, with their changes of the header fields. */
  readonly mirror: RouteMirror;
  readonly lease: ClientLease;
  /** Of the leg to the primary. */
  readonly timeouts: LegTimeouts;
}

/**
 * The routes in force with clients that only probes use. They share nothing with those of the proxy threads: a probe takes no slot
 * of the mirror, opens no breaker and marks no upstream as down.
 */
export class ProbeUpstreams {
  readonly #registry = new ClientRegistry(connect);
  #config: Pick<Config, "routes" | "upstream"> | undefined;
  #lease: ClientLease | undefined;
  #routes: readonly ProbeRoute[] = [];

  /**
   * @returns the route of that name if it forwards requests; undefined if there is none
   * @throws when a client cannot be created, such as for a certificate that was deleted
   */
  route(config: Pick<Config, "routes" | "upstream">, name: string): ProbeRoute | undefined {
    const { routes, upstream } = this.#config ?? {};
    if (config.routes !== routes || config.upstream !== upstream) this.#setConfig(config);
    return this.#routes.find(({ route }) => route.name === name);
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return this.#registry.destroy();
  }

  /** Clients of upstreams that stay are kept, and others are closed when their last probe has ended. */
  #setConfig(config: Pick<Config, "routes" | "upstream">): void {
    const lease = this.#registry.lease(config.upstream.connectTimeoutMs);
    try {
      this.#routes = config.routes.flatMap((route) => createProbeRoute(route, config, lease) ?? []);
    } catch (error) {
      lease.retire();
      throw error;
    }
    this.#lease?.retire();
    this.#lease = lease;
    this.#config = config;
  }
}

/** The client for the primary. A lease has one for each role, so that a candidate that hangs does not block it. */
export function primaryClientOf({ lease }: ProbeRoute, subset: Subset): UpstreamClient {
  return lease.clientTo("primary", subset);
}

function connect(subset: Subset, connectTimeoutMs: number): UpstreamClient {
  return createBalancedClient(subset.urls.map((url) => createUpstreamClient(subset, url, connectTimeoutMs)));
}

function createProbeRoute(
  route: Route,
  { upstream }: Pick<Config, "upstream">,
  lease: ClientLease,
): ProbeRoute | undefined {
  const { action } = route;
  if (action.type !== "forward") return undefined;
  const mirror = createRouteMirror(route, lease, {
    slotsFor: (_role, limits) => slotsOf(limits),
    samplerFor: () => null,
  });
  // No client ends an endless response.
  return { route, forward: action, mirror, lease, timeouts: withTotalTimeout(legTimeouts(action, upstream)) };
}

/** Nothing takes these slots: who sends probes limits them. */
function slotsOf(limits: ConstructorParameters<typeof MirrorSlots>[0]): MirrorSlots {
  const capacity = { hasCapacity: true, budget: new ByteBudget(Infinity) };
  return new MirrorSlots(limits, capacity, () => performance.now());
}
