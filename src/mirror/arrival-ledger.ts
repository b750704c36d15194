import { minuteOf } from "../lib/time-slots.ts";
import type { AccountingCount } from "../model/accounting.ts";
import type { Arrivals } from "../model/mirror-stage.ts";

/** A mirrored request that is in flight. */
export interface OpenRequest {
  readonly arrivals: Arrivals;
  /** The candidates for which it has no fate yet. */
  readonly undecided: Iterable<string>;
}

class ArrivalGroup implements Arrivals {
  readonly minute: number;
  readonly candidates: readonly string[];
  delayed = 0;
  /** Requests that are not reported yet. */
  received = 0;
  /** Requests in flight by candidate, as last reported. */
  readonly #reported = new Map<string, number>();

  constructor(minute: number, candidates: readonly string[]) {
    this.minute = minute;
    this.candidates = candidates;
  }

  /** @param open mirrored requests in flight, by candidate */
  takeChanges(open: ReadonlyMap<string, number> | undefined): AccountingCount[] {
    const { minute, received } = this;
    this.received = 0;
    return this.candidates.flatMap((candidate) => {
      const inFlight = this.delayed + (open?.get(candidate) ?? 0);
      const change = inFlight - (this.#reported.get(candidate) ?? 0);
      this.#reported.set(candidate, inFlight);
      const at = { minute, candidate, reason: "" } as const;
      return [
        ...(received === 0 ? [] : [{ ...at, fate: "received", count: received } as const]),
        ...(change === 0 ? [] : [{ ...at, fate: "inFlight", count: change } as const]),
      ];
    });
  }

  /** Whether there is nothing left to report. */
  get isDone(): boolean {
    return this.received === 0 && this.delayed === 0 && [...this.#reported.values()].every((count) => count === 0);
  }
}

/**
 * Counts requests on arrival, and finds those in flight by looking at the requests themselves. Neither depends on the counts of
 * their fates, so the sum of all of them shows a request that was lost. An arrival costs one increment, however many
 * candidates there are.
 */
export class ArrivalLedger {
  #current: ArrivalGroup = new ArrivalGroup(0, []);
  readonly #groups = new Set<ArrivalGroup>();
  /** There may be changes to report. */
  isDirty = false;

  /**
   * @param at Unix milliseconds
   * @param candidates the same array as long as the routes do not change
   */
  arrive(at: number, candidates: readonly string[]): Arrivals {
    const minute = minuteOf(at);
    if (this.#current.minute !== minute || this.#current.candidates !== candidates) {
      this.#current = new ArrivalGroup(minute, candidates);
    }
    // Otherwise a proxy without candidates would send empty batches, and the store would write them.
    if (candidates.length === 0) return this.#current;
    if (this.#current.received === 0) this.#groups.add(this.#current);
    this.#current.received += 1;
    this.isDirty = true;
    return this.#current;
  }

  /** @returns what has changed since the last call: arrivals, and requests in flight */
  take(open: Iterable<OpenRequest>): readonly AccountingCount[] {
    this.isDirty = false;
    const byGroup = new Map<Arrivals, Map<string, number>>();
    for (const { arrivals, undecided } of open) {
      let counts = byGroup.get(arrivals);
      if (counts === undefined) byGroup.set(arrivals, (counts = new Map()));
      for (const candidate of undecided) counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
    }
    return [...this.#groups].flatMap((group) => {
      const changes = group.takeChanges(byGroup.get(group));
      if (group.isDone) this.#groups.delete(group);
      return changes;
    });
  }
}
