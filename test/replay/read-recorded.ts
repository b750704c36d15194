import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrokenRecord, RecordedRequest, RecordingProgress } from "../../src/model/replay/recording.ts";
import { openRecording, type RecordingOptions } from "../../src/replay/open-recording.ts";

export interface ReadRecording {
  readonly requests: readonly RecordedRequest[];
  readonly problems: readonly BrokenRecord[];
  readonly progress: RecordingProgress;
  readonly format: string;
}

export const DEFAULTS: RecordingOptions = {
  format: "auto",
  filters: [],
  setHeaders: [],
  removeHeaders: [],
  stdin: noBytes(),
};

/** Reads a recording from the standard input. @param pieces it comes in these */
export async function readRecorded(
  pieces: readonly (string | Buffer)[],
  options: Partial<RecordingOptions> = {},
): Promise<ReadRecording> {
  const recording = await openRecording(["-"], { ...DEFAULTS, stdin: iterate(pieces), ...options });
  const requests: RecordedRequest[] = [];
  for await (const batch of recording.batches()) requests.push(...batch);
  const { progress, format } = recording;
  return { requests, problems: progress.firstProblems, progress, format };
}

/** Reads one text. */
export async function readText(text: string, options: Partial<RecordingOptions> = {}): Promise<ReadRecording> {
  return readRecorded([text], options);
}

/** Header fields as `Name: value`. */
export function headerLines({ headers }: RecordedRequest): string[] {
  return headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
}

/** Runs with a folder that is removed afterwards. @returns its path */
export function withFiles(files: Readonly<Record<string, string | Buffer>>): {
  folder: string;
  [Symbol.dispose](): void;
} {
  const folder = mkdtempSync(join(tmpdir(), "replay-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

async function* iterate(pieces: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function* noBytes(): AsyncGenerator<Buffer> {}
