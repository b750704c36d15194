import { HeaderTokenizer, MALFORMED, NEED_MORE_BYTES, type StartLine } from "./header-tokenizer.ts";

const INITIAL_BUFFER_BYTES = 1024;
const HTAB = 0x09;
const SP = 0x20;
const NO_FIELDS: readonly string[] = [];
const EMPTY = Buffer.alloc(0);

/** Reads a head or a trailer section from bytes that arrive in pieces of any size. */
export class HeaderSection {
  /** The section, one character per byte; valid once `read` has found its end. */
  text = "";
  /** Why the bytes are not HTTP; contains none of them. */
  problem = "";
  /** The section is too long or has too many fields. */
  isTooLarge = false;
  readonly #maxBytes: number;
  readonly #tokenizer = new HeaderTokenizer();
  #hasStartLine = true;
  /** Bytes of a section that has not ended yet. */
  #partial: Buffer = EMPTY;
  #partialLength = 0;

  /** @param maxBytes longest section that is accepted */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The start line without its line end. */
  get startLine(): string {
    return this.text.slice(0, this.#tokenizer.marks[0]);
  }

  begin(start: StartLine): void {
    this.#hasStartLine = start !== "none";
    this.#partialLength = 0;
    this.#tokenizer.begin(start);
  }

  /** @returns the offset after the section, NEED_MORE_BYTES or MALFORMED */
  read(bytes: Buffer, at: number, end: number): number {
    const before = this.#partialLength;
    if (before === 0) {
      const stop = this.#tokenizer.scan(bytes, at, at, end);
      if (stop === NEED_MORE_BYTES) this.#keep(bytes, at, end);
      return this.#finishScan(bytes, at, stop);
    }
    this.#keep(bytes, at, end);
    const scanned = this.#tokenizer.scan(this.#partial, 0, before, this.#partialLength);
    const stop = this.#finishScan(this.#partial, 0, scanned);
    return stop < 0 ? stop : at + stop - before;
  }

  /** Names and values in turn, without the white space around values (RFC 9110 §5.5). */
  fields(): readonly string[] {
    const { marks, count } = this.#tokenizer;
    const first = this.#hasStartLine ? 1 : 0;
    if (first === count) return NO_FIELDS;
    const fields: string[] = [];
    let nameStart = this.#hasStartLine ? (marks[0] as number) + 2 : 0;
    for (let mark = first; mark < count; mark += 2) {
      const colon = marks[mark] as number;
      const lineEnd = marks[mark + 1] as number;
      fields.push(this.text.slice(nameStart, colon), sliceTrimmed(this.text, colon + 1, lineEnd));
      nameStart = lineEnd + 2;
    }
    return fields;
  }

  #finishScan(bytes: Buffer, base: number, stop: number): number {
    if (stop === MALFORMED) return this.#fail(this.#tokenizer.problem, this.#tokenizer.isTooLarge);
    const length = stop === NEED_MORE_BYTES ? this.#partialLength : stop - base;
    if (length > this.#maxBytes) return this.#fail("the head or the trailer section is too long", true);
    if (stop === NEED_MORE_BYTES) return NEED_MORE_BYTES;
    this.text = bytes.toString("latin1", base, stop);
    this.#partialLength = 0;
    // Thousands of connections can be idle after one large head each.
    if (this.#partial.length > INITIAL_BUFFER_BYTES) this.#partial = EMPTY;
    return stop;
  }

  /** Keeps at most one byte more than the limit, which is enough to detect that the section is too long. */
  #keep(bytes: Buffer, at: number, end: number): void {
    const added = Math.min(end - at, this.#maxBytes + 1 - this.#partialLength);
    const length = this.#partialLength + added;
    if (length > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(INITIAL_BUFFER_BYTES, 2 * this.#partial.length, length));
      this.#partial.copy(grown, 0, 0, this.#partialLength);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialLength, at, at + added);
    this.#partialLength = length;
  }

  #fail(problem: string, isTooLarge: boolean): number {
    this.problem = problem;
    this.isTooLarge = isTooLarge;
    return MALFORMED;
  }
}

function sliceTrimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
