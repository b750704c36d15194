import type { BrokenRecord, MaskedPart, RecordingProgress, SkippedRecord } from "../model/replay/recording.ts";

const MAX_PROBLEMS = 5;

/** Counts what is read. */
export class ProgressCounter implements RecordingProgress {
  bytesRead = 0;
  readonly bytesTotal: number | null;
  read = 0;
  filteredOut = 0;
  readonly skipped: Record<SkippedRecord, number> = { method: 0, scheme: 0, upgrade: 0, response: 0, empty: 0 };
  readonly masked: Record<MaskedPart, number> = { target: 0, headers: 0, body: 0 };
  broken = 0;
  readonly firstProblems: BrokenRecord[] = [];

  constructor(bytesTotal: number | null) {
    this.bytesTotal = bytesTotal;
  }

  addBytes(count: number): void {
    this.bytesRead += count;
  }

  addBroken(record: BrokenRecord): void {
    this.broken += 1;
    if (this.firstProblems.length < MAX_PROBLEMS) this.firstProblems.push(record);
  }
}
