import { MAX_TIMER_MS } from "../../config/defaults.ts";
import { BinaryHeap } from "../../lib/binary-heap.ts";
import type { TransportFailure } from "../../model/capture.ts";
import type { ReplayCounts, ScheduledRequest } from "../../model/replay/replay-counts.ts";

/** Below it, a delay is that of timers and of the event loop. */
const LATE_MS = 100;
/** How soon the driver looks again for capacity: a commit of the store takes a few milliseconds. */
const CAPACITY_CHECK_MS = 5;
/** Requests in a row without a response of the primary, after which it counts as down. */
const OUTAGE_FAILURES = 20;
/** A primary that has responded before may restart. */
const OUTAGE_MS = 10_000;
/** Any others are rare. */
const MAX_METHODS = 50;

/** What became of a request; null if it was malformed. */
type SendResult = { readonly isForwarded: boolean; readonly failure: TransportFailure | null } | null;

export interface ReplayDriverOptions {
  /** Maximum of requests in flight. */
  readonly concurrency: number;
  /** @param onEnd called once, when all versions have responded */
  send(request: ScheduledRequest, onEnd: (result: SendResult) => void): void;
  /** There is memory for the responses of one more request. Without it, the driver waits. */
  hasCapacity(): boolean;
  /** The counts have changed. */
  onProgress(): void;
  readonly clock: DriverClock;
}

interface DriverClock {
  /** Monotonic milliseconds. */
  now(): number;
  setTimer(callback: () => void, ms: number): NodeJS.Timeout;
}

interface QueuedRequest {
  readonly request: ScheduledRequest;
  /** Position in the recording. */
  readonly sequence: number;
}

/**
 * Decides which request is sent next, and when: in the order of the schedule, and with a limit of requests in flight. The requests
 * of a lane follow each other: the next one is sent when all versions have responded to the one before it.
 */
export class ReplayDriver {
  readonly #options: ReplayDriverOptions;
  readonly #ready = new BinaryHeap<QueuedRequest>(isEarlier);
  /** The lanes with a request that is ready or in flight, and the requests behind it. */
  readonly #lanes = new Map<string, QueuedRequest[]>();
  #sequence = 0;
  #inFlight = 0;
  #startedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasAll = false;
  #isPumpQueued = false;
  /** Requests without a response of the primary since the last one with a response. */
  #failures = 0;
  #lastFailure: TransportFailure | null = null;
  #respondedAt: number | undefined;
  readonly #unsent = new Map<string, number>();
  readonly #counts: Mutable<Omit<ReplayCounts, "isDone" | "unsent">> = {
    taken: 0,
    takenBytes: 0,
    done: 0,
    sent: 0,
    primaryFailed: 0,
    refused: 0,
    late: 0,
    latestMs: 0,
    outage: null,
  };
  readonly #whenIdle = new Set<() => void>();

  constructor(options: ReplayDriverOptions) {
    this.#options = options;
  }

  get counts(): ReplayCounts {
    return { ...this.#counts, unsent: this.#unsent, isDone: this.#isDone, outage: this.#outage };
  }

  /** Adds requests in the order of the recording. The schedule begins with the first ones. */
  add(requests: readonly ScheduledRequest[]): void {
    if (this.#hasAll) return;
    this.#startedAt ??= this.#options.clock.now();
    for (const request of requests) this.#enqueue({ request, sequence: (this.#sequence += 1) });
    this.#pump();
  }

  /** No further request follows. */
  end(): void {
    this.#hasAll = true;
    this.#pump();
  }

  /** Sends nothing more. Requests in flight end. */
  stop(): void {
    this.#ready.clear();
    this.#lanes.clear();
    this.end();
  }

  /** Stops, and waits until no request is in flight. */
  async drain(): Promise<void> {
    this.stop();
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#whenIdle.add(resolve));
  }

  /** Also of a recording that was too short to notice it earlier. */
  get #outage(): string | null {
    const { outage, sent, primaryFailed } = this.#counts;
    const hasNoResponse = this.#isDone && sent === primaryFailed;
    return outage ?? (hasNoResponse && this.#lastFailure !== null ? describeOutage(this.#lastFailure) : null);
  }

  get #isDone(): boolean {
    return this.#hasAll && this.#inFlight === 0 && this.#ready.size === 0;
  }

  #enqueue(queued: QueuedRequest): void {
    const { lane } = queued.request;
    const behind = lane === null ? undefined : this.#lanes.get(lane);
    if (behind !== undefined) return void behind.push(queued);
    if (lane !== null) this.#lanes.set(lane, []);
    return this.#ready.add(queued);
  }

  #pump(): void {
    const { concurrency, clock } = this.#options;
    clearTimeout(this.#timer);
    while (this.#inFlight < concurrency) {
      const next = this.#ready.first;
      if (next === undefined) break;
      const lagMs = clock.now() - (this.#startedAt ?? 0) - next.request.dueMs;
      if (lagMs < 0) {
        this.#pumpIn(-lagMs);
        break;
      }
      if (!this.#options.hasCapacity()) {
        this.#pumpIn(CAPACITY_CHECK_MS);
        break;
      }
      this.#ready.removeFirst();
      this.#start(next.request, lagMs);
    }
    this.#options.onProgress();
  }

  #pumpIn(ms: number): void {
    // A timer for a longer time fires at once.
    this.#timer = this.#options.clock.setTimer(() => this.#pump(), Math.min(ms, MAX_TIMER_MS));
  }

  #start(request: ScheduledRequest, lagMs: number): void {
    const counts = this.#counts;
    counts.taken += 1;
    counts.takenBytes += request.bytes;
    // Without a schedule, all are due at once.
    if (request.dueMs > 0 && lagMs > LATE_MS) {
      counts.late += 1;
      counts.latestMs = Math.max(counts.latestMs, lagMs);
    }
    this.#inFlight += 1;
    this.#options.send(request, (result) => this.#handleEnd(request, result));
  }

  #handleEnd({ lane, method }: ScheduledRequest, result: SendResult): void {
    this.#inFlight -= 1;
    this.#count(method, result);
    const behind = lane === null ? undefined : this.#lanes.get(lane);
    const next = behind?.shift();
    if (next !== undefined) this.#ready.add(next);
    else if (lane !== null) this.#lanes.delete(lane);
    if (this.#inFlight === 0) for (const resolve of this.#whenIdle) resolve();
    if (this.#isPumpQueued) return;
    // The end of an exchange is still being counted, and several can end in one turn.
    this.#isPumpQueued = true;
    queueMicrotask(() => {
      this.#isPumpQueued = false;
      this.#pump();
    });
  }

  #count(method: string, result: SendResult): void {
    const counts = this.#counts;
    counts.done += 1;
    if (result === null) {
      counts.refused += 1;
      return;
    }
    if (!result.isForwarded) return this.#countUnsent(method);
    counts.sent += 1;
    const { failure } = result;
    if (failure === null) {
      this.#failures = 0;
      this.#respondedAt = this.#options.clock.now();
      return;
    }
    counts.primaryFailed += 1;
    this.#lastFailure = failure;
    this.#failures += 1;
    if (this.#failures < OUTAGE_FAILURES || counts.outage !== null) return;
    const respondedAt = this.#respondedAt;
    if (respondedAt !== undefined && this.#options.clock.now() - respondedAt < OUTAGE_MS) return;
    counts.outage = describeOutage(failure);
    this.stop();
  }

  #countUnsent(method: string): void {
    const key = this.#unsent.has(method) || this.#unsent.size < MAX_METHODS ? method : "other";
    this.#unsent.set(key, (this.#unsent.get(key) ?? 0) + 1);
  }
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function isEarlier(one: QueuedRequest, other: QueuedRequest): boolean {
  const [oneMs, otherMs] = [one.request.dueMs, other.request.dueMs];
  return oneMs === otherMs ? one.sequence < other.sequence : oneMs < otherMs;
}

function describeOutage({ address, detail }: TransportFailure): string {
  return address === undefined ? detail : `${address}: ${detail}`;
}
