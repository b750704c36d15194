import type { RecordedRequest, SkippedRecord } from "../model/replay/recording.ts";

/** A request whose place the sink adds. */
export type ReadRequest = Omit<RecordedRequest, "place">;

/** What a record turned out to be. */
export type Outcome =
  | { readonly request: ReadRequest }
  | { readonly skipped: SkippedRecord }
  /** One line that completes a sentence which begins with the place. */
  | { readonly problem: string };

/** Receives the records of one file, in their order. */
export interface RecordSink {
  /** @param where within the file, such as a line: `17`, or `entry 17` */
  record(outcome: Outcome, where: string): void;
}

/** Reads the bytes of one file, which come in pieces of any size. */
export interface RecordReader {
  /** @param bytes belong to the reader */
  push(bytes: Buffer): void;
  /** The file is complete. */
  end(): void;
}

const MIB = 1024 * 1024;
/** A record that is longer is broken: it would have to fit into memory. */
export const MAX_RECORD_BYTES = 16 * MIB;
/** Of a record without a body. Regular expressions read it, whose stack is limited. */
export const MAX_HEAD_LINE_BYTES = MIB;

/** @param maxBytes whole mebibytes */
export function tooLong(maxBytes: number): Outcome {
  return { problem: `longer than ${maxBytes / MIB} MiB` };
}
