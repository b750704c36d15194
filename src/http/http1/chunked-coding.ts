import { isText } from "./header-tokenizer.ts";

/** Limit for all chunk extensions of one message: they are ignored and must not be endless. */
const MAX_EXTENSION_BYTES = 16 * 1024;
/** More hexadecimal digits than this exceed the range of exact integers. */
const MAX_SIZE_DIGITS = 13;
const HEX = 16;

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;

/** Line end after the bytes of a chunk. */
export const CHUNK_END = "\r\n";

/** Collects the chunks of one read. All decoders share it, because its bytes are valid only until the next read. */
const SHARED_OUTPUT = Buffer.allocUnsafeSlow(64 * 1024);

/** Numbers, because comparing them is faster than comparing strings and this runs for every byte between chunks. */
const STATE = { size: 0, extension: 1, sizeLf: 2, data: 3, dataCr: 4, dataLf: 5 } as const;
type ChunkState = (typeof STATE)[keyof typeof STATE];

/** Writes the line before the bytes of a chunk. A chunk without bytes would end the body. */
export function writeChunkHead(length: number): string {
  return `${length.toString(HEX)}\r\n`;
}

/** Writes the last chunk and the trailer section. @param trailerLines field lines; empty for no trailers */
export function writeLastChunk(trailerLines: string): string {
  return `0\r\n${trailerLines}\r\n`;
}

/** Decodes the chunked transfer coding (RFC 9112 §7.1). The bytes can arrive in pieces of any size. */
export class ChunkDecoder {
  /** The last chunk was read; the trailer section follows. */
  isComplete = false;
  /** Why the bytes are not chunked; empty if they are. */
  problem = "";
  /** The chunk extensions are too long. */
  isTooLarge = false;
  #state: ChunkState = STATE.size;
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  /** Body bytes of the current read, without the framing between them. */
  #output: Buffer | null = null;
  #outputLength = 0;

  begin(): void {
    this.isComplete = false;
    this.problem = "";
    this.isTooLarge = false;
    this.#extensionBytes = 0;
    this.#expectSize();
  }

  /** @returns the offset where it stopped: at the end, after the last chunk, or at a problem */
  read(bytes: Buffer, from: number, end: number): number {
    let at = from;
    while (at < end && !this.isComplete && this.problem === "") {
      const state = this.#state;
      if (state === STATE.data) at = this.#readData(bytes, at, end);
      else {
        this.#readFraming(state, bytes[at] as number);
        at += 1;
      }
    }
    return at;
  }

  /** Returns the body bytes of the last read as one piece, which is valid until the next read. */
  take(): Buffer | null {
    const output = this.#output;
    this.#output = null;
    return output === null ? null : output.subarray(0, this.#outputLength);
  }

  #readData(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(at + this.#size, end);
    if (this.#output === null) {
      // This read cannot contain more than that.
      this.#output = end - at <= SHARED_OUTPUT.length ? SHARED_OUTPUT : Buffer.allocUnsafe(end - at);
      this.#outputLength = 0;
    }
    bytes.copy(this.#output, this.#outputLength, at, stop);
    this.#outputLength += stop - at;
    this.#size -= stop - at;
    if (this.#size === 0) this.#state = STATE.dataCr;
    return stop;
  }

  #readFraming(state: Exclude<ChunkState, typeof STATE.data>, byte: number): void {
    switch (state) {
      case STATE.size:
        return this.#readSize(byte);
      case STATE.extension:
        return this.#readExtension(byte);
      case STATE.sizeLf:
        if (byte !== LF) this.problem = "a CR without LF after a chunk size";
        else if (this.#size === 0) this.isComplete = true;
        else this.#state = STATE.data;
        return;
      case STATE.dataCr:
        if (byte !== CR) this.problem = "a chunk is longer than its size";
        this.#state = STATE.dataLf;
        return;
      case STATE.dataLf:
        if (byte !== LF) this.problem = "a CR without LF after a chunk";
        this.#expectSize();
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#digits += 1;
      this.#size = this.#size * HEX + digit;
      if (this.#digits > MAX_SIZE_DIGITS) this.problem = "a chunk is too large";
    } else if (this.#digits === 0) this.problem = "a chunk size is not a number";
    else if (byte === CR) this.#state = STATE.sizeLf;
    else if (byte === SEMICOLON) this.#state = STATE.extension;
    else this.problem = "a chunk size is not a number";
  }

  #readExtension(byte: number): void {
    this.#extensionBytes += 1;
    if (byte === CR) this.#state = STATE.sizeLf;
    else if (!isText(byte)) this.problem = "a chunk extension contains a forbidden byte";
    else if (this.#extensionBytes > MAX_EXTENSION_BYTES) {
      this.problem = "the chunk extensions are too long";
      this.isTooLarge = true;
    }
  }

  #expectSize(): void {
    this.#state = STATE.size;
    this.#size = 0;
    this.#digits = 0;
  }
}

/** @returns the value of a hexadecimal digit, or -1 for any other byte */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
