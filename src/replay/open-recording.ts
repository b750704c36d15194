import type { Parsed } from "../config/values/value-type.ts";
import { compileHeaderChange } from "../http/header-operations.ts";
import type { RecordedRequest, RecordingFormat, RecordingProgress } from "../model/replay/recording.ts";
import { createReader } from "./create-reader.ts";
import { detectFormat } from "./detect-format.ts";
import { parseRemovedHeaders, parseSetHeaders } from "./header-replacement.ts";
import { ProgressCounter } from "./progress-counter.ts";
import type { RecordReader, RecordSink } from "./record-sink.ts";
import { DamagedCompressionError, plainBytes, readBytes, ReplayInputError, sizeOf, STDIN } from "./recording-input.ts";
import { parseRequestFilter } from "./request-filter.ts";
import { RequestQueue, type QueueParts } from "./request-queue.ts";

/** What to replay, in the words of the command line. */
export interface RecordingOptions {
  readonly format: RecordingFormat | "auto";
  /** See `parseRequestFilter`. */
  readonly filters: readonly string[];
  /** `Name: value`; replaces the header or adds it. */
  readonly setHeaders: readonly string[];
  /** Names. */
  readonly removeHeaders: readonly string[];
  readonly stdin: AsyncIterable<Buffer>;
}

/** Recorded requests in one or more files. */
export interface Recording {
  /** The formats of the files read so far, such as `har` or `access-log, har`. */
  readonly format: string;
  readonly progress: RecordingProgress;
  /**
   * Reads the files in their order, as fast as the batches are taken. Ending the loop closes the file. Can be called again to
   * replay the recording again.
   * @throws {ReplayInputError} if a file cannot be read or its format is unknown
   */
  batches(): AsyncGenerator<readonly RecordedRequest[]>;
}

/** Enough for the first lines. */
const DETECTION_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);
const FORMATS_HELP =
  "expected a HAR, NDJSON of shadowdiff, a .gor file of GoReplay, an access log of nginx or Apache, or a list of URLs; " +
  "name it with --recording-format if it is one of them";

/**
 * @param files paths, or `-` for the standard input
 * @throws {ReplayInputError} if a file is missing, or for a filter or header that is not valid
 */
export async function openRecording(files: readonly string[], options: RecordingOptions): Promise<Recording> {
  const filter = valid("--filter", parseRequestFilter(options.filters));
  const set = valid("--set-header", parseSetHeaders(options.setHeaders));
  const remove = valid("--remove-header", parseRemovedHeaders(options.removeHeaders));
  const replaceHeaders = compileHeaderChange({ set, add: [], remove }) ?? ((headers) => headers);
  const sizes = await Promise.all(files.map(sizeOf));
  const bytesTotal = sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  return new FileRecording(files, options, { filter, replaceHeaders, progress: new ProgressCounter(bytesTotal) });
}

class FileRecording implements Recording {
  readonly progress: ProgressCounter;
  readonly #files: readonly string[];
  readonly #options: RecordingOptions;
  #parts: QueueParts;
  readonly #formats = new Set<RecordingFormat>();
  #stdinIsRead = false;
  #isCounted = false;

  constructor(files: readonly string[], options: RecordingOptions, parts: QueueParts) {
    this.#files = files;
    this.#options = options;
    this.#parts = parts;
    this.progress = parts.progress;
  }

  get format(): string {
    return [...this.#formats].join(", ");
  }

  async *batches(): AsyncGenerator<readonly RecordedRequest[]> {
    if (this.#isCounted) this.#parts = { ...this.#parts, progress: new ProgressCounter(null) };
    for (const file of this.#files) yield* this.#readFile(file);
    this.#isCounted = true;
  }

  async *#readFile(file: string): AsyncGenerator<readonly RecordedRequest[]> {
    if (file === STDIN && this.#stdinIsRead) {
      throw new ReplayInputError("the standard input can be read only once; save it to a file to repeat it");
    }
    this.#stdinIsRead ||= file === STDIN;
    const name = file === STDIN ? "stdin" : file;
    const queue = new RequestQueue(name, this.#parts);
    let reader: RecordReader | undefined;
    /** What was read before the format is known. */
    let start: Buffer = NO_BYTES;
    try {
      for await (const bytes of plainBytes(
        readBytes(file, this.#options.stdin, (count) => this.progress.addBytes(count)),
      )) {
        start = reader === undefined ? Buffer.concat([start, bytes]) : bytes;
        reader ??= this.#recognize(name, start, queue, start.length >= DETECTION_BYTES);
        reader?.push(start);
        yield* queue.takeBatches();
      }
    } catch (error) {
      if (!(error instanceof DamagedCompressionError)) throw error;
      queue.record({ problem: `the compressed data is damaged or incomplete (${error.message})` }, "end");
    }
    if (reader === undefined && start.length > 0) {
      reader = this.#recognize(name, start, queue, true);
      reader?.push(start);
    }
    reader?.end();
    yield* queue.takeBatches();
  }

  /** @param isLast a longer start does not help @returns undefined if a longer start is needed */
  #recognize(name: string, start: Buffer, sink: RecordSink, isLast: boolean): RecordReader | undefined {
    const { format: wanted } = this.#options;
    const format = wanted === "auto" ? detectFormat(start.toString("latin1"), isLast) : wanted;
    if (format === null) return undefined;
    if (format === undefined) throw new ReplayInputError(`${name}: unknown format; ${FORMATS_HELP}`);
    this.#formats.add(format);
    return createReader(format, sink);
  }
}

/** @throws {ReplayInputError} that names the option */
function valid<T>(option: string, parsed: Parsed<T>): T {
  if ("problem" in parsed) throw new ReplayInputError(`${option}: ${parsed.problem}`);
  return parsed.value;
}
