import { isText } from "./header-section.ts";

/** Of all chunk extensions of one message: they mean nothing to us, and must not go on for ever. */
const MAX_EXTENSION_BYTES = 16 * 1024;
/** A chunk of more hexadecimal digits is too large for a number to hold. */
const MAX_SIZE_DIGITS = 13;
const HEX = 16;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;

/** Where the pieces of one read are put together, of whatever message: nobody needs them after that read. */
const JOINED = Buffer.allocUnsafeSlow(64 * 1024);

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;

/** RFC 9112 §7.1: takes the chunked transfer coding off. The bytes may come in any pieces. */
export class ChunkDecoder {
  /** The last chunk has come; trailers follow. */
  isOver = false;
  /** Why the bytes are not chunked. */
  problem = "";
  /** The problem is that there is too much between the chunks. */
  isTooLarge = false;
  #state = SIZE;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  /** What this read has brought of the body, without what stood between. */
  #out: Buffer | null = null;
  #outLength = 0;

  begin(): void {
    this.isOver = false;
    this.problem = "";
    this.isTooLarge = false;
    this.#extensionBytes = 0;
    this.#expectSize();
  }

  /** @returns where it stopped: at the end, behind the last chunk, or at a problem */
  read(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end && !this.isOver && this.problem === "") {
      if (this.#state === DATA) at = this.#data(bytes, at, end);
      else {
        this.#frame(bytes[at] as number);
        at += 1;
      }
    }
    return at;
  }

  /** What the last read has brought of the body, as one piece that is good until the next read. */
  take(): Buffer | null {
    const out = this.#out;
    this.#out = null;
    return out === null ? null : out.subarray(0, this.#outLength);
  }

  #data(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(at + this.#size, end);
    if (this.#out === null) {
      // No more than that can still be in this read.
      this.#out = end - at <= JOINED.length ? JOINED : Buffer.allocUnsafe(end - at);
      this.#outLength = 0;
    }
    bytes.copy(this.#out, this.#outLength, at, stop);
    this.#outLength += stop - at;
    this.#size -= stop - at;
    if (this.#size === 0) this.#state = DATA_CR;
    return stop;
  }

  #frame(byte: number): void {
    switch (this.#state) {
      case SIZE:
        return this.#sizeByte(byte);
      case EXTENSION:
        return this.#extensionByte(byte);
      case SIZE_LF:
        if (byte !== LF) this.problem = "a CR without LF behind the size of a chunk";
        else if (this.#size === 0) this.isOver = true;
        else this.#state = DATA;
        return;
      case DATA_CR:
        if (byte !== CR) this.problem = "a chunk is longer than its size";
        this.#state = DATA_LF;
        return;
      default:
        if (byte !== LF) this.problem = "a CR without LF behind a chunk";
        this.#expectSize();
    }
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#digits += 1;
      this.#size = this.#size * HEX + digit;
      if (this.#digits > MAX_SIZE_DIGITS) this.problem = "a chunk is too large";
    } else if (this.#digits === 0) this.problem = "the size of a chunk is no number";
    else if (byte === CR) this.#state = SIZE_LF;
    else if (byte === SEMICOLON) this.#state = EXTENSION;
    else this.problem = "the size of a chunk is no number";
  }

  #extensionByte(byte: number): void {
    this.#extensionBytes += 1;
    if (byte === CR) this.#state = SIZE_LF;
    else if (!isText(byte)) this.problem = "a chunk extension has a byte that must not be there";
    else if (this.#extensionBytes > MAX_EXTENSION_BYTES) {
      this.problem = "the chunk extensions are too long";
      this.isTooLarge = true;
    }
  }

  #expectSize(): void {
    this.#state = SIZE;
    this.#size = 0;
    this.#digits = 0;
  }
}

/** @returns -1 for any other byte */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
