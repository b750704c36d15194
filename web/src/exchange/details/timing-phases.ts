import type { Timing } from "../../../../src/model/capture.ts";

/** A part of the time from the dispatch of a request to the last byte of its response, in milliseconds. */
export interface Phase {
  readonly name: "connect" | "wait" | "receive";
  readonly fromMs: number;
  readonly toMs: number;
}

/** The phases as captured: no connect phase on an open connection, and only waiting if no byte arrived. */
export function timingPhases({ connectMs, firstByteMs, totalMs }: Timing): readonly Phase[] {
  const connected = connectMs ?? 0;
  const firstByte = firstByteMs ?? totalMs;
  const phases: Phase[] = [
    { name: "connect", fromMs: 0, toMs: connected },
    { name: "wait", fromMs: connected, toMs: firstByte },
    { name: "receive", fromMs: firstByte, toMs: totalMs },
  ];
  return phases.filter(({ fromMs, toMs }) => toMs > fromMs);
}
