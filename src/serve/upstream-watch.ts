import { rolesOf } from "../config/roles.ts";
import type { Role, TransportFailure } from "../model/capture.ts";
import type { Route } from "../model/routing.ts";
import type { DownUpstream } from "../model/status.ts";
import { failureReason } from "../presentation/words/failure-words.ts";
import type { HealthReport } from "../upstream/upstream-health.ts";

/**
 * An address that responds again must do so for this long before it counts as back. Each further outage within `MEMORY_MS` doubles
 * the time, so that one that comes and goes is a few lines in the log and then two per minute.
 */
const STABLE_MS = 1_000;
const MOST_STABLE_MS = 60_000;
const MEMORY_MS = 10 * 60_000;

export interface UpstreamWatchOptions {
  readonly routes: readonly Route[];
  /** Unix milliseconds. */
  now(): number;
  /** Calls back after some time. @returns a function that prevents it */
  after(ms: number, callback: () => void): () => void;
  /** An address is down. */
  onDown(upstream: DownUpstream): void;
  /** It responds again, after `ms`, and stays so. */
  onBack(upstream: DownUpstream, ms: number): void;
}

interface AddressState {
  /** Requests that failed since the last response, and when the first failure was, Unix milliseconds; null without one. */
  failed: number;
  failingSince: number | null;
  down: DownUpstream | null;
  /** When it responded after the last failure, Unix milliseconds; null if it has not. */
  respondedAt: number | null;
  /** Stops the wait for a stable address. */
  cancel: (() => void) | undefined;
  stableMs: number;
  backAt: number;
}

/**
 * Decides in the main thread which upstream addresses are down, from the reports of all proxy threads, so that each outage is one
 * event however many threads and requests see it.
 */
export class UpstreamWatch {
  readonly #options: UpstreamWatchOptions;
  readonly #states = new Map<string, AddressState>();
  #rolesBySubset: ReadonlyMap<string, Role>;

  constructor(options: UpstreamWatchOptions) {
    this.#options = options;
    this.#rolesBySubset = rolesBySubset(options.routes);
  }

  /** The addresses that are down, longest first. */
  get down(): readonly DownUpstream[] {
    const all = [...this.#states.values()].flatMap(({ down }) => (down === null ? [] : [down]));
    return all.toSorted((one, other) => one.since - other.since);
  }

  /** Forgets the addresses that the new routes do not use. */
  setRoutes(routes: readonly Route[]): void {
    this.#rolesBySubset = rolesBySubset(routes);
    const { primaries, candidates, secondaries } = rolesOf(routes);
    const used = new Set(
      [...primaries, ...candidates, ...secondaries].flatMap(({ name, urls }) => urls.map((url) => keyOf(name, url))),
    );
    for (const [key, state] of this.#states) {
      if (used.has(key)) continue;
      state.cancel?.();
      this.#states.delete(key);
    }
  }

  /** What a proxy thread has noticed. */
  report(report: HealthReport): void {
    const { subset, address, failed, failure, failedAt, respondedAt, isDown } = report;
    const role = this.#rolesBySubset.get(subset);
    // A request that began before a reload.
    if (role === undefined) return;
    const state = this.#stateOf(keyOf(subset, address));
    state.failed += failed;
    if (failure !== null && failedAt >= respondedAt) {
      this.#failed(state, failedAt);
      if (isDown && state.down === null) this.#goDown(state, { role, subset, address }, failure);
    }
    if (state.down !== null) state.down = { ...state.down, failed: state.failed };
    if (respondedAt > failedAt) this.#responded(state, respondedAt);
  }

  close(): void {
    for (const { cancel } of this.#states.values()) cancel?.();
  }

  #stateOf(key: string): AddressState {
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: AddressState = {
      failed: 0,
      failingSince: null,
      down: null,
      respondedAt: null,
      cancel: undefined,
      stableMs: STABLE_MS,
      backAt: -Infinity,
    };
    this.#states.set(key, state);
    return state;
  }

  /** A thread may report a failure after another one has reported a later response. */
  #failed(state: AddressState, at: number): void {
    state.failingSince ??= at;
    if (state.respondedAt === null || at < state.respondedAt) return;
    state.respondedAt = null;
    state.cancel?.();
    state.cancel = undefined;
  }

  #goDown(
    state: AddressState,
    upstream: Pick<DownUpstream, "role" | "subset" | "address">,
    failure: TransportFailure,
  ): void {
    const now = this.#options.now();
    const isRepeated = now - state.backAt < MEMORY_MS;
    state.stableMs = isRepeated ? Math.min(2 * state.stableMs, MOST_STABLE_MS) : STABLE_MS;
    state.down = {
      ...upstream,
      since: state.failingSince ?? now,
      reason: failureReason(failure),
      failed: state.failed,
    };
    this.#options.onDown(state.down);
  }

  #responded(state: AddressState, at: number): void {
    if (state.down === null) {
      state.failed = 0;
      state.failingSince = null;
      return;
    }
    if (state.respondedAt !== null) return;
    state.respondedAt = at;
    state.cancel = this.#options.after(state.stableMs, () => this.#goUp(state));
  }

  #goUp(state: AddressState): void {
    const { down, respondedAt } = state;
    if (down === null || respondedAt === null) return;
    state.down = null;
    state.respondedAt = null;
    state.cancel = undefined;
    state.failed = 0;
    state.failingSince = null;
    state.backAt = this.#options.now();
    this.#options.onBack(down, respondedAt - down.since);
  }
}

function keyOf(subset: string, address: string): string {
  return `${subset}\n${address}`;
}

/** A subset can have several roles. A self-check asks the primary, which needs no role of its own. */
function rolesBySubset(routes: readonly Route[]): ReadonlyMap<string, Role> {
  const { primaries, candidates, secondaries } = rolesOf(routes);
  const roles = new Map<string, Role>();
  for (const { name } of secondaries) roles.set(name, "secondary");
  for (const { name } of candidates) roles.set(name, "candidate");
  for (const { name } of primaries) roles.set(name, "primary");
  return roles;
}
