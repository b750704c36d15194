import type { PackedExchanges } from "../model/batch.ts";
import type { Capture, Exchange, RawHeaders, MirroredCapture, TransportFailureKind } from "../model/capture.ts";

/** In the place of an index: no text; in that of a length: the primary's list of fields. */
const NONE = -1;
const FIRST_CELLS = 4_096;
/** What a row has at most beside its lists and legs, and a leg beside its lists. */
const CELLS_OF_ROW = 8;
const CELLS_OF_LEG = 16;
const NO_FIELDS: RawHeaders = [];

/** Copies the bytes of a body into the memory that goes with the rows. @returns where they begin there */
type PlaceBody = (bytes: Uint8Array) => number;

/** Puts exchanges into rows of numbers, in which texts are indexes. Nothing of an exchange is kept but its texts. */
export class ExchangeWriter {
  readonly #place: PlaceBody;
  #indexes = new Map<string, number>();
  #texts: string[] = [];
  #cells = new Float64Array(FIRST_CELLS);
  #end = 0;
  #count = 0;

  constructor(place: PlaceBody) {
    this.#place = place;
  }

  /** Exchanges so far. */
  get length(): number {
    return this.#count;
  }

  add(exchange: Exchange): void {
    const { primary, secondary, candidates } = exchange;
    this.#count += 1;
    this.#reserve(CELLS_OF_ROW);
    this.#text(exchange.id);
    this.#number(exchange.at);
    this.#text(exchange.route);
    this.#text(exchange.method);
    this.#text(exchange.target);
    this.#number(candidates.length);
    this.#number(secondary === null ? 0 : 1);
    this.#fields(exchange.headers);
    this.#capture(primary, undefined);
    for (const candidate of candidates) this.#shadow(candidate, primary);
    if (secondary !== null) this.#shadow(secondary, primary);
  }

  /** @returns all rows; the writer is empty afterwards */
  take(): PackedExchanges | null {
    if (this.#count === 0) return null;
    const packed = { count: this.#count, texts: this.#texts, cells: this.#cells.slice(0, this.#end) };
    // Not cleared: the table that a Map leaves behind points to the next one, and keeps it alive once it is old.
    this.#indexes = new Map();
    this.#texts = [];
    this.#end = 0;
    this.#count = 0;
    return packed;
  }

  #shadow({ capture, identical, sameBody }: MirroredCapture, primary: Capture): void {
    this.#reserve(2);
    this.#number(Number(identical));
    this.#number(Number(sameBody));
    this.#capture(capture, primary);
  }

  #capture({ subset, failure, status, headers, trailers, body, timing }: Capture, primary: Capture | undefined): void {
    this.#reserve(CELLS_OF_LEG);
    this.#text(subset);
    this.#textOrNone(failure === null ? null : failure.kind);
    this.#textOrNone(failure === null ? null : failure.detail);
    this.#number(status);
    this.#number(body.bytes.length === 0 ? 0 : this.#place(body.bytes));
    this.#number(body.bytes.length);
    this.#number(body.length);
    this.#textOrNone(body.tailHash);
    this.#number(timing.connectMs ?? Number.NaN);
    this.#number(timing.firstByteMs ?? Number.NaN);
    this.#number(timing.totalMs);
    this.#fields(headers, primary?.headers);
    this.#fields(trailers, primary?.trailers);
  }

  #fields(fields: RawHeaders, primary?: RawHeaders): void {
    if (fields === primary) return this.#number(NONE);
    this.#reserve(fields.length + CELLS_OF_LEG);
    this.#number(fields.length);
    for (const text of fields) this.#text(text);
  }

  #textOrNone(text: string | null): void {
    if (text === null) this.#number(NONE);
    else this.#text(text);
  }

  #text(text: string): void {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.#texts.length;
      this.#indexes.set(text, index);
      this.#texts.push(text);
    }
    this.#number(index);
  }

  #number(value: number): void {
    this.#cells[this.#end] = value;
    this.#end += 1;
  }

  /** Makes room for so many cells more. */
  #reserve(cells: number): void {
    const needed = this.#end + cells;
    if (needed <= this.#cells.length) return;
    const grown = new Float64Array(Math.max(needed, 2 * this.#cells.length));
    grown.set(this.#cells);
    this.#cells = grown;
  }
}

/**
 * Takes exchanges out of their rows, one when it is asked for.
 * @param slab the memory that their bodies were placed in; they are views of it
 */
export function* readExchanges(packed: PackedExchanges, slab: ArrayBuffer | null): Generator<Exchange> {
  const reader = new Reader(packed, slab ?? new ArrayBuffer(0));
  for (let left = packed.count; left > 0; left -= 1) yield reader.exchange();
}

class Reader {
  readonly #texts: readonly string[];
  readonly #cells: Float64Array;
  readonly #slab: ArrayBuffer;
  #at = 0;

  constructor({ texts, cells }: PackedExchanges, slab: ArrayBuffer) {
    this.#texts = texts;
    this.#cells = cells;
    this.#slab = slab;
  }

  exchange(): Exchange {
    const [id, at, route, method, target] = [this.#text(), this.#number(), this.#text(), this.#text(), this.#text()];
    const [count, paired] = [this.#number(), this.#number() === 1];
    const headers = this.#fields(NO_FIELDS);
    const primary = this.#capture(undefined);
    const candidates: MirroredCapture[] = [];
    while (candidates.length < count) candidates.push(this.#shadow(primary));
    const secondary = paired ? this.#shadow(primary) : null;
    return { id, at, route, method, target, headers, primary, secondary, candidates };
  }

  #shadow(primary: Capture): MirroredCapture {
    const [identical, sameBody] = [this.#number() === 1, this.#number() === 1];
    return { identical, sameBody, capture: this.#capture(primary) };
  }

  #capture(primary: Capture | undefined): Capture {
    const [subset, kind, detail] = [this.#text(), this.#textOrNull(), this.#textOrNull()];
    const [status, offset, kept] = [this.#number(), this.#number(), this.#number()];
    const body = {
      bytes: new Uint8Array(this.#slab, offset, kept),
      length: this.#number(),
      tailHash: this.#textOrNull(),
    };
    const timing = { connectMs: this.#msOrNull(), firstByteMs: this.#msOrNull(), totalMs: this.#number() };
    const headers = this.#fields(primary?.headers);
    const trailers = this.#fields(primary?.trailers);
    const failure = kind === null || detail === null ? null : { kind: kind as TransportFailureKind, detail };
    return { subset, failure, status, headers, trailers, body, timing };
  }

  #fields(primary: RawHeaders = NO_FIELDS): RawHeaders {
    const length = this.#number();
    if (length === NONE) return primary;
    const fields: string[] = [];
    while (fields.length < length) fields.push(this.#text());
    return fields;
  }

  #text(): string {
    return this.#texts[this.#number()] as string;
  }

  #textOrNull(): string | null {
    const index = this.#number();
    return index === NONE ? null : (this.#texts[index] as string);
  }

  #msOrNull(): number | null {
    const ms = this.#number();
    return Number.isNaN(ms) ? null : ms;
  }

  #number(): number {
    const value = this.#cells[this.#at] as number;
    this.#at += 1;
    return value;
  }
}
