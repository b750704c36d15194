import type { TailBatch, TailFilter, TailRow } from "../../model/views/tail.ts";
import { matchesFilter } from "./tail-filter.ts";

/** Fields that a row lists. */
const MAX_FIELDS = 5;
const SECOND_MS = 1_000;

/** An open tail. */
export interface TailSubscription {
  readonly id: number;
  readonly filter: TailFilter;
  /** Maximum number of rows that one compare thread sends to it per second. */
  readonly rowsPerSecond: number;
}

/** What a compare thread has for one tail. */
export interface TailDelivery extends TailBatch {
  readonly id: number;
}

/** A row with all differing fields. */
export type ComparedExchange = Omit<TailRow, "fieldCount">;

interface OpenTail {
  readonly subscription: TailSubscription;
  rows: TailRow[];
  more: number;
  /** The second that `sent` counts, and the rows sent in it. */
  second: number;
  sent: number;
}

/**
 * Selects the exchanges for the open tails, in the compare thread: filters apply before the limit, so that a rare exchange is not
 * lost among others, and what exceeds the limit is only counted. Without a tail it does nothing.
 */
export class TailPublisher {
  readonly #now: () => number;
  readonly #redact: (target: string) => string;
  #tails: OpenTail[] = [];

  /**
   * @param now monotonic milliseconds
   * @param redact replaces secrets in the path of a target; those in its query were replaced during capture
   */
  constructor(now: () => number, redact: (target: string) => string) {
    this.#now = now;
    this.#redact = redact;
  }

  get isWatched(): boolean {
    return this.#tails.length > 0;
  }

  /** Replaces the open tails. Those that stay keep what they have. */
  subscribe(subscriptions: readonly TailSubscription[]): void {
    this.#tails = subscriptions.map((subscription) => {
      const known = this.#tails.find((tail) => tail.subscription.id === subscription.id);
      return known ?? { subscription, rows: [], more: 0, second: 0, sent: 0 };
    });
  }

  offer(exchange: ComparedExchange): void {
    const second = Math.floor(this.#now() / SECOND_MS);
    let redacted: string | undefined;
    const shownTarget = (): string => (redacted ??= this.#redact(exchange.target));
    let row: TailRow | undefined;
    for (const tail of this.#tails) {
      if (!matchesFilter(tail.subscription.filter, exchange, shownTarget)) continue;
      if (tail.second !== second) Object.assign(tail, { second, sent: 0 });
      if (tail.sent >= tail.subscription.rowsPerSecond) {
        tail.more += 1;
        continue;
      }
      tail.sent += 1;
      row ??= {
        ...exchange,
        target: shownTarget(),
        fields: exchange.fields.slice(0, MAX_FIELDS),
        fieldCount: exchange.fields.length,
      };
      tail.rows.push(row);
    }
  }

  /** @returns what was selected since the last call, only for tails that have something */
  take(): readonly TailDelivery[] {
    const pending = this.#tails.filter(({ rows, more }) => rows.length > 0 || more > 0);
    return pending.map((tail) => {
      const { subscription, rows, more } = tail;
      Object.assign(tail, { rows: [], more: 0 });
      return { id: subscription.id, rows, more };
    });
  }
}
