import { unreachable } from "../lib/unreachable.ts";
import type { RecordingFormat } from "../model/replay/recording.ts";
import { readAccessLogLine } from "./formats/access-log-line.ts";
import { GorReader } from "./formats/gor-reader.ts";
import { HarReader } from "./formats/json/har-reader.ts";
import { readNdjsonLine } from "./formats/json/ndjson-line.ts";
import { SpreadSeconds } from "./formats/spread-seconds.ts";
import { readUrlLine } from "./formats/url-line.ts";
import { LineReader } from "./line-reader.ts";
import { MAX_HEAD_LINE_BYTES, MAX_RECORD_BYTES, type RecordReader, type RecordSink } from "./record-sink.ts";

/** Creates the reader of a format. */
export function createReader(format: RecordingFormat, sink: RecordSink): RecordReader {
  switch (format) {
    case "har":
      return new HarReader(sink);
    case "gor":
      return new GorReader(sink);
    case "ndjson":
      return new LineReader(readNdjsonLine, sink, MAX_RECORD_BYTES);
    case "urls":
      return new LineReader(readUrlLine, sink, MAX_HEAD_LINE_BYTES);
    case "access-log":
      return new AccessLogReader(sink);
  }
  return unreachable(format);
}

class AccessLogReader implements RecordReader {
  readonly #spread: SpreadSeconds;
  readonly #lines: LineReader;

  constructor(sink: RecordSink) {
    this.#spread = new SpreadSeconds(sink);
    this.#lines = new LineReader(readAccessLogLine, this.#spread, MAX_HEAD_LINE_BYTES);
  }

  push(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  end(): void {
    this.#lines.end();
    this.#spread.flush();
  }
}
