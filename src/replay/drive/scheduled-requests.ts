import type { RecordedRequest } from "../../model/replay/recording.ts";
import type { ScheduledRequest } from "../../model/replay/replay-counts.ts";
import type { Recording } from "../open-recording.ts";
import type { Pacer } from "../pacer.ts";

/** Estimated memory of a request without its texts and body. */
const REQUEST_BYTES = 256;
/** Enough to know that there are several. */
const MAX_LANES = 2;
const NO_BODY = new Uint8Array();

export interface ScheduleOptions {
  readonly recording: Pick<Recording, "batches">;
  readonly pacer: Pacer;
  /** How often the recording is replayed; it can be infinite. */
  readonly passes: number;
  /** Requests of one lane are sent in their order. */
  readonly keepsOrder: boolean;
}

/** What was read of a recording, of all passes. */
export interface ReadCounts {
  requests: number;
  /** Passes that were read completely. */
  passes: number;
  hasEnded: boolean;
  /** Up to two lanes, to notice a recording that has only one. */
  readonly lanes: Set<string | null>;
}

export function createReadCounts(): ReadCounts {
  return { requests: 0, passes: 0, hasEnded: false, lanes: new Set() };
}

/** Reads the recording once per pass, and puts its requests on the schedule. A pass without requests is the last one. */
export async function* scheduleRequests(
  options: ScheduleOptions,
  counts: ReadCounts,
): AsyncGenerator<ScheduledRequest> {
  const { recording, pacer, passes, keepsOrder } = options;
  while (counts.passes < passes) {
    const before = counts.requests;
    for await (const batch of recording.batches()) {
      for (const request of batch) {
        countRequest(request, counts);
        yield schedule(request, pacer.due(request), keepsOrder ? request.lane : null);
      }
    }
    counts.passes += 1;
    pacer.restart();
    if (counts.requests === before) break;
  }
  counts.hasEnded = true;
}

function countRequest({ lane }: RecordedRequest, counts: ReadCounts): void {
  counts.requests += 1;
  if (counts.lanes.size < MAX_LANES) counts.lanes.add(lane);
}

function schedule(request: RecordedRequest, dueMs: number, lane: string | null): ScheduledRequest {
  const { method, target, headers } = request;
  // A copy: a part of the reader's buffer would take the entire buffer along to the other thread.
  const body = request.body === null ? NO_BODY : new Uint8Array(request.body);
  const bytes = REQUEST_BYTES + target.length + body.length + headers.reduce((sum, text) => sum + text.length, 0);
  return { method, target, headers, lane, body, dueMs, bytes };
}
