import { ChunkExtensions } from "./chunk-extensions.ts";
import type { OnQuirk } from "../../model/capture.ts";
import { isBlank } from "./trim-blanks.ts";

/** Limit for all chunk extensions of a request: they are ignored and must not be endless. */
const MAX_EXTENSION_BYTES = 16 * 1024;
/** Limit for what comes with one chunk size of a response: some servers add an extension to each of many chunks. */
const MAX_TOLERATED_LINE_BYTES = 256 * 1024;
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
const STATE = { size: 0, extension: 1, sizeLf: 2, data: 3, dataCr: 4, dataLf: 5, padding: 6, ignored: 7 } as const;
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
  readonly #extensions = new ChunkExtensions();
  readonly #onQuirk: OnQuirk | null;
  #state: ChunkState = STATE.size;
  #size = 0;
  /** Without the zeros at the start of a tolerated size. */
  #digits = 0;
  #hasDigit = false;
  /** Of the extensions of the message; with tolerance, of one line apart from its size. */
  #extensionBytes = 0;
  /** Body bytes of the current read, without the framing between them. */
  #output: Buffer | null = null;
  #outputLength = 0;

  /**
   * @param onQuirk receives deviations that are tolerated; null: only white space around a size is, which a recipient must
   * parse (RFC 9112 §7.1.1)
   */
  constructor(onQuirk: OnQuirk | null) {
    this.#onQuirk = onQuirk;
  }

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
      case STATE.padding:
        return this.#readPadding(byte);
      case STATE.ignored:
        if (!this.#endsSize(byte)) this.#countExtensionByte();
        return;
      case STATE.sizeLf:
        if (byte === LF) this.#endSize();
        else this.problem = "a CR without LF after a chunk size";
        return;
      case STATE.dataCr:
        if (byte === CR) this.#state = STATE.dataLf;
        else if (byte === LF && this.#onQuirk !== null) this.#expectSizeAfterBareLf(this.#onQuirk);
        else this.problem = "a chunk is longer than its size";
        return;
      case STATE.dataLf:
        if (byte !== LF) this.problem = "a CR without LF after a chunk";
        this.#expectSize();
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== -1) {
      this.#hasDigit = true;
      if (digit === 0 && this.#size === 0 && this.#onQuirk !== null) return this.#countExtensionByte();
      this.#digits += 1;
      this.#size = this.#size * HEX + digit;
      if (this.#digits > MAX_SIZE_DIGITS) this.problem = "a chunk is too large";
    } else if (!this.#hasDigit) this.problem = "a chunk size is not a number";
    else if (this.#endsSize(byte)) return;
    else if (byte === SEMICOLON || (this.#onQuirk === null && isBlank(byte))) {
      this.#state = STATE.extension;
      this.#extensions.begin(byte);
    } else if (isBlank(byte)) {
      this.#state = STATE.padding;
      this.#onQuirk?.("chunk-padding");
    } else this.problem = "a chunk size is not a number";
  }

  /** Only with tolerance. */
  #readPadding(byte: number): void {
    if (this.#endsSize(byte)) return;
    if (isBlank(byte)) return this.#countExtensionByte();
    if (byte !== SEMICOLON) {
      this.problem = "a chunk size is not a number";
      return;
    }
    this.#state = STATE.extension;
    this.#extensions.begin(byte);
  }

  #readExtension(byte: number): void {
    if (this.#endsSize(byte)) {
      if (!this.#extensions.canEnd) this.#deviate("a chunk extension is incomplete");
      return;
    }
    this.#countExtensionByte();
    if (!this.#extensions.accepts(byte)) this.#deviate("a chunk extension contains a forbidden byte");
  }

  /** @returns whether the byte ends the line of a size */
  #endsSize(byte: number): boolean {
    if (byte === CR) this.#state = STATE.sizeLf;
    else if (byte === LF && this.#onQuirk !== null) {
      this.#onQuirk("bare-lf");
      this.#endSize();
    } else return false;
    return true;
  }

  #endSize(): void {
    if (this.#size === 0) this.isComplete = true;
    else this.#state = STATE.data;
  }

  /** An extension breaks its grammar. What it says is ignored in any case. */
  #deviate(problem: string): void {
    if (this.#onQuirk === null) {
      this.problem = problem;
      return;
    }
    this.#onQuirk("chunk-extension");
    if (this.#state === STATE.extension) this.#state = STATE.ignored;
  }

  #countExtensionByte(): void {
    this.#extensionBytes += 1;
    if (this.#extensionBytes <= (this.#onQuirk === null ? MAX_EXTENSION_BYTES : MAX_TOLERATED_LINE_BYTES)) return;
    this.problem = "the chunk extensions are too long";
    this.isTooLarge = true;
  }

  #expectSizeAfterBareLf(onQuirk: OnQuirk): void {
    onQuirk("bare-lf");
    this.#expectSize();
  }

  #expectSize(): void {
    this.#state = STATE.size;
    this.#size = 0;
    this.#digits = 0;
    this.#hasDigit = false;
    if (this.#onQuirk !== null) this.#extensionBytes = 0;
  }
}

/** @returns the value of a hexadecimal digit, or -1 for any other byte */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
