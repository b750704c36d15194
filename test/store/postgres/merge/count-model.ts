import { minuteOfSlot } from "../../../../src/lib/time-slots.ts";
import type { ResultBatch } from "../../../../src/model/batch.ts";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";

const MINUTES_PER_DAY = 1_440;

/** Counts by the names of what is counted; zeros are left out. */
export class Sums {
  readonly #counts = new Map<string, number>();

  add(key: readonly unknown[], count: number): void {
    const text = JSON.stringify(key);
    const sum = (this.#counts.get(text) ?? 0) + count;
    if (sum === 0) this.#counts.delete(text);
    else this.#counts.set(text, sum);
  }

  entries(): (readonly [unknown[], number])[] {
    return [...this.#counts].map(([text, count]) => [JSON.parse(text) as unknown[], count]);
  }

  delete(isDeleted: (key: unknown[]) => boolean): void {
    for (const text of this.#counts.keys()) if (isDeleted(JSON.parse(text) as unknown[])) this.#counts.delete(text);
  }

  sorted(): string[] {
    return [...this.#counts].map(([text, count]) => `${text} ${count}`).toSorted();
  }
}

interface Pending {
  readonly run: number;
  readonly replica: number;
  readonly entry: LogEntry;
}

/** What should be counted, in memory: minutes come first in every key. */
export class CountModel {
  readonly pending: Pending[] = [];
  readonly outcomes = new Sums();
  /** minute, run, fate */
  readonly #fates = new Sums();
  /** minute, run, replica, thread */
  readonly #inFlight = new Sums();
  readonly #silent = new Set<number>();
  readonly #lost = new Set<number>();

  append(run: number, replica: number, entry: LogEntry): void {
    this.pending.push({ run, replica, entry });
    this.#silent.delete(replica);
  }

  fallSilent(replica: number): void {
    this.#silent.add(replica);
  }

  merge(): void {
    for (const { run, replica, entry } of this.pending.splice(0)) this.#count(run, replica, entry);
    this.#lost.clear();
    for (const replica of this.#silent) this.#lost.add(replica);
  }

  retain(day: number): void {
    const isGone = ([minute]: unknown[]): boolean => (minute as number) < day * MINUTES_PER_DAY;
    for (const sums of [this.outcomes, this.#fates, this.#inFlight]) sums.delete(isGone);
  }

  get fates(): Sums {
    const sums = new Sums();
    for (const [key, count] of this.#fates.entries()) sums.add(key, count);
    for (const [[minute, run, replica], count] of this.#inFlight.entries())
      sums.add([minute, run, this.#lost.has(replica as number) ? "interrupted" : "inFlight"], count);
    return sums;
  }

  #count(run: number, replica: number, entry: LogEntry): void {
    const own = (thread?: string) =>
      this.#inFlight.entries().filter(([key]) => key[1] === run && key[2] === replica && (thread ?? key[3]) === key[3]);
    if (entry.kind === "counts") for (const each of entry.batches) this.#countBatch(run, replica, each);
    else if (entry.kind === "interrupt") {
      for (const [key, count] of own(entry.proxyThread)) {
        this.#inFlight.add(key, -count);
        this.#fates.add([key[0], run, "interrupted"], count);
      }
    } else if (entry.kind === "carry-over") {
      for (const [key, count] of own()) {
        this.#inFlight.add(key, -count);
        this.#inFlight.add([key[0], entry.successorKey, replica, key[3]], count);
        this.#fates.add([key[0], run, "received"], -count);
        this.#fates.add([key[0], entry.successorKey, "received"], count);
      }
    }
  }

  #countBatch(run: number, replica: number, { id, accounting, outcomes }: ResultBatch): void {
    for (const { minute, fate, count } of accounting) {
      if (fate === "inFlight") this.#inFlight.add([minute, run, replica, id.split("/")[0]], count);
      else this.#fates.add([minute, run, fate], count);
    }
    for (const { slot, endpoint, fields, count } of outcomes) {
      const names = fields.map(({ section, path, kind, mark }) => [section, path, kind, mark]);
      this.outcomes.add([minuteOfSlot(slot), run, endpoint, JSON.stringify(names)], count);
    }
  }
}
