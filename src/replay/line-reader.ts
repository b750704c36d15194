import { tooLong, type Outcome, type RecordReader, type RecordSink } from "./record-sink.ts";

const LF = 0x0a;
const CR = 0x0d;

/** Reads a record from a line without its line break, one character per byte. @returns undefined for a line that is none */
export type ReadLine = (line: string) => Outcome | undefined;

/** Reads a file with one record per line. Lines end with LF or CRLF; the last line needs no end. */
export class LineReader implements RecordReader {
  readonly #readLine: ReadLine;
  readonly #sink: RecordSink;
  readonly #maxBytes: number;
  /** Pieces of a line that has not ended yet. */
  #pieces: Buffer[] = [];
  #length = 0;
  #line = 1;

  /** @param maxBytes a longer line is dropped while it is read */
  constructor(readLine: ReadLine, sink: RecordSink, maxBytes: number) {
    this.#readLine = readLine;
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  end(): void {
    if (this.#length > 0) this.#finish();
  }

  /** Drops the bytes of a line that is too long. */
  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length <= this.#maxBytes) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #finish(): void {
    const outcome = this.#length > this.#maxBytes ? tooLong(this.#maxBytes) : this.#readLine(this.#text());
    if (outcome !== undefined) this.#sink.record(outcome, `${this.#line}`);
    this.#line += 1;
    this.#pieces = [];
    this.#length = 0;
  }

  #text(): string {
    const [first] = this.#pieces;
    if (first === undefined) return "";
    const bytes = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#length);
    return bytes.toString("latin1", 0, bytes.at(-1) === CR ? bytes.length - 1 : bytes.length);
  }
}
