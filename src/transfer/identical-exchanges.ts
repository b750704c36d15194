import type { IdenticalExchanges } from "../model/batch.ts";

/** One candidate's part in an exchange in which nothing differs. */
export interface IdenticalExchange {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: string;
  readonly method: string;
  /** Origin form, secrets already replaced. */
  readonly target: string;
  /** Of every answer. */
  readonly status: number;
  readonly candidate: string;
  /** From dispatch to the last byte, without connecting. */
  readonly primaryMs: number;
  readonly candidateMs: number;
  /** Null when no secondary took part. */
  readonly secondaryMs: number | null;
}

const NUMBERS = 8;
const FIRST_ROWS = 64;

/** Puts exchanges into columns. */
export class IdenticalWriter {
  #indexes = new Map<string, number>();
  #names: string[] = [];
  #targets: string[] = [];
  #rows = new Float64Array(FIRST_ROWS * NUMBERS);

  /** Rows so far. */
  get length(): number {
    return this.#targets.length;
  }

  add(exchange: IdenticalExchange): void {
    const at = this.#targets.length * NUMBERS;
    if (at === this.#rows.length) this.#grow();
    const rows = this.#rows;
    rows[at] = exchange.at;
    rows[at + 1] = this.#index(exchange.route);
    rows[at + 2] = this.#index(exchange.method);
    rows[at + 3] = exchange.status;
    rows[at + 4] = this.#index(exchange.candidate);
    rows[at + 5] = exchange.primaryMs;
    rows[at + 6] = exchange.candidateMs;
    rows[at + 7] = exchange.secondaryMs ?? Number.NaN;
    this.#targets.push(exchange.target);
  }

  /** @returns all rows; the writer is empty afterwards */
  take(): IdenticalExchanges | null {
    if (this.length === 0) return null;
    const rows = this.#rows.slice(0, this.length * NUMBERS);
    const columns = { names: this.#names, targets: this.#targets.join("\n"), rows };
    this.#indexes = new Map();
    this.#names = [];
    this.#targets = [];
    return columns;
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

/** What they weigh in memory, about. */
export function bytesOfIdentical({ targets, rows }: IdenticalExchanges): number {
  return targets.length + rows.byteLength;
}

/** Takes exchanges out of their columns, in their order. */
export function* readIdentical({ names, targets, rows }: IdenticalExchanges): Generator<IdenticalExchange> {
  let at = 0;
  for (const target of targets.split("\n")) {
    const secondaryMs = rows[at + 7] as number;
    yield {
      at: rows[at] as number,
      route: names[rows[at + 1] as number] as string,
      method: names[rows[at + 2] as number] as string,
      target,
      status: rows[at + 3] as number,
      candidate: names[rows[at + 4] as number] as string,
      primaryMs: rows[at + 5] as number,
      candidateMs: rows[at + 6] as number,
      secondaryMs: Number.isNaN(secondaryMs) ? null : secondaryMs,
    };
    at += NUMBERS;
  }
}
