import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "./leg.ts";

/** Distributes requests over the instances of an upstream. */
class BalancedClient implements UpstreamClient {
  readonly #clients: readonly UpstreamClient[];
  #next = 0;

  constructor(clients: readonly UpstreamClient[]) {
    this.#clients = clients;
  }

  send(request: LegRequest, timeouts: LegTimeouts, handler: ResponseHandler): Leg {
    const client = this.#clients[this.#next] as UpstreamClient;
    this.#next = (this.#next + 1) % this.#clients.length;
    return client.send(request, timeouts, handler);
  }

  warmUp(): void {
    for (const client of this.#clients) client.warmUp();
  }

  closeIdle(): number {
    return this.#clients.reduce((closed, client) => closed + client.closeIdle(), 0);
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }
}

/**
 * Creates a client that sends each request to the next of the given clients, round robin.
 * @param clients at least one
 */
export function createBalancedClient(clients: readonly UpstreamClient[]): UpstreamClient {
  const [first] = clients;
  return first !== undefined && clients.length === 1 ? first : new BalancedClient(clients);
}
