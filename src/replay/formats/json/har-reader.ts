import { StringDecoder } from "node:string_decoder";
import { getManyValues, isMany, none } from "stream-chain/defs.js";
import { jsonParser } from "stream-json/core/parser.js";
import { MAX_RECORD_BYTES, tooLong, type RecordReader, type RecordSink } from "../../record-sink.ts";
import { EntryCollector } from "./entry-collector.ts";
import { readHarEntry } from "./har-entry.ts";

/** Reads a HAR (http://www.softwareishard.com/blog/har-12-spec/). The memory that it needs depends on the longest request only. */
export class HarReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #decoder = new StringDecoder();
  /** Emits each text in pieces, however long it is. */
  readonly #parser = jsonParser({ packValues: false, streamValues: true });
  readonly #collector = new EntryCollector((entry) => this.#read(entry));
  #entry = 0;
  #isStopped = false;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  push(bytes: Buffer): void {
    this.#parse(this.#decoder.write(bytes));
  }

  end(): void {
    this.#parse(this.#decoder.end());
    // The parser takes it as the end, which its type leaves out.
    this.#parse(none as never);
  }

  /** After a syntax error, there is no telling where the next entry begins. */
  #parse(text: string): void {
    if (this.#isStopped) return;
    try {
      const tokens = this.#parser(text);
      if (isMany(tokens)) for (const token of getManyValues(tokens)) this.#collector.accept(token);
    } catch (error) {
      this.#isStopped = true;
      const problem = `not JSON from here on; entries after it are not read (${(error as Error).message})`;
      this.#sink.record({ problem }, `after entry ${this.#entry}`);
    }
  }

  #read(entry: unknown): void {
    this.#entry += 1;
    this.#sink.record(entry === undefined ? tooLong(MAX_RECORD_BYTES) : readHarEntry(entry), `entry ${this.#entry}`);
  }
}
