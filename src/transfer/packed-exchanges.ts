import type { PackedExchanges } from "../model/batch.ts";
import type {
  Capture,
  CapturedBody,
  ClientProtocol,
  Exchange,
  MirroredCapture,
  ProtocolQuirk,
  RawHeaders,
  TransportFailureKind,
} from "../model/capture.ts";

/** Instead of an index: there is no text. Instead of a length: the list is the primary's. Instead of a boolean: null. */
const NONE = -1;
const INITIAL_CELLS = 4_096;
/** Upper bound of the cells of an exchange, without its lists and captures. */
const CELLS_PER_EXCHANGE = 14;
/** Upper bound of the cells of a capture, without its lists. */
const CELLS_PER_CAPTURE = 20;
const NO_FIELDS: RawHeaders = [];

/** Copies a body into the slab of the batch. @returns its offset */
type AppendBody = (bytes: Uint8Array) => number;

/**
 * Packs exchanges into the numbers and texts of `PackedExchanges`. It keeps no reference to an exchange, except its texts.
 */
export class ExchangePacker {
  readonly #appendBody: AppendBody;
  #indexes = new Map<string, number>();
  #texts: string[] = [];
  #cells = new Float64Array(INITIAL_CELLS);
  #end = 0;
  #count = 0;

  constructor(appendBody: AppendBody) {
    this.#appendBody = appendBody;
  }

  /** Number of exchanges. */
  get length(): number {
    return this.#count;
  }

  add(exchange: Exchange): void {
    const { primary, secondary, candidates, requestBody } = exchange;
    this.#count += 1;
    this.#reserve(CELLS_PER_EXCHANGE);
    this.#addText(exchange.id);
    this.#addNumber(exchange.at);
    this.#addNumber(Number(exchange.backToBack));
    this.#addText(exchange.route);
    this.#addText(exchange.method);
    this.#addText(exchange.target);
    this.#addNumber(candidates.length);
    this.#addNumber(secondary === null ? 0 : 1);
    this.#addTextOrNone(exchange.protocol ?? null);
    this.#addNumber(exchange.controlLimit ?? NONE);
    this.#addNumber(requestBody === undefined ? 0 : 1);
    if (requestBody !== undefined) this.#addBody(requestBody);
    this.#addFields(exchange.claims ?? NO_FIELDS);
    this.#addFields(exchange.headers);
    this.#addCapture(primary, undefined);
    for (const candidate of candidates) this.#addMirrored(candidate, primary);
    if (secondary !== null) this.#addMirrored(secondary, primary);
  }

  /** @returns all exchanges, and starts again without any */
  take(): PackedExchanges | null {
    if (this.#count === 0) return null;
    const packed = { count: this.#count, texts: this.#texts, cells: this.#cells.slice(0, this.#end) };
    // A new Map: after `clear`, its old hash table would keep the new one alive once it reaches the old generation.
    this.#indexes = new Map();
    this.#texts = [];
    this.#end = 0;
    this.#count = 0;
    return packed;
  }

  #addMirrored({ capture, identical, sameBody, level = 0 }: MirroredCapture, primary: Capture): void {
    this.#reserve(3);
    this.#addNumber(Number(identical));
    this.#addNumber(Number(sameBody));
    this.#addNumber(level);
    this.#addCapture(capture, primary);
  }

  #addCapture(
    { subset, failure, status, headers, trailers, interims, quirks, body, timing, trace, address }: Capture,
    primary: Capture | undefined,
  ): void {
    this.#reserve(CELLS_PER_CAPTURE);
    this.#addText(subset);
    this.#addTextOrNone(failure === null ? null : failure.kind);
    this.#addTextOrNone(failure === null ? null : failure.detail);
    this.#addTextOrNone(failure?.address ?? null);
    this.#addNumber(status);
    this.#addBody(body);
    this.#addNumber(timing.connectMs ?? Number.NaN);
    this.#addNumber(timing.firstByteMs ?? Number.NaN);
    this.#addNumber(timing.totalMs);
    this.#addTextOrNone(trace?.id ?? null);
    this.#addNumber(Number(trace?.isSampled ?? NONE));
    this.#addTextOrNone(address ?? null);
    this.#addFields(headers, primary?.headers);
    this.#addFields(trailers, primary?.trailers);
    this.#addFields(interims, primary?.interims);
    this.#addFields(quirks, primary?.quirks);
  }

  #addBody({ bytes, length, tailHash }: CapturedBody): void {
    this.#addNumber(bytes.length === 0 ? 0 : this.#appendBody(bytes));
    this.#addNumber(bytes.length);
    this.#addNumber(length);
    this.#addTextOrNone(tailHash);
  }

  #addFields(fields: RawHeaders, primary?: RawHeaders): void {
    if (fields === primary) return this.#addNumber(NONE);
    this.#reserve(fields.length + CELLS_PER_CAPTURE);
    this.#addNumber(fields.length);
    for (const text of fields) this.#addText(text);
  }

  #addTextOrNone(text: string | null): void {
    if (text === null) this.#addNumber(NONE);
    else this.#addText(text);
  }

  #addText(text: string): void {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.#texts.length;
      this.#indexes.set(text, index);
      this.#texts.push(text);
    }
    this.#addNumber(index);
  }

  #addNumber(value: number): void {
    this.#cells[this.#end] = value;
    this.#end += 1;
  }

  /** Makes sure that there is space for this many more cells. */
  #reserve(cells: number): void {
    const needed = this.#end + cells;
    if (needed <= this.#cells.length) return;
    const grown = new Float64Array(Math.max(needed, 2 * this.#cells.length));
    grown.set(this.#cells);
    this.#cells = grown;
  }
}

/**
 * Unpacks exchanges one at a time, so that each can be collected before the next one is built.
 * @param slab the memory of their bodies, which become views of it
 */
export function* unpackExchanges(packed: PackedExchanges, slab: SharedArrayBuffer | null): Generator<Exchange> {
  const unpacker = new ExchangeUnpacker(packed, slab ?? new SharedArrayBuffer(0));
  for (let left = packed.count; left > 0; left -= 1) yield unpacker.next();
}

class ExchangeUnpacker {
  readonly #texts: readonly string[];
  readonly #cells: Float64Array;
  readonly #slab: SharedArrayBuffer;
  #at = 0;

  constructor({ texts, cells }: PackedExchanges, slab: SharedArrayBuffer) {
    this.#texts = texts;
    this.#cells = cells;
    this.#slab = slab;
  }

  next(): Exchange {
    const [id, at, backToBack, route, method, target] = [
      this.#readText(),
      this.#readNumber(),
      this.#readNumber() === 1,
      this.#readText(),
      this.#readText(),
      this.#readText(),
    ];
    const [candidateCount, hasSecondary] = [this.#readNumber(), this.#readNumber() === 1];
    const protocol = (this.#readTextOrNull() ?? undefined) as ClientProtocol | undefined;
    const [limit, hasBody] = [this.#readNumber(), this.#readNumber() === 1];
    const controlLimit = limit === NONE ? undefined : limit;
    const requestBody = hasBody ? this.#readBody() : undefined;
    const claims = this.#readFields(NO_FIELDS);
    const headers = this.#readFields(NO_FIELDS);
    const primary = this.#readCapture(undefined);
    const candidates: MirroredCapture[] = [];
    while (candidates.length < candidateCount) candidates.push(this.#readMirrored(primary));
    const secondary = hasSecondary ? this.#readMirrored(primary) : null;
    const explained = { protocol, requestBody, controlLimit, claims: claims.length === 0 ? undefined : claims };
    return { id, at, backToBack, route, method, target, headers, ...explained, primary, secondary, candidates };
  }

  #readMirrored(primary: Capture): MirroredCapture {
    const [identical, sameBody] = [this.#readNumber() === 1, this.#readNumber() === 1];
    return { identical, sameBody, level: this.#readNumber(), capture: this.#readCapture(primary) };
  }

  #readCapture(primary: Capture | undefined): Capture {
    const [subset, kind] = [this.#readText(), this.#readTextOrNull() as TransportFailureKind | null];
    const [detail, failed] = [this.#readTextOrNull(), this.#readTextOrNull() ?? undefined];
    const [status, body] = [this.#readNumber(), this.#readBody()];
    const timing = { connectMs: this.#readMsOrNull(), firstByteMs: this.#readMsOrNull(), totalMs: this.#readNumber() };
    const [traceId, sampled] = [this.#readTextOrNull(), this.#readNumber()];
    const address = this.#readTextOrNull() ?? undefined;
    const headers = this.#readFields(primary?.headers);
    const trailers = this.#readFields(primary?.trailers);
    const interims = this.#readFields(primary?.interims);
    const quirks = this.#readFields(primary?.quirks) as readonly ProtocolQuirk[];
    const failure =
      kind === null || detail === null ? null : { kind, detail, ...(failed !== undefined && { address: failed }) };
    const trace = traceId === null ? undefined : { id: traceId, isSampled: sampled === NONE ? null : sampled === 1 };
    return { subset, failure, status, headers, trailers, interims, quirks, body, timing, trace, address };
  }

  #readBody(): CapturedBody {
    const [offset, byteLength] = [this.#readNumber(), this.#readNumber()];
    const bytes = new Uint8Array(this.#slab, offset, byteLength);
    return { bytes, length: this.#readNumber(), tailHash: this.#readTextOrNull() };
  }

  #readFields(primary: RawHeaders = NO_FIELDS): RawHeaders {
    const length = this.#readNumber();
    if (length === NONE) return primary;
    const fields: string[] = [];
    while (fields.length < length) fields.push(this.#readText());
    return fields;
  }

  #readText(): string {
    return this.#texts[this.#readNumber()] as string;
  }

  #readTextOrNull(): string | null {
    const index = this.#readNumber();
    return index === NONE ? null : (this.#texts[index] as string);
  }

  #readMsOrNull(): number | null {
    const ms = this.#readNumber();
    return Number.isNaN(ms) ? null : ms;
  }

  #readNumber(): number {
    const value = this.#cells[this.#at] as number;
    this.#at += 1;
    return value;
  }
}
