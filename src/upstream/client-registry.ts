import type { Role } from "../model/capture.ts";
import type { Subset } from "../model/routing.ts";
import type { UpstreamClient } from "./leg.ts";

interface RegistryEntry {
  readonly client: UpstreamClient;
  readonly role: Role;
  /** Number of leases that use the client. */
  leases: number;
  isWarm: boolean;
}

/**
 * Creates the client for one subset. Called once per role of the subset.
 * @param connectTimeoutMs for opening one connection
 */
export type CreateClient = (subset: Subset, connectTimeoutMs: number) => UpstreamClient;

/**
 * All upstream clients of a proxy thread. After a reload, unchanged subsets keep their clients; a client that the new routes do
 * not need is closed once its last request has ended.
 */
export class ClientRegistry {
  readonly #createClient: CreateClient;
  readonly #entries = new Map<string, RegistryEntry>();

  constructor(createClient: CreateClient) {
    this.#createClient = createClient;
  }

  /** Creates the lease of one routing table. */
  lease(connectTimeoutMs: number): ClientLease {
    return new ClientLease(
      (role, key, subset) =>
        this.#acquire(role, `${connectTimeoutMs} ${key}`, () => this.#createClient(subset, connectTimeoutMs)),
      (key) => this.#release(`${connectTimeoutMs} ${key}`),
    );
  }

  /** Opens a connection to each new upstream. With little traffic, most requests would otherwise meet a cold candidate. */
  warmUp(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.isWarm) entry.client.warmUp();
      entry.isWarm = true;
    }
  }

  /** Closes the connections to mirrored upstreams, or to primaries, that carry no request. @returns their number */
  closeIdle(which: "mirrored" | "primary"): number {
    let closed = 0;
    for (const { role, client } of this.#entries.values()) {
      if ((role === "primary") === (which === "primary")) closed += client.closeIdle();
    }
    return closed;
  }

  /** Closes all clients, including those in use. */
  async destroy(): Promise<void> {
    const clients = [...this.#entries.values()].map(({ client }) => client);
    this.#entries.clear();
    await Promise.all(clients.map((client) => client.destroy()));
  }

  #acquire(role: Role, key: string, create: () => UpstreamClient): UpstreamClient {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { client: create(), role, leases: 0, isWarm: false };
      this.#entries.set(key, entry);
    }
    entry.leases += 1;
    return entry.client;
  }

  #release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.leases -= 1;
    if (entry.leases > 0) return;
    this.#entries.delete(key);
    void entry.client.destroy();
  }
}

/** Keeps the clients of one routing table open while the table is in use or a request still follows it. */
export class ClientLease {
  readonly #openClient: (role: Role, key: string, subset: Subset) => UpstreamClient;
  readonly #closeClient: (key: string) => void;
  readonly #clients = new Map<string, UpstreamClient>();
  #requests = 0;
  #isRetired = false;

  constructor(
    openClient: (role: Role, key: string, subset: Subset) => UpstreamClient,
    closeClient: (key: string) => void,
  ) {
    this.#openClient = openClient;
    this.#closeClient = closeClient;
  }

  /** Returns a client per role and subset: a candidate that hangs does not block the primary of the same subset. */
  clientTo(role: Role, subset: Subset): UpstreamClient {
    const key = JSON.stringify([role, subset]);
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = this.#openClient(role, key, subset);
      this.#clients.set(key, client);
    }
    return client;
  }

  /** A request follows this routing table until it calls `release`. */
  acquire(): void {
    this.#requests += 1;
  }

  release(): void {
    this.#requests -= 1;
    this.#closeIfDone();
  }

  /** Another routing table has replaced this one. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.#isRetired || this.#requests > 0) return;
    for (const key of this.#clients.keys()) this.#closeClient(key);
    this.#clients.clear();
  }
}
