import { BROKEN, MORE, Section, type StartLine } from "./header-section.ts";

const FIRST_KEPT_BYTES = 1024;
const HTAB = 0x09;
const SP = 0x20;
const NO_FIELDS: readonly string[] = [];
const NOTHING = Buffer.alloc(0);

/** Reads a message's head, or its trailer section, from bytes that come in any pieces. */
export class SectionReader {
  /** The whole section, one character per byte; good when `read` has found its end. */
  text = "";
  /** Why the bytes are no HTTP; holds none of them. */
  problem = "";
  /** The problem is that there is too much of it. */
  isTooLarge = false;
  readonly #maxBytes: number;
  readonly #section = new Section();
  #hasStartLine = true;
  /** A section that has not come whole yet. */
  #kept: Buffer = NOTHING;
  #keptLength = 0;

  /** @param maxBytes a section beyond this is refused */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Some of the section has come, and more is needed. */
  get isPartial(): boolean {
    return this.#keptLength > 0;
  }

  /** Without the end of the line. */
  get startLine(): string {
    return this.text.slice(0, this.#section.marks[0]);
  }

  begin(start: StartLine): void {
    this.#hasStartLine = start !== "none";
    this.#keptLength = 0;
    this.#section.begin(start);
  }

  /** @returns where the section ends in these bytes, MORE when all are used, or BROKEN */
  read(bytes: Buffer, at: number, end: number): number {
    const before = this.#keptLength;
    if (before === 0) {
      const stop = this.#section.scan(bytes, at, at, end);
      if (stop === MORE) this.#keep(bytes, at, end);
      return this.#judged(bytes, at, stop);
    }
    this.#keep(bytes, at, end);
    const stop = this.#judged(this.#kept, 0, this.#section.scan(this.#kept, 0, before, this.#keptLength));
    return stop < 0 ? stop : at + stop - before;
  }

  /** Names and values in turn, without the white space around values (RFC 9110 §5.5). */
  fields(): readonly string[] {
    const { marks, count } = this.#section;
    const first = this.#hasStartLine ? 1 : 0;
    if (first === count) return NO_FIELDS;
    const fields: string[] = [];
    let nameStart = this.#hasStartLine ? (marks[0] as number) + 2 : 0;
    for (let mark = first; mark < count; mark += 2) {
      const colon = marks[mark] as number;
      const lineEnd = marks[mark + 1] as number;
      fields.push(this.text.slice(nameStart, colon), trimmed(this.text, colon + 1, lineEnd));
      nameStart = lineEnd + 2;
    }
    return fields;
  }

  #judged(bytes: Buffer, base: number, stop: number): number {
    if (stop === BROKEN) return this.#broken(this.#section.problem, this.#section.isTooLarge);
    const length = stop === MORE ? this.#keptLength : stop - base;
    if (length > this.#maxBytes) return this.#broken("the head, or the trailer section, is too long", true);
    if (stop === MORE) return MORE;
    this.text = bytes.toString("latin1", base, stop);
    this.#keptLength = 0;
    // Thousands of connections may be idle behind one large head each.
    if (this.#kept.length > FIRST_KEPT_BYTES) this.#kept = NOTHING;
    return stop;
  }

  /** Keeps as much as may be, and a byte more, which tells that it is too much. */
  #keep(bytes: Buffer, at: number, end: number): void {
    const added = Math.min(end - at, this.#maxBytes + 1 - this.#keptLength);
    const length = this.#keptLength + added;
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_KEPT_BYTES, 2 * this.#kept.length, length));
      this.#kept.copy(grown, 0, 0, this.#keptLength);
      this.#kept = grown;
    }
    bytes.copy(this.#kept, this.#keptLength, at, at + added);
    this.#keptLength = length;
  }

  #broken(problem: string, isTooLarge: boolean): number {
    this.problem = problem;
    this.isTooLarge = isTooLarge;
    return BROKEN;
  }
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
