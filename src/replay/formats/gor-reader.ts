import { quoted } from "../quoted.ts";
import { MAX_RECORD_BYTES, tooLong, type Outcome, type RecordReader, type RecordSink } from "../record-sink.ts";
import { outcomeOf } from "../request-outcome.ts";
import { parseMessage } from "./parse-message.ts";

/** Ends every record. */
const SEPARATOR = Buffer.from("\n🐵🙈🙉\n");
/** Type, id, Unix time in nanoseconds, and the duration of a response: `1 932079936fa4306fc308d675 1439818823587396305 0`. */
const HEAD = /^([123]) ([\da-f]+) (\d+)(?: -?\d+)?$/;
const REQUEST = "1";
const NS_PER_MS = 1_000_000;
/** An id of a captured request begins with address and ports of the client: `internal/tcp/tcp_message.go` of GoReplay. */
const CAPTURED_ID_DIGITS = 24;
const CONNECTION_DIGITS = 16;
const LF = 0x0a;
const NO_BYTES = Buffer.alloc(0);

/** Reads what GoReplay writes with `--output-file`. The lane is the connection of the client, if GoReplay captured it. */
export class GorReader implements RecordReader {
  readonly #sink: RecordSink;
  /** Pieces of a record that has not ended yet. */
  #pieces: Buffer[] = [];
  /** With those that were dropped because the record is too long. */
  #length = 0;
  /** The last bytes, because a separator can be in two pieces. */
  #tail: Buffer = NO_BYTES;
  #record = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    const carried = this.#tail;
    const all = carried.length === 0 ? bytes : Buffer.concat([carried, bytes]);
    let start = 0;
    for (let end = all.indexOf(SEPARATOR); end !== -1; end = all.indexOf(SEPARATOR, start)) {
      this.#keep(all.subarray(start, end));
      this.#finish();
      start = end + SEPARATOR.length;
    }
    const complete = Math.max(start, all.length - (SEPARATOR.length - 1));
    this.#keep(all.subarray(start, complete));
    this.#tail = all.subarray(complete);
  }

  end(): void {
    this.#keep(this.#tail);
    this.#tail = NO_BYTES;
    if (this.#length > 0) this.#finish();
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length <= MAX_RECORD_BYTES) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #finish(): void {
    this.#record += 1;
    const outcome =
      this.#length > MAX_RECORD_BYTES
        ? tooLong(MAX_RECORD_BYTES)
        : readGorRecord(Buffer.concat(this.#pieces, this.#length));
    this.#sink.record(outcome, `record ${this.#record}`);
    this.#pieces = [];
    this.#length = 0;
  }
}

/** Whether a line is the first one of a record, for detection. */
export function isGorHead(line: string): boolean {
  return HEAD.test(line);
}

/** @param record without the separator */
function readGorRecord(record: Buffer): Outcome {
  const lineEnd = record.indexOf(LF);
  const head = record.toString("latin1", 0, lineEnd === -1 ? record.length : lineEnd);
  const [, type, id = "", nanoseconds] = HEAD.exec(head) ?? [];
  if (type === undefined) return { problem: `${quoted(head)} does not begin a record of GoReplay` };
  if (type !== REQUEST) return { skipped: "response" };
  if (lineEnd === -1) return { problem: "the record has no request" };
  const message = parseMessage(record.subarray(lineEnd + 1));
  if ("problem" in message) return message;
  const lane = id.length === CAPTURED_ID_DIGITS ? id.slice(0, CONNECTION_DIGITS) : undefined;
  const at = Math.floor(Number(nanoseconds) / NS_PER_MS);
  return outcomeOf({ ...message, at, lane });
}
