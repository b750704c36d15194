import type { OnQuirk } from "../../model/capture.ts";
import { HeaderTokenizer, MALFORMED, NEED_MORE_BYTES, type StartLine } from "./header-tokenizer.ts";
import { readToleratedSection, type ToleratedSection, ToleratedSectionEnd } from "./tolerated-section.ts";
import { trimBlanks } from "./trim-blanks.ts";

/** More field lines than this in one section are refused, unless another limit is given. */
const MAX_FIELDS = 2_000;
const INITIAL_BUFFER_BYTES = 1024;
const TOO_LONG = "the head or the trailer section is too long";
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
  readonly #maxFields: number;
  readonly #onQuirk: OnQuirk | null;
  readonly #tokenizer: HeaderTokenizer;
  #hasStartLine = true;
  /** The strict tokenizer has refused the section, whose end is not found yet. */
  #toleratedEnd: ToleratedSectionEnd | null = null;
  /** The section, if the strict tokenizer has refused it. */
  #tolerated: ToleratedSection | null = null;
  /** Bytes of a section that has not ended yet. */
  #partial: Buffer = EMPTY;
  #partialLength = 0;

  /**
   * @param maxBytes longest section that is accepted
   * @param onQuirk receives deviations that are tolerated; null: none is
   */
  constructor(maxBytes: number, maxFields = MAX_FIELDS, onQuirk: OnQuirk | null = null) {
    this.#maxBytes = maxBytes;
    this.#maxFields = maxFields;
    this.#onQuirk = onQuirk;
    this.#tokenizer = new HeaderTokenizer(maxFields);
  }

  /** The start line without its line end. */
  get startLine(): string {
    return this.#tolerated?.startLine ?? this.text.slice(0, this.#tokenizer.marks[0]);
  }

  begin(start: StartLine): void {
    this.#hasStartLine = start !== "none";
    this.#partialLength = 0;
    this.#toleratedEnd = null;
    this.#tolerated = null;
    this.#tokenizer.begin(start);
  }

  /** @returns the offset after the section, NEED_MORE_BYTES or MALFORMED */
  read(bytes: Buffer, at: number, end: number): number {
    const before = this.#partialLength;
    if (before === 0) {
      const stop = this.#tokenizer.scan(bytes, at, at, end);
      if (stop === NEED_MORE_BYTES) this.#keep(bytes, at, end);
      else if (stop === MALFORMED && this.#beginTolerated()) {
        this.#keep(bytes, at, end);
        return this.#readTolerated(at);
      }
      return this.#finishScan(bytes, at, stop);
    }
    this.#keep(bytes, at, end);
    if (this.#toleratedEnd !== null) return this.#readTolerated(at - before);
    const scanned = this.#tokenizer.scan(this.#partial, 0, before, this.#partialLength);
    if (scanned === MALFORMED && this.#beginTolerated()) return this.#readTolerated(at - before);
    const stop = this.#finishScan(this.#partial, 0, scanned);
    return stop < 0 ? stop : at + stop - before;
  }

  /** Names and values in turn, without the white space around values (RFC 9110 §5.5). */
  fields(): readonly string[] {
    if (this.#tolerated !== null) return this.#tolerated.fields;
    const { marks, count } = this.#tokenizer;
    const first = this.#hasStartLine ? 1 : 0;
    if (first === count) return NO_FIELDS;
    const fields: string[] = [];
    let nameStart = this.#hasStartLine ? (marks[0] as number) + 2 : 0;
    for (let mark = first; mark < count; mark += 2) {
      const colon = marks[mark] as number;
      const lineEnd = marks[mark + 1] as number;
      fields.push(this.text.slice(nameStart, colon), trimBlanks(this.text, colon + 1, lineEnd));
      nameStart = lineEnd + 2;
    }
    return fields;
  }

  #finishScan(bytes: Buffer, base: number, stop: number): number {
    if (stop === MALFORMED) return this.#fail(this.#tokenizer.problem, this.#tokenizer.isTooLarge);
    const length = stop === NEED_MORE_BYTES ? this.#partialLength : stop - base;
    if (length > this.#maxBytes) return this.#fail(TOO_LONG, true);
    if (stop === NEED_MORE_BYTES) return NEED_MORE_BYTES;
    this.text = bytes.toString("latin1", base, stop);
    this.#forgetPartial();
    return stop;
  }

  #beginTolerated(): boolean {
    if (this.#onQuirk === null || this.#tokenizer.isTooLarge) return false;
    this.#toleratedEnd = new ToleratedSectionEnd(this.#hasStartLine);
    return true;
  }

  /** @param base offset that the section would begin at in the current bytes */
  #readTolerated(base: number): number {
    const end = this.#toleratedEnd as ToleratedSectionEnd;
    const stop = end.find(this.#partial, this.#partialLength);
    if (end.isHopeless) return this.#fail(this.#tokenizer.problem, false);
    if ((stop < 0 ? this.#partialLength : stop) > this.#maxBytes) return this.#fail(TOO_LONG, true);
    if (stop < 0) return NEED_MORE_BYTES;
    this.text = this.#partial.toString("latin1", 0, stop);
    // Start line and empty line come on top.
    const maxLines = this.#maxFields + 2;
    const section = readToleratedSection(this.text, this.#hasStartLine, maxLines, this.#onQuirk as OnQuirk);
    if (section.problem !== "") return this.#fail(section.problem, false);
    this.#tolerated = section;
    this.#forgetPartial();
    return base + stop;
  }

  #forgetPartial(): void {
    this.#partialLength = 0;
    // Thousands of connections can be idle after one large head each.
    if (this.#partial.length > INITIAL_BUFFER_BYTES) this.#partial = EMPTY;
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
