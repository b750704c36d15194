import type { IdenticalExchanges } from "../model/batch.ts";

/** One candidate's part in an exchange in which all responses are identical. */
export interface IdenticalExchange {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  /** See `Exchange.backToBack`. */
  readonly backToBack: boolean;
  readonly route: string;
  readonly method: string;
  /** Origin form, secrets already redacted. */
  readonly target: string;
  /** Status code of all responses. */
  readonly status: number;
  readonly candidate: string;
  /** See `LegRecorder.level`. */
  readonly level: number;
  /** Milliseconds from dispatch to the last byte, without connection setup. */
  readonly primaryMs: number;
  readonly candidateMs: number;
  /** There is a secondary. */
  readonly paired: boolean;
  /** Null without a secondary, and for a self-check, whose latency is not comparable. */
  readonly secondaryMs: number | null;
}

const COLUMNS = 11;
const INITIAL_ROWS = 64;

/** Writes exchanges into the columns of `IdenticalExchanges`. */
export class IdenticalExchangeWriter {
  #indexes = new Map<string, number>();
  #names: string[] = [];
  #targets: string[] = [];
  #rows = new Float64Array(INITIAL_ROWS * COLUMNS);

  /** Number of rows. */
  get length(): number {
    return this.#targets.length;
  }

  add(exchange: IdenticalExchange): void {
    const row = this.#targets.length * COLUMNS;
    if (row === this.#rows.length) this.#grow();
    const rows = this.#rows;
    rows[row] = exchange.at;
    rows[row + 1] = this.#index(exchange.route);
    rows[row + 2] = this.#index(exchange.method);
    rows[row + 3] = exchange.status;
    rows[row + 4] = this.#index(exchange.candidate);
    rows[row + 5] = exchange.primaryMs;
    rows[row + 6] = exchange.candidateMs;
    rows[row + 7] = exchange.secondaryMs ?? Number.NaN;
    rows[row + 8] = Number(exchange.backToBack);
    rows[row + 9] = Number(exchange.paired);
    rows[row + 10] = exchange.level;
    this.#targets.push(exchange.target);
  }

  /** @returns all rows, and starts again without any */
  take(): IdenticalExchanges | null {
    if (this.length === 0) return null;
    const rows = this.#rows.slice(0, this.length * COLUMNS);
    const exchanges = { names: this.#names, targets: this.#targets.join("\n"), rows };
    this.#indexes = new Map();
    this.#names = [];
    this.#targets = [];
    return exchanges;
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#rows.length);
    grown.set(this.#rows);
    this.#rows = grown;
  }

  #index(name: string): number {
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = this.#names.length;
      this.#indexes.set(name, index);
      this.#names.push(name);
    }
    return index;
  }
}

/** Approximate memory in bytes. */
export function sizeOfIdentical({ targets, rows }: IdenticalExchanges): number {
  return targets.length + rows.byteLength;
}

/** Reads exchanges from their columns, in the order in which they were written. */
export function* readIdenticalExchanges({ names, targets, rows }: IdenticalExchanges): Generator<IdenticalExchange> {
  let row = 0;
  for (const target of targets.split("\n")) {
    const secondaryMs = rows[row + 7] as number;
    yield {
      at: rows[row] as number,
      route: names[rows[row + 1] as number] as string,
      method: names[rows[row + 2] as number] as string,
      target,
      status: rows[row + 3] as number,
      candidate: names[rows[row + 4] as number] as string,
      primaryMs: rows[row + 5] as number,
      candidateMs: rows[row + 6] as number,
      secondaryMs: Number.isNaN(secondaryMs) ? null : secondaryMs,
      backToBack: rows[row + 8] === 1,
      paired: rows[row + 9] === 1,
      level: rows[row + 10] as number,
    };
    row += COLUMNS;
  }
}
