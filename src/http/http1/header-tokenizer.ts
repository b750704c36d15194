/** Result of a read that used all bytes before the section ended. */
export const NEED_MORE_BYTES = -1;
/** Result of a read that found a byte that HTTP/1 does not allow; `problem` says which. */
export const MALFORMED = -2;

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const DEL = 0x7f;
const BYTES = 256;

/** Start of every status line. */
const VERSION = Buffer.from("HTTP/1.");
/** Bytes of a token (RFC 9110 §5.6.2). */
const IS_TOKEN = new Uint8Array(BYTES);
for (const byte of Buffer.from("!#$%&'*+-.^_`|~")) IS_TOKEN[byte] = 1;
for (let byte = 0; byte < BYTES; byte += 1) if (/[\da-z]/i.test(String.fromCharCode(byte))) IS_TOKEN[byte] = 1;
/** Bytes of a field value (RFC 9110 §5.5): visible ASCII, space, tab and bytes outside ASCII, but no CR, LF or NUL. */
const IS_TEXT = new Uint8Array(BYTES).fill(1, SP).fill(0, DEL, DEL + 1);
IS_TEXT[HTAB] = 1;

/** The line before the fields of a section; a trailer section has none. */
export type StartLine = "request" | "status" | "none";

/** Numbers, because comparing them is faster than comparing strings and this runs for every line of every message. */
const STATE = { version: 0, startLine: 1, lineStart: 2, name: 3, value: 4, lineLf: 5, finalLf: 6 } as const;
type TokenizerState = (typeof STATE)[keyof typeof STATE];

/** Whether a byte is allowed in a field value, a reason phrase or a chunk extension. */
export function isText(byte: number): boolean {
  return IS_TEXT[byte] === 1;
}

/** Whether a byte is allowed in a token (RFC 9110 §5.6.2). */
export function isTokenByte(byte: number): boolean {
  return IS_TOKEN[byte] === 1;
}

/**
 * Splits a head or a trailer section into lines, names and values, and checks every byte (RFC 9112 §3, §4, §5). It refuses
 * what two parsers could read differently: a bare CR or LF, NUL, a folded line, a space before the colon. The bytes can
 * arrive in pieces of any size; a scan continues where the previous one stopped.
 */
export class HeaderTokenizer {
  /** Offsets from the section's first byte: the end of the start line, if any, then the ends of each name and value. */
  readonly marks: number[] = [];
  /** Number of marks that belong to this section. */
  count = 0;
  problem = "";
  /** The section has too many fields. */
  isTooLarge = false;
  readonly #maxFields: number;
  #state: TokenizerState = STATE.version;

  /** @param maxFields a section with more fields is refused */
  constructor(maxFields: number) {
    this.#maxFields = maxFields;
  }

  begin(start: StartLine): void {
    this.count = 0;
    this.problem = "";
    this.isTooLarge = false;
    this.#state = start === "status" ? STATE.version : start === "request" ? STATE.startLine : STATE.lineStart;
  }

  /**
   * @param base offset of the section's first byte
   * @param from offset of the first byte that was not scanned yet
   * @returns the offset after the section, NEED_MORE_BYTES or MALFORMED
   */
  scan(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end) {
      const byte = bytes[at] as number;
      switch (this.#state) {
        case STATE.version:
          if (at - base === VERSION.length) this.#state = STATE.startLine;
          else if (byte === VERSION[at - base]) at += 1;
          else return this.#fail("the response is not HTTP/1");
          break;
        case STATE.startLine:
        case STATE.value:
          while (at < end && IS_TEXT[bytes[at] as number] === 1) at += 1;
          if (at === end) break;
          if (bytes[at] !== CR) return this.#fail("a line contains a forbidden byte");
          this.#mark(at - base);
          at += 1;
          this.#state = STATE.lineLf;
          break;
        case STATE.lineLf:
          if (byte !== LF) return this.#fail("a CR without LF");
          at += 1;
          this.#state = STATE.lineStart;
          break;
        case STATE.lineStart:
          if (byte === CR) {
            at += 1;
            this.#state = STATE.finalLf;
          } else if (IS_TOKEN[byte] === 1) this.#state = STATE.name;
          else return this.#fail("a field line does not begin with a name");
          break;
        case STATE.name:
          while (at < end && IS_TOKEN[bytes[at] as number] === 1) at += 1;
          if (at === end) break;
          if (bytes[at] !== COLON) return this.#fail("a field name contains a forbidden byte");
          if (this.count >= 2 * this.#maxFields) return this.#failTooLarge();
          this.#mark(at - base);
          at += 1;
          this.#state = STATE.value;
          break;
        case STATE.finalLf:
          return byte === LF ? at + 1 : this.#fail("a CR without LF");
      }
    }
    return NEED_MORE_BYTES;
  }

  #mark(offset: number): void {
    this.marks[this.count] = offset;
    this.count += 1;
  }

  #failTooLarge(): number {
    this.isTooLarge = true;
    return this.#fail(`more than ${this.#maxFields} fields`);
  }

  #fail(problem: string): number {
    this.problem = problem;
    return MALFORMED;
  }
}
