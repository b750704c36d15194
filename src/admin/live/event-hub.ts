import type { Writable } from "node:stream";

export type AdminEvent = "committed" | "status" | "rules" | "replicas" | "isolations";
/** Sent by the hub itself: every few seconds, and before it closes. */
type HubEvent = AdminEvent | "heartbeat" | "stopped";

const MAX_CLIENTS = 100;
/** Minimum interval between two events of one type. */
const MIN_INTERVAL_MS = 500;
/** A page considers a process without three heartbeats in a row to be frozen. */
const HEARTBEAT_MS = 3_000;
/** Time after which a browser reconnects. */
const RETRY_MS = 2000;
/** Events have a few hundred bytes: a client with this much unsent data has stopped reading. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Timers that a test can replace. */
export interface HubTimers {
  setTimeout(callback: () => void, ms: number): { unref(): unknown };
  setInterval(callback: () => void, ms: number): { unref(): unknown };
  clear(timer: { unref(): unknown }): void;
}

/** Sends server-sent events (WHATWG HTML §9.2) to all open dashboards, in bounded memory. */
export class EventHub {
  readonly #payload: (event: HubEvent) => object;
  readonly #timers: HubTimers;
  readonly #clients = new Set<Writable>();
  /** Events sent less than the minimum interval ago, and whether each occurred again since. */
  readonly #recent = new Map<AdminEvent, { readonly timer: { unref(): unknown }; isPending: boolean }>();
  readonly #heartbeat: { unref(): unknown };

  /** @param payload returns the data of an event; called when it is sent */
  constructor(payload: (event: HubEvent) => object, timers: HubTimers) {
    this.#payload = payload;
    this.#timers = timers;
    this.#heartbeat = timers.setInterval(() => this.#broadcast(this.#frame("heartbeat")), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  get isFull(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Adds a client after its response head was written, and sends it the current status. */
  add(client: Writable): void {
    this.#clients.add(client);
    client.on("close", () => this.#clients.delete(client));
    client.on("error", () => this.#clients.delete(client));
    client.write(`retry: ${RETRY_MS}\n\n${this.#frame("status")}`);
  }

  /** Sends an event now, or at the end of the minimum interval; events within an interval are merged into one. */
  notify(event: AdminEvent): void {
    const recent = this.#recent.get(event);
    if (recent !== undefined) {
      recent.isPending = true;
      return;
    }
    this.#broadcast(this.#frame(event));
    const timer = this.#timers.setTimeout(() => {
      const { isPending } = this.#recent.get(event) ?? { isPending: false };
      this.#recent.delete(event);
      if (isPending) this.notify(event);
    }, MIN_INTERVAL_MS);
    timer.unref();
    this.#recent.set(event, { timer, isPending: false });
  }

  /** Says that the process stops on purpose, and ends all streams and timers. */
  close(): void {
    this.#timers.clear(this.#heartbeat);
    for (const { timer } of this.#recent.values()) this.#timers.clear(timer);
    this.#recent.clear();
    this.#broadcast(this.#frame("stopped"));
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #frame(event: HubEvent): string {
    return `event: ${event}\ndata: ${JSON.stringify(this.#payload(event))}\n\n`;
  }

  #broadcast(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_UNSENT_BYTES) client.destroy();
      else client.write(text);
    }
  }
}
