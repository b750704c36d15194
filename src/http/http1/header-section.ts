/** Field lines of one head or trailer section; beyond that it is refused. */
const MAX_FIELDS = 2_000;

/** More bytes are needed. */
export const MORE = -1;
/** The bytes are no HTTP; `problem` says why. */
export const BROKEN = -2;

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const DEL = 0x7f;
const BYTES = 256;

const PREFIX = 0;
const START_LINE = 1;
const LINE = 2;
const NAME = 3;
const VALUE = 4;
const LINE_LF = 5;
const LAST_LF = 6;

/** How every status line begins. */
const VERSION = Buffer.from("HTTP/1.");
/** RFC 9110 §5.6.2: bytes of a token. */
const IS_TOKEN = new Uint8Array(BYTES);
for (const byte of Buffer.from("!#$%&'*+-.^_`|~")) IS_TOKEN[byte] = 1;
for (let byte = 0; byte < BYTES; byte += 1) if (/[\da-z]/i.test(String.fromCharCode(byte))) IS_TOKEN[byte] = 1;
/** RFC 9110 §5.5: visible, space, tab and what is outside ASCII; CR, LF and NUL end no value by themselves. */
const IS_TEXT = new Uint8Array(BYTES).fill(1, SP).fill(0, DEL, DEL + 1);
IS_TEXT[HTAB] = 1;

/** What a section begins with; trailers have no line of their own before them. */
export type StartLine = "request" | "status" | "none";

/** Whether a byte may stand in a field value, a reason phrase or a chunk extension. */
export function isText(byte: number): boolean {
  return IS_TEXT[byte] === 1;
}

/**
 * Finds the lines of a head, or of a trailer section, and judges every byte of them (RFC 9112 §3, §4, §5): a bare CR or LF,
 * NUL, a folded line, a space before the colon and whatever else could be understood in two ways is refused. It goes on
 * where it stopped, so that the bytes may come in any pieces.
 */
export class Section {
  /** Ends of the start line, if there is one, and then of each name and each value in turn, from the section's first byte. */
  readonly marks: number[] = [];
  /** Of the marks, those that hold for this section. */
  count = 0;
  problem = "";
  /** The problem is that there is too much of it. */
  isTooLarge = false;
  #state = PREFIX;

  begin(start: StartLine): void {
    this.count = 0;
    this.problem = "";
    this.isTooLarge = false;
    this.#state = start === "status" ? PREFIX : start === "request" ? START_LINE : LINE;
  }

  /**
   * @param base where the section begins
   * @param from the first byte that was not looked at so far
   * @returns where the section ends, MORE or BROKEN
   */
  scan(bytes: Uint8Array, base: number, from: number, end: number): number {
    let at = from;
    while (at < end) {
      const byte = bytes[at] as number;
      switch (this.#state) {
        case PREFIX:
          if (at - base === VERSION.length) this.#state = START_LINE;
          else if (byte === VERSION[at - base]) at += 1;
          else return this.#broken("the answer is not HTTP/1");
          break;
        case START_LINE:
        case VALUE:
          while (at < end && IS_TEXT[bytes[at] as number] === 1) at += 1;
          if (at === end) break;
          if (bytes[at] !== CR) return this.#broken("a line has a byte that must not be there");
          this.#mark(at - base);
          at += 1;
          this.#state = LINE_LF;
          break;
        case LINE_LF:
          if (byte !== LF) return this.#broken("a CR without LF");
          at += 1;
          this.#state = LINE;
          break;
        case LINE:
          if (byte === CR) {
            at += 1;
            this.#state = LAST_LF;
          } else if (IS_TOKEN[byte] === 1) this.#state = NAME;
          else return this.#broken("a field line does not begin with a name");
          break;
        case NAME:
          while (at < end && IS_TOKEN[bytes[at] as number] === 1) at += 1;
          if (at === end) break;
          if (bytes[at] !== COLON) return this.#broken("a field name has a byte that must not be there");
          if (this.count >= 2 * MAX_FIELDS) return this.#tooLarge();
          this.#mark(at - base);
          at += 1;
          this.#state = VALUE;
          break;
        default:
          return byte === LF ? at + 1 : this.#broken("a CR without LF");
      }
    }
    return MORE;
  }

  #mark(offset: number): void {
    this.marks[this.count] = offset;
    this.count += 1;
  }

  #tooLarge(): number {
    this.isTooLarge = true;
    return this.#broken(`more than ${MAX_FIELDS} fields`);
  }

  #broken(problem: string): number {
    this.problem = problem;
    return BROKEN;
  }
}
