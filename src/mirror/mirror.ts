import type { CaptureCollector } from "../capture/capture-collector.ts";
import { rolesOf } from "../config/roles.ts";
import { IntrusiveSet } from "../lib/intrusive-set.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { DropReason } from "../model/accounting.ts";
import type { Role } from "../model/capture.ts";
import type { CaptureConfig } from "../model/config.ts";
import type {
  BreakerReport,
  ControlState,
  EndpointArrivals,
  EndpointShares,
  VerdictSampling,
} from "../model/control.ts";
import type { Arrivals, MirroredExchange, MirrorInput, MirrorStage } from "../model/mirror-stage.ts";
import type { Route } from "../model/routing.ts";
import type { EndedLeg } from "../telemetry/proxy-metrics.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import { Admission } from "./admission.ts";
import { ArrivalLedger } from "./arrival-ledger.ts";
import { endedLeg } from "./ended-leg.ts";
import { EndpointSampler } from "./endpoint-sampler.ts";
import { type MirrorLimits, MirrorSlots } from "./mirror-slots.ts";
import { type MirrorContext, MirroredRequest } from "./mirrored-request.ts";
import { RequestKeeper } from "./armed/request-keeper.ts";
import { createRouteMirror, type RouteMirror } from "./mirror-recipients.ts";

const MS_PER_SECOND = 1000;

interface MirrorMetrics {
  leg(ended: EndedLeg): void;
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
  /** This proxy thread among all, which share the budgets of sampling by verdict; by default the only one. */
  readonly thread?: { readonly index: number; readonly count: number } | undefined;
  /** Uniform in [0, 1). */
  random(): number;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Counts every request on arrival, decides which candidates receive a copy, and counts the requests that are not mirrored. */
export class Mirror implements MirrorStage {
  /** Keeps requests while an isolation is armed. */
  readonly keeper: RequestKeeper;
  readonly #options: MirrorOptions;
  readonly #context: MirrorContext;
  readonly #open = new IntrusiveSet<MirroredRequest>();
  readonly #arrivals = new ArrivalLedger();
  readonly #admission: Admission;
  /** By route: those in force, and older ones that are still used by a request. */
  readonly #mirrors = new WeakMap<Route, RouteMirror>();
  /** The mirrors of the routes in force. */
  #current: readonly RouteMirror[] = [];
  /** By role, route and subset. An upstream that remains after a reload keeps its slots and its breaker. */
  #slots: ReadonlyMap<string, MirrorSlots> = new Map();
  /** The candidates of all routes. */
  #candidateNames: readonly string[] = [];
  /** By route and candidate, for those whose shares follow verdicts. They keep their shares after a reload. */
  #samplers: ReadonlyMap<string, EndpointSampler> = new Map();
  #percents: ReadonlyMap<string, number> = new Map();
  #sequence = 0;
  #onIdle: (() => void) | undefined;
  /** Callers of `waitForOpenRequests`, and the requests that each of them still waits for. */
  readonly #waiters = new Set<{ readonly open: Set<MirroredRequest>; readonly resolve: () => void }>();

  constructor(options: MirrorOptions) {
    const { collector, metrics, capture } = options;
    this.#options = options;
    this.keeper = new RequestKeeper(collector, () => options.now());
    const onDrop = (subset: string, reason: DropReason): void => metrics.dropped(subset, reason);
    this.#context = {
      collector,
      maxBodyBytes: capture.maxBodyBytes,
      random: () => options.random(),
      onLegEnd: (route, leg) => metrics.leg(endedLeg(route, leg)),
      onDispatchLag: ({ role, subset }, ms) => metrics.dispatchLag(role, subset, ms / MS_PER_SECOND),
      onDrop,
      onSkip: (route, subset) => metrics.skipped(route, subset),
      onFinish: (request) => this.#handleFinish(request),
    };
    this.#admission = new Admission({ collector, random: this.#context.random, onDrop });
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

  /** No candidate receives copies. */
  get isPaused(): boolean {
    return this.#admission.isPaused;
  }

  /**
   * Puts routes in force. Requests in flight keep the routes with which they began.
   * @throws when a client cannot be created; the previous routes stay in force then
   */
  setRoutes(routes: readonly Route[], lease: ClientLease): void {
    const [slots, samplers] = [new Map<string, MirrorSlots>(), new Map<string, EndpointSampler>()];
    const mirrors = routes.map((route) =>
      createRouteMirror(route, lease, {
        slotsFor: (role, policy) => {
          const key = keyOf(role, keyOf(route.name, policy.subset.name));
          const existing = this.#slots.get(key) ?? this.#createSlots(policy);
          slots.set(key, existing);
          return existing;
        },
        samplerFor: ({ subset, sampling }) => {
          if (sampling === undefined) return null;
          const key = keyOf(route.name, subset.name);
          const existing = this.#samplers.get(key) ?? this.#createSampler(route.name, subset.name, sampling);
          samplers.set(key, existing);
          return existing;
        },
      }),
    );
    for (const mirror of mirrors) this.#mirrors.set(mirror.route, mirror);
    for (const { candidates, secondary } of mirrors) {
      for (const { policy, slots: own, sampler } of candidates) {
        own.setLimits(policy);
        if (policy.sampling !== undefined) sampler?.setSampling(policy.sampling);
      }
      if (secondary === null) continue;
      for (const target of secondary.targets) target.slots.setLimits(secondary.policy);
    }
    this.#current = mirrors;
    this.#slots = slots;
    this.#samplers = samplers;
    this.#candidateNames = rolesOf(routes).candidates.map(({ name }) => name);
    this.#updatePercents();
  }

  /** Applies run-time changes. They stay in force when the routes change. */
  setControl({ paused, percents }: ControlState): void {
    this.#admission.isPaused = paused;
    this.#percents = new Map(percents.map(({ route, candidate, percent }) => [keyOf(route, candidate), percent]));
    this.#updatePercents();
  }

  /** Applies shares of endpoints. Those of candidates that a reload has removed are ignored. */
  setShares(all: readonly EndpointShares[]): void {
    const { index } = this.#thread;
    for (const shares of all) this.#samplers.get(keyOf(shares.route, shares.candidate))?.setShares(shares, index);
  }

  /** Requests by endpoint since the last call, for candidates whose shares follow verdicts. */
  takeEndpointArrivals(): readonly EndpointArrivals[] {
    return [...this.#samplers.values()].flatMap((sampler) => sampler.takeArrivals());
  }

  arrive(at: number): Arrivals {
    const arrivals = this.#arrivals.arrive(at, this.#candidateNames);
    this.#options.collector.arrivalsChanged();
    return arrivals;
  }

  mirror(input: MirrorInput): MirroredExchange | null {
    const mirror = this.#mirrors.get(input.route);
    const { candidates = [], secondary = null } = mirror ?? {};
    for (const name of input.arrivals.candidates) {
      // The route does not mirror to it.
      if (!candidates.some(({ target }) => target.subset === name))
        this.#admission.countNotMirrored(input.at, name, "route");
    }
    const chance = this.#options.random();
    const recipients = candidates.flatMap((candidate) => this.#admission.candidate(candidate, input, chance) ?? []);
    if (mirror === undefined || recipients.length === 0) return null;
    this.#sequence += 1;
    const isKept = this.keeper.isArmed && this.keeper.wants(recipients, input);
    const number = `${this.#options.identity}-${this.#sequence}`;
    const id = isKept ? this.keeper.markedId(number) : number;
    const mirrored = new MirroredRequest(this.#context, {
      id,
      input,
      candidates: recipients,
      secondary: this.#admission.secondary(secondary, input),
      lease: mirror.lease,
    });
    this.#open.add(mirrored);
    mirror.lease.acquire();
    return isKept ? this.keeper.keep(id, input, mirrored) : mirrored;
  }

  countNotForwarded(at: number, { candidates }: Arrivals, reason: "route" | "client-aborted"): void {
    for (const name of candidates) this.#admission.countNotMirrored(at, name, reason);
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

  get #thread(): { readonly index: number; readonly count: number } {
    return this.#options.thread ?? { index: 0, count: 1 };
  }

  #createSampler(route: string, candidate: string, sampling: VerdictSampling): EndpointSampler {
    const perSecond = sampling.budget / this.#thread.count;
    return new EndpointSampler({ route, candidate }, sampling, perSecond, () => this.#options.now());
  }

  #updatePercents(): void {
    for (const { route, candidates } of this.#current) {
      for (const candidate of candidates) {
        const { policy } = candidate;
        candidate.percent = this.#percents.get(keyOf(route.name, policy.subset.name)) ?? policy.percent;
      }
    }
  }
}

function keyOf(route: string, candidate: string): string {
  return `${route}\u0000${candidate}`;
}
