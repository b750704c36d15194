import { unreachable } from "../lib/unreachable.ts";
import type { Pacing, RecordedRequest } from "../model/replay/recording.ts";
import { ReplayInputError } from "./recording-input.ts";

/** Says when each request is due. */
export interface Pacer {
  /**
   * @returns milliseconds since the start of the replay; never less than before
   * @throws {ReplayInputError} if it follows the recorded times, and the first request has none
   */
  due(request: Pick<RecordedRequest, "at" | "place">): number;
  /** The recording begins again. Its first request is due when the last one was. */
  restart(): void;
}

const MS_PER_SECOND = 1000;

/** Requests are due in the order in which they are asked for. */
export function createPacer(pacing: Pacing): Pacer {
  switch (pacing.type) {
    case "speed":
      return recordedPace(pacing.factor);
    case "rate":
      return constantRate(pacing.perSecond);
    case "unpaced":
      return { due: () => 0, restart: () => undefined };
  }
  return unreachable(pacing);
}

/**
 * A request without a time is due with the one before it. One that is out of order, as in logs that are written at the end of
 * each request, is due at once.
 */
function recordedPace(factor: number): Pacer {
  /** Of this pass, in milliseconds since the start. */
  let passStart = 0;
  let firstAt: number | null = null;
  let latest = 0;
  let hasTimes = false;
  return {
    due({ at, place }) {
      hasTimes ||= at !== null;
      if (!hasTimes) throw new ReplayInputError(`--speed: ${place} has no recorded time; set the pace with --rate`);
      if (at === null) return latest;
      firstAt ??= at;
      latest = Math.max(latest, passStart + (at - firstAt) / factor);
      return latest;
    },
    restart() {
      passStart = latest;
      firstAt = null;
    },
  };
}

function constantRate(perSecond: number): Pacer {
  let count = 0;
  return {
    due() {
      const due = (count * MS_PER_SECOND) / perSecond;
      count += 1;
      return due;
    },
    restart: () => undefined,
  };
}
