import type { Writable } from "node:stream";
import type { TailDelivery, TailSubscription } from "../../compare/tail/tail-publisher.ts";
import type { TailBatch, TailFilter } from "../../model/views/tail.ts";

const MAX_CLIENTS = 20;
const ROWS_PER_SECOND = 50;
/** Rows have a few hundred bytes. A client with this much unsent data gets no rows until it has read on. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** Keeps proxies from closing an idle stream, and delivers counts without rows. */
const HEARTBEAT_MS = 3_000;
/** Time after which a browser reconnects. */
const RETRY_MS = 2_000;

interface Client {
  readonly stream: Writable;
  readonly filter: TailFilter;
  /** Exchanges left out since the last batch that the client received. */
  more: number;
}

/**
 * The open tails. As long as there is one, the compare threads select exchanges for it. A client that reads slowly misses rows, which
 * are counted, and costs a bounded amount of memory.
 */
export class TailHub {
  readonly #clients = new Map<number, Client>();
  readonly #watch: (subscriptions: readonly TailSubscription[]) => void;
  readonly #threads: number;
  #nextId = 1;
  #heartbeat: NodeJS.Timeout | undefined;

  /**
   * @param watch tells the compare threads which tails are open
   * @param threads number of compare threads, which share the rows per second
   */
  constructor(watch: (subscriptions: readonly TailSubscription[]) => void, threads: number) {
    this.#watch = watch;
    this.#threads = threads;
  }

  get isFull(): boolean {
    return this.#clients.size >= MAX_CLIENTS;
  }

  /** Adds a client after its response head was written. */
  add(stream: Writable, filter: TailFilter): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#clients.set(id, { stream, filter, more: 0 });
    const remove = (): void => {
      if (this.#clients.delete(id)) this.#subscribe();
    };
    stream.on("close", remove);
    stream.on("error", remove);
    stream.write(`retry: ${RETRY_MS}\n\n`);
    this.#subscribe();
  }

  /** Sends what a compare thread has selected. */
  publish(deliveries: readonly TailDelivery[]): void {
    for (const { id, rows, more } of deliveries) {
      const client = this.#clients.get(id);
      if (client === undefined) continue;
      const isSlow = client.stream.writableLength > MAX_UNSENT_BYTES;
      client.more += more + (isSlow ? rows.length : 0);
      if (!isSlow && rows.length > 0) send(client, rows);
    }
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#heartbeat);
    for (const { stream } of this.#clients.values()) stream.end();
    this.#clients.clear();
    this.#subscribe();
  }

  #subscribe(): void {
    const rowsPerSecond = Math.ceil(ROWS_PER_SECOND / this.#threads);
    this.#watch([...this.#clients].map(([id, { filter }]) => ({ id, filter, rowsPerSecond })));
    if (this.#clients.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    } else this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  #beat(): void {
    for (const client of this.#clients.values()) {
      if (client.stream.writableLength <= MAX_UNSENT_BYTES) send(client, []);
    }
  }
}

function send(client: Client, rows: TailBatch["rows"]): void {
  const batch: TailBatch = { rows, more: client.more };
  client.more = 0;
  client.stream.write(`event: exchanges\ndata: ${JSON.stringify(batch)}\n\n`);
}
