import type { CaptureCollector } from "../capture/capture-collector.ts";
import { rolesOf } from "../config/roles.ts";
import { IntrusiveSet } from "../lib/intrusive-set.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { DropReason, NotMirroredReason } from "../model/accounting.ts";
import type { Role } from "../model/capture.ts";
import type { CaptureConfig } from "../model/config.ts";
import type { BreakerReport, ControlState } from "../model/control.ts";
import type { Arrivals, MirrorInput, MirrorStage } from "../model/mirror-stage.ts";
import type { MirrorPolicy, Route } from "../model/routing.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import { stickyDraw } from "../upstream/sticky-draw.ts";
import { ArrivalLedger } from "./arrival-ledger.ts";
import { type MirrorLimits, MirrorSlots } from "./mirror-slots.ts";
import { type MirrorContext, MirroredRequest } from "./mirrored-request.ts";
import {
  type CandidateMirror,
  createRouteMirror,
  type MirrorRecipient,
  type RouteMirror,
  type SecondaryMirror,
} from "./mirror-recipients.ts";
import { drawDelay, isSampled } from "./sampling.ts";

const MS_PER_SECOND = 1000;

interface MirrorMetrics {
  leg(route: string, role: Role, subset: string, code: number, seconds: number): void;
  dispatchLag(role: Role, subset: string, seconds: number): void;
  dropped(candidate: string, reason: DropReason): void;
  skipped(route: string, candidate: string): void;
}

export interface MirrorOptions {
  readonly capture: Pick<CaptureConfig, "maxBodyBytes">;
  readonly collector: CaptureCollector;
  readonly metrics: MirrorMetrics;
  /** Unique for each proxy thread that was ever started, so that exchange ids never repeat. */
  readonly identity: string;
  /** Uniform in [0, 1). */
  random(): number;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Counts every request on arrival, decides which candidates receive a copy, and counts the requests that are not mirrored. */
export class Mirror implements MirrorStage {
  readonly #options: MirrorOptions;
  readonly #context: MirrorContext;
  readonly #open = new IntrusiveSet<MirroredRequest>();
  readonly #arrivals = new ArrivalLedger();
  /** By route: those in force, and older ones that are still used by a request. */
  readonly #mirrors = new WeakMap<Route, RouteMirror>();
  /** The mirrors of the routes in force. */
  #current: readonly RouteMirror[] = [];
  /** By role, route and subset. An upstream that remains after a reload keeps its slots and its breaker. */
  #slots: ReadonlyMap<string, MirrorSlots> = new Map();
  /** The candidates of all routes. */
  #candidateNames: readonly string[] = [];
  #isPaused = false;
  #percents: ReadonlyMap<string, number> = new Map();
  #sequence = 0;
  #onIdle: (() => void) | undefined;
  /** Callers of `waitForOpenRequests`, and the requests that each of them still waits for. */
  readonly #waiters = new Set<{ readonly open: Set<MirroredRequest>; readonly resolve: () => void }>();

  constructor(options: MirrorOptions) {
    const { collector, metrics, capture } = options;
    this.#options = options;
    this.#context = {
      collector,
      maxBodyBytes: capture.maxBodyBytes,
      random: () => options.random(),
      onLegEnd: (route, { role, subset }, status, totalMs) =>
        metrics.leg(route, role, subset, status, totalMs / MS_PER_SECOND),
      onDispatchLag: ({ role, subset }, ms) => metrics.dispatchLag(role, subset, ms / MS_PER_SECOND),
      onDrop: (subset, reason) => metrics.dropped(subset, reason),
      onSkip: (route, subset) => metrics.skipped(route, subset),
      onFinish: (request) => this.#handleFinish(request),
    };
    const [arrivals, open] = [this.#arrivals, this.#open];
    collector.setArrivals({
      get isDirty() {
        return arrivals.isDirty;
      },
      take: () => arrivals.take(open),
    });
  }

  /** The circuit breakers of the routes in force. */
  get breakers(): readonly BreakerReport[] {
    return this.#current.flatMap(({ route, candidates }) =>
      candidates.flatMap(({ target, slots: { breaker } }) => {
        if (breaker === null) return [];
        const { state, failures, opens } = breaker;
        return [{ route: route.name, candidate: target.subset, state, failures, opens }];
      }),
    );
  }

  /** Number of mirrored requests in flight. */
  get inFlight(): number {
    return this.#open.size;
  }

  /**
   * Puts routes in force. Requests in flight keep the routes with which they began.
   * @throws when a client cannot be created; the previous routes stay in force then
   */
  setRoutes(routes: readonly Route[], lease: ClientLease): void {
    const slots = new Map<string, MirrorSlots>();
    const mirrors = routes.map((route) =>
      createRouteMirror(route, lease, (role, policy) => {
        const key = keyOf(role, keyOf(route.name, policy.subset.name));
        const existing = this.#slots.get(key) ?? this.#createSlots(policy);
        slots.set(key, existing);
        return existing;
      }),
    );
    for (const mirror of mirrors) this.#mirrors.set(mirror.route, mirror);
    for (const { candidates, secondary } of mirrors) {
      for (const candidate of candidates) candidate.slots.setLimits(candidate.policy);
      if (secondary === null) continue;
      for (const target of secondary.targets) target.slots.setLimits(secondary.policy);
    }
    this.#current = mirrors;
    this.#slots = slots;
    this.#candidateNames = rolesOf(routes).candidates.map(({ name }) => name);
    this.#updatePercents();
  }

  /** Applies run-time changes. They stay in force when the routes change. */
  setControl({ paused, percents }: ControlState): void {
    this.#isPaused = paused;
    this.#percents = new Map(percents.map(({ route, candidate, percent }) => [keyOf(route, candidate), percent]));
    this.#updatePercents();
  }

  arrive(at: number): Arrivals {
    const arrivals = this.#arrivals.arrive(at, this.#candidateNames);
    this.#options.collector.arrivalsChanged();
    return arrivals;
  }

  mirror(input: MirrorInput): MirroredRequest | null {
    const mirror = this.#mirrors.get(input.route);
    const { candidates = [], secondary = null } = mirror ?? {};
    for (const name of input.arrivals.candidates) {
      // The route does not mirror to it.
      if (!candidates.some(({ target }) => target.subset === name)) this.#countNotMirrored(input.at, name, "route");
    }
    const chance = this.#options.random();
    const recipients = candidates.flatMap((candidate) => this.#admitCandidate(candidate, input, chance) ?? []);
    if (mirror === undefined || recipients.length === 0) return null;
    this.#sequence += 1;
    const mirrored = new MirroredRequest(this.#context, {
      id: `${this.#options.identity}-${this.#sequence}`,
      input,
      candidates: recipients,
      secondary: this.#admitSecondary(secondary, input),
      lease: mirror.lease,
    });
    this.#open.add(mirrored);
    mirror.lease.acquire();
    return mirrored;
  }

  countNotForwarded(at: number, { candidates }: Arrivals, reason: "route" | "client-aborted"): void {
    for (const name of candidates) this.#countNotMirrored(at, name, reason);
  }

  /**
   * Gives up mirrored requests whose end cannot come any more. Call it once a second.
   * @param nowMs on the clock of `performance.now`
   */
  abandonLost(nowMs: number): void {
    let isAny = false;
    for (const mirrored of this.#open) isAny = mirrored.abandonLost(nowMs) || isAny;
    if (!isAny) return;
    this.#arrivals.isDirty = true;
    this.#options.collector.arrivalsChanged();
  }

  /** Waits at most `ms` until no request is in flight, and then drops the rest. */
  async drain(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#dropOpen(), Math.max(0, ms));
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#open.size === 0) this.#onIdle();
    });
  }

  /** Waits at most `ms` until the requests that are in flight now have ended. New requests may begin in the meantime. */
  async waitForOpenRequests(ms: number): Promise<void> {
    if (this.#open.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { open: new Set(this.#open), resolve };
    this.#waiters.add(waiter);
    await settlesWithin(ms, promise);
    this.#waiters.delete(waiter);
  }

  /** Drops mirrored requests in flight, mostly the latest, to close their connections. @param count at most so many */
  shed(count: number): void {
    const shed = [...this.#open].slice(Math.max(0, this.#open.size - count));
    for (const mirrored of shed) mirrored.drop("descriptors");
  }

  #dropOpen(): void {
    for (const mirrored of this.#open) mirrored.drop("queue");
  }

  #handleFinish(mirrored: MirroredRequest): void {
    this.#open.delete(mirrored);
    if (this.#open.size === 0) this.#onIdle?.();
    for (const { open, resolve } of this.#waiters) {
      open.delete(mirrored);
      // In a microtask: the counts of the request follow this call.
      if (open.size === 0) queueMicrotask(resolve);
    }
  }

  #createSlots(limits: MirrorLimits): MirrorSlots {
    return new MirrorSlots(limits, this.#options.collector, () => this.#options.now());
  }

  #updatePercents(): void {
    for (const { route, candidates } of this.#current) {
      for (const candidate of candidates) {
        const { policy } = candidate;
        candidate.percent = this.#percents.get(keyOf(route.name, policy.subset.name)) ?? policy.percent;
      }
    }
  }

  /** Counts a candidate that receives no copy. The others are counted when their request is finished. */
  #admitCandidate(candidate: CandidateMirror, input: MirrorInput, chance: number): MirrorRecipient | null {
    const { policy, percent, target, slots, changeHeaders } = candidate;
    const { collector } = this.#options;
    const { at } = input;
    const obstacle = this.#obstacleFor(policy, input);
    if (obstacle !== null) return this.#countNotMirrored(at, target.subset, obstacle);
    // All candidates share one draw, so that their samples are nested.
    const draw = policy.sticky === undefined ? undefined : stickyDraw("mirror", policy.sticky, input.received);
    if (!isSampled(draw ?? chance, percent)) {
      collector.count(at, target.subset, "sampledOut");
      return null;
    }
    const slot = slots.acquire();
    if (typeof slot !== "string") return { target, slot, changeHeaders, delayMs: 0, level: 0 };
    collector.count(at, target.subset, "dropped", slot);
    this.#context.onDrop(target.subset, slot);
    return null;
  }

  #obstacleFor(policy: MirrorPolicy, { obstacle, request }: MirrorInput): NotMirroredReason | null {
    if (this.#isPaused) return "paused";
    return obstacle ?? (policy.methods.has(request.method) ? null : "method");
  }

  #countNotMirrored(at: number, candidate: string, reason: NotMirroredReason): null {
    const { collector } = this.#options;
    collector.count(at, candidate, "notMirrored", reason);
    return null;
  }

  /**
   * Samples the secondary with a separate draw among the mirrored requests, so that pairs exist. Above its limits, the exchange
   * continues without a pair.
   */
  #admitSecondary(secondary: SecondaryMirror | null, { primarySubset, request }: MirrorInput): MirrorRecipient | null {
    const recipient = secondary?.targetFor(primarySubset, request.method) ?? null;
    if (secondary === null || recipient === null) return null;
    const { random } = this.#context;
    const { percent, delay } = secondary.policy;
    if (!isSampled(random(), percent)) return null;
    const { target, slots } = recipient;
    const slot = slots.acquire();
    const delayMs = delay === undefined ? 0 : drawDelay(delay, random);
    if (typeof slot !== "string") return { target, slot, changeHeaders: secondary.changeHeaders, delayMs, level: 0 };
    this.#context.onDrop(target.subset, slot);
    return null;
  }
}

function keyOf(route: string, candidate: string): string {
  return `${route}\u0000${candidate}`;
}
