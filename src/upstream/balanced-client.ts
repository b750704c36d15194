import type { Leg, ResponseHandler, LegTimeouts, LegRequest, UpstreamClient } from "./leg.ts";

/** Several instances of one upstream, used in turn. */
class BalancedClient implements UpstreamClient {
  readonly #clients: readonly UpstreamClient[];
  #next = 0;

  constructor(clients: readonly UpstreamClient[]) {
    this.#clients = clients;
  }

  send(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler): Leg {
    const client = this.#clients[this.#next] as UpstreamClient;
    this.#next = (this.#next + 1) % this.#clients.length;
    return client.send(request, limits, handler);
  }

  warmUp(): void {
    for (const client of this.#clients) client.warmUp();
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }
}

/**
 * Sends each request to the next client, round robin.
 * @param clients at least one
 */
export function createBalancedClient(clients: readonly UpstreamClient[]): UpstreamClient {
  const [first] = clients;
  return first !== undefined && clients.length === 1 ? first : new BalancedClient(clients);
}
