import { loopIdleMs } from "../lib/runtime/loop-idle-time.ts";
import { threadCpuMs } from "../lib/runtime/thread-cpu-time.ts";

/** Of the processor time of the thread: more would slow down its clients. */
const BUSY_SHARE = 0.01;
/** Of its idle time. More would occupy the compare threads. */
const IDLE_SHARE = 0.02;
const BURST_MS = 10;
/** 10 µs per kilobyte, about what a compare thread needs to read a body, so that large ones are few. */
const MS_PER_BYTE = 10 / 1024 / 1_000;

/** The time of a thread, in milliseconds since it began. */
export interface ThreadTime {
  /** In which it has used a processor. */
  readonly cpu: () => number;
  /** In which it has waited for events. */
  readonly idle: () => number;
}

/** Of the thread that asks. */
export const THREAD_TIME: ThreadTime = { cpu: threadCpuMs, idle: loopIdleMs };

/** Limits the time of a thread that controls cost. What they exceed it by delays the next ones. */
export class ControlBudget {
  readonly #time: ThreadTime;
  #leftMs = BURST_MS;
  #cpuBefore: number;
  #idleBefore: number;

  constructor(time: ThreadTime) {
    this.#time = time;
    this.#cpuBefore = time.cpu();
    this.#idleBefore = time.idle();
  }

  /** @returns whether another control is affordable */
  hasTime(): boolean {
    const [cpu, idle] = [this.#time.cpu(), this.#time.idle()];
    const earned = (cpu - this.#cpuBefore) * BUSY_SHARE + (idle - this.#idleBefore) * IDLE_SHARE;
    this.#leftMs = Math.min(BURST_MS, this.#leftMs + earned);
    this.#cpuBefore = cpu;
    this.#idleBefore = idle;
    return this.#leftMs > 0;
  }

  /** Sends a control with a body of so many bytes. */
  spend(bytes: number, send: () => void): void {
    const began = this.#time.cpu();
    send();
    this.#leftMs -= this.#time.cpu() - began + bytes * MS_PER_BYTE;
  }
}
