import { readdirSync } from "node:fs";
import {
  countTrackedSockets,
  createDescriptorCells,
  type DescriptorCells,
  missingDescriptors,
  readDescriptorLimit,
  setOtherDescriptors,
  shareDescriptors,
} from "../../lib/runtime/descriptors.ts";

/** One entry per open descriptor. Linux only. */
const DESCRIPTORS = "/proc/self/fd";
const CHECK_EVERY_MS = 100;
/** Checks between two measurements. While descriptors are short, each check is one. */
const MEASURE_EVERY = 10;
/** With more, listing them would take milliseconds, and descriptors other than sockets of clients do not matter. */
const MOST_LISTED = 5_000;
/** Sockets that were opened or closed during a measurement make it useless. */
const TOLERANCE = 2;

/** Measures in the main thread how many descriptors the process uses apart from the sockets of its proxy threads. */
export class DescriptorMonitor {
  /** For the proxy threads. */
  readonly cells: DescriptorCells;
  #timer: NodeJS.Timeout | undefined;
  #checks = 0;

  /** @param proxyThreads each of them has a cell; this thread has another one, which stays 0 */
  constructor(proxyThreads: number) {
    this.cells = createDescriptorCells(proxyThreads + 1);
    shareDescriptors(this.cells, proxyThreads, () => {});
  }

  start(): void {
    this.measure();
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    this.#checks += 1;
    if (missingDescriptors("mirror") > 0 || this.#checks % MEASURE_EVERY === 0) this.measure();
  }

  /** Without waiting: sockets that are opened during a burst would spoil each measurement. */
  measure(): void {
    const before = countTrackedSockets();
    if (readDescriptorLimit() === null || before > MOST_LISTED) return;
    const open = countOpenDescriptors();
    const after = countTrackedSockets();
    if (open !== null && Math.abs(after - before) <= TOLERANCE) setOtherDescriptors(Math.max(0, open - after));
  }
}

/** @returns null when there is no descriptor for listing them */
function countOpenDescriptors(): number | null {
  try {
    return readdirSync(DESCRIPTORS).length;
  } catch {
    return null;
  }
}
