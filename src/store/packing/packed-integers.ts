/**
 * Non-negative integers of seven bits a byte, the low ones first; every byte but the last has its highest bit set. As in Protocol
 * Buffers, but up to 2^53 - 1.
 */
const SEVEN_BITS = 128;
const LONGEST = 8;
const INITIAL_BYTES = 4_096;

/** Shared by all writers: only one is in use at a time. */
let memory = new Uint8Array(INITIAL_BYTES);

/** Writes integers and bytes one after the other. Call `take` before another writer is created. */
export class IntegerWriter {
  #end = 0;

  /** @throws RangeError if it is not such an integer */
  write(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`A block cannot store the number ${value}.`);
    this.#reserve(LONGEST);
    let rest = value;
    for (; rest >= SEVEN_BITS; rest = Math.floor(rest / SEVEN_BITS)) {
      memory[this.#end++] = (rest % SEVEN_BITS) + SEVEN_BITS;
    }
    memory[this.#end++] = rest;
  }

  writeBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    memory.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  take(): Uint8Array {
    return memory.slice(0, this.#end);
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= memory.length) return;
    const grown = new Uint8Array(Math.max(this.#end + bytes, 2 * memory.length));
    grown.set(memory.subarray(0, this.#end));
    memory = grown;
  }
}

/** Reads what an `IntegerWriter` has written. */
export class IntegerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  read(): number {
    let byte = this.#bytes[this.#at++] ?? 0;
    if (byte < SEVEN_BITS) return byte;
    let value = byte - SEVEN_BITS;
    for (let scale = SEVEN_BITS; ; scale *= SEVEN_BITS) {
      byte = this.#bytes[this.#at++] ?? 0;
      if (byte < SEVEN_BITS) return value + byte * scale;
      value += (byte - SEVEN_BITS) * scale;
    }
  }

  /** @returns a view */
  readBytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
