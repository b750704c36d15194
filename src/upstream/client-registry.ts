import type { Role } from "../model/capture.ts";
import type { Subset } from "../model/routing.ts";
import type { UpstreamClient } from "./leg.ts";

interface Entry {
  readonly client: UpstreamClient;
  leases: number;
  isWarm: boolean;
}

/**
 * Makes the connections to one subset; called once for each role that a subset stands in.
 * @param connectTimeoutMs for one connection to be opened
 */
export type CreateClient = (subset: Subset, connectTimeoutMs: number) => UpstreamClient;

/**
 * All connections of a proxy thread. Routes that come after others take over the connections to what has stayed the
 * same; what no route needs any more is closed when its last request has ended.
 */
export class ClientRegistry {
  readonly #connect: CreateClient;
  readonly #entries = new Map<string, Entry>();

  constructor(connect: CreateClient) {
    this.#connect = connect;
  }

  /** For one set of routes. */
  lease(connectTimeoutMs: number): ClientLease {
    return new ClientLease(
      (key, subset) => this.#take(`${connectTimeoutMs} ${key}`, () => this.#connect(subset, connectTimeoutMs)),
      (key) => this.#give(`${connectTimeoutMs} ${key}`),
    );
  }

  /**
   * Opens a connection to each upstream that had none so far: whoever gets few requests would otherwise meet a cold
   * candidate with most of them.
   */
  warmUp(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.isWarm) entry.client.warmUp();
      entry.isWarm = true;
    }
  }

  /** Closes everything, whatever is under way. */
  async destroy(): Promise<void> {
    const clients = [...this.#entries.values()].map(({ client }) => client);
    this.#entries.clear();
    await Promise.all(clients.map((client) => client.destroy()));
  }

  #take(key: string, connect: () => UpstreamClient): UpstreamClient {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { client: connect(), leases: 0, isWarm: false };
      this.#entries.set(key, entry);
    }
    entry.leases += 1;
    return entry.client;
  }

  #give(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.leases -= 1;
    if (entry.leases > 0) return;
    this.#entries.delete(key);
    void entry.client.destroy();
  }
}

/** The connections of one set of routes, kept open while these routes are in force or a request still follows them. */
export class ClientLease {
  readonly #take: (key: string, subset: Subset) => UpstreamClient;
  readonly #give: (key: string) => void;
  readonly #clients = new Map<string, UpstreamClient>();
  #requests = 0;
  #retired = false;

  constructor(take: (key: string, subset: Subset) => UpstreamClient, give: (key: string) => void) {
    this.#take = take;
    this.#give = give;
  }

  /** Each role has connections of its own: a subset that hangs as a candidate holds up nobody's primary. */
  clientTo(role: Role, subset: Subset): UpstreamClient {
    const key = JSON.stringify([role, subset]);
    let client = this.#clients.get(key);
    if (client === undefined) {
      client = this.#take(key, subset);
      this.#clients.set(key, client);
    }
    return client;
  }

  /** A request uses these connections until `release`. */
  acquire(): void {
    this.#requests += 1;
  }

  release(): void {
    this.#requests -= 1;
    this.#closeIfDone();
  }

  /** Other routes are in force from now on. */
  retire(): void {
    this.#retired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.#retired || this.#requests > 0) return;
    for (const key of this.#clients.keys()) this.#give(key);
    this.#clients.clear();
  }
}
