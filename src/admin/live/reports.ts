import type { Report } from "../../model/report.ts";
import type { Run } from "../../model/run.ts";
import type { ReportContext } from "../../report/run-counts.ts";
import { buildReport } from "../../report/parity-report.ts";
import { ReportMemory } from "../../report/report-memory.ts";
import type { StoreReader } from "../../store/store.ts";
import { ReportCache } from "./report-cache.ts";

/** This thread serves dashboards, too: what one report does not get to, the next one does. */
const MAX_FRESH_SAMPLES = 200;

/** The reports that were asked for, until something is committed or decided. */
export class Reports {
  readonly #cache: ReportCache<Report>;
  readonly #memory = new ReportMemory(MAX_FRESH_SAMPLES);
  readonly #now: () => number;

  /** Both in milliseconds: Unix time, and one that never jumps. */
  constructor(clock: { readonly wall: () => number; readonly monotonic: () => number }) {
    this.#now = clock.wall;
    this.#cache = new ReportCache(clock.monotonic);
  }

  of(reader: StoreReader, run: Run, candidate: string): Report {
    return this.#cache.get([run.id, candidate], () => buildReport(reader, run, candidate, this.context()));
  }

  /** What anything that is made like a report depends on. */
  context(): ReportContext {
    return { now: this.#now(), memory: this.#memory };
  }

  clear(): void {
    this.#cache.clear();
  }
}
