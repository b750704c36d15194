import type { Writable } from "node:stream";

export type AdminEvent = "committed" | "status" | "rules";

const MAX_CLIENTS = 100;
const MIN_GAP_MS = 500;
const HEARTBEAT_MS = 15_000;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;
/** Events are some hundred bytes: a client with this much unread has stopped reading. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** Timers, so that a test can hold them. */
export interface HubTimers {
  setTimeout(callback: () => void, ms: number): { unref(): unknown };
  setInterval(callback: () => void, ms: number): { unref(): unknown };
  clear(timer: { unref(): unknown }): void;
}

/** Server-sent events (WHATWG HTML §9.2) to all open dashboards, in bounded memory. */
export class EventHub {
  readonly #payload: (event: AdminEvent) => object;
  readonly #timers: HubTimers;
  readonly #clients = new Set<Writable>();
  /** Per event: the timer of the gap that it is in, and whether it came again meanwhile. */
  readonly #gaps = new Map<AdminEvent, { readonly timer: { unref(): unknown }; again: boolean }>();
  readonly #heartbeat: { unref(): unknown };

  /** @param payload what an event carries, asked for when it is sent */
  constructor(payload: (event: AdminEvent) => object, timers: HubTimers) {
    this.#payload = payload;
    this.#timers = timers;
    this.#heartbeat = timers.setInterval(() => this.#broadcast(": still here\n\n"), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  get full(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Adds a client whose response head is written, and tells it the status as it is. */
  add(client: Writable): void {
    this.#clients.add(client);
    client.on("close", () => this.#clients.delete(client));
    client.on("error", () => this.#clients.delete(client));
    client.write(`retry: ${RETRY_MS}\n\n${this.#frame("status")}`);
  }

  /** Sends now, or at the end of the gap after the last one of its kind; several within a gap become one. */
  notify(event: AdminEvent): void {
    const gap = this.#gaps.get(event);
    if (gap !== undefined) {
      gap.again = true;
      return;
    }
    this.#broadcast(this.#frame(event));
    const timer = this.#timers.setTimeout(() => {
      const { again } = this.#gaps.get(event) ?? { again: false };
      this.#gaps.delete(event);
      if (again) this.notify(event);
    }, MIN_GAP_MS);
    timer.unref();
    this.#gaps.set(event, { timer, again: false });
  }

  /** Ends every stream; nothing is sent afterwards. */
  close(): void {
    this.#timers.clear(this.#heartbeat);
    for (const { timer } of this.#gaps.values()) this.#timers.clear(timer);
    this.#gaps.clear();
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  #frame(event: AdminEvent): string {
    return `event: ${event}\ndata: ${JSON.stringify(this.#payload(event))}\n\n`;
  }

  #broadcast(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > MAX_UNREAD_BYTES) client.destroy();
      else client.write(text);
    }
  }
}
