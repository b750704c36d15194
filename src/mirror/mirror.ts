import type { CaptureCollector } from "../capture/capture-collector.ts";
import type { DropReason, NotMirroredReason } from "../model/accounting.ts";
import type { RawHeaders, Role } from "../model/capture.ts";
import type { CaptureConfig } from "../model/config.ts";
import type { BreakerReport, ControlState } from "../model/control.ts";
import type { MirrorPolicy, Route } from "../model/routing.ts";
import { rolesOf } from "../config/roles.ts";
import { IntrusiveSet } from "../lib/intrusive-set.ts";
import { settlesWithin } from "../lib/settles-within.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import type { LegFault } from "../upstream/faulty-client.ts";
import type { LegRequest } from "../upstream/leg.ts";
import { stickyDraw } from "../upstream/sticky-draw.ts";
import { MirrorSlots, type MirrorLimits } from "./mirror-slots.ts";
import { type Candidate, type RouteMirror, routeMirror, type Secondary } from "./route-mirror.ts";
import { type Admitted, type MirrorContext, MirroredRequest } from "./mirrored-request.ts";
import { isSampled } from "./sampling.ts";

const MS_PER_SECOND = 1000;

/** A client request of which copies may be sent. */
export interface MirrorableRequest {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  readonly route: Route;
  /** As the client sent it: what sticky keys are read from. */
  readonly received: { readonly target: string; readonly headers: RawHeaders };
  /** As the primary gets it: every leg gets the same, but for what a candidate's policy says. */
  readonly request: Omit<LegRequest, "body">;
  readonly primarySubset: string;
  readonly hasBody: boolean;
  /** Why it must not be mirrored to anyone, if so. */
  readonly obstacle: Extract<NotMirroredReason, "upgrade" | "loop" | "method"> | null;
  /** Injected into the candidates' legs. */
  readonly fault: LegFault | null;
  /** Gives up the primary leg when that is out of band too; null when a client waits for it. */
  readonly abandonPrimary: (() => void) | null;
}

interface MirrorMetrics {
  leg(route: string, role: Role, subset: string, code: number, seconds: number): void;
  dropped(candidate: string, reason: DropReason): void;
}

export interface MirrorOptions {
  readonly capture: Pick<CaptureConfig, "maxBodyBytes">;
  readonly collector: CaptureCollector;
  readonly metrics: MirrorMetrics;
  /** New for each proxy thread that ever lived. */
  readonly identity: string;
  /** Uniform in [0, 1). */
  random(): number;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Decides for every request which candidates get a copy, and accounts for those that do not. */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #context: MirrorContext;
  readonly #open = new IntrusiveSet<MirroredRequest>();
  /** Of the routes in force, and of older ones that a request still follows. */
  readonly #mirrors = new WeakMap<Route, RouteMirror>();
  /** Of the routes in force. */
  #current: readonly RouteMirror[] = [];
  /** An upstream that stays keeps what is in flight, and what its breaker has learned. */
  #admissions: ReadonlyMap<string, MirrorSlots> = new Map();
  /** Every candidate of any route. */
  #candidateNames: readonly string[] = [];
  #paused = false;
  #percents: ReadonlyMap<string, number> = new Map();
  #sequence = 0;
  #whenIdle: (() => void) | undefined;
  /** Who waits for some requests to end, and for which ones still. */
  readonly #waits = new Set<{ readonly open: Set<MirroredRequest>; readonly done: () => void }>();

  constructor(options: MirrorOptions) {
    const { collector, metrics, capture } = options;
    this.#options = options;
    this.#context = {
      collector,
      maxBodyBytes: capture.maxBodyBytes,
      random: () => options.random(),
      legEnded: (route, { role, subset }, status, totalMs) =>
        metrics.leg(route, role, subset, status, totalMs / MS_PER_SECOND),
      dropped: (candidate, reason) => metrics.dropped(candidate, reason),
      over: (request) => this.#ended(request),
    };
  }

  /** The circuit breakers of the routes in force. */
  get breakers(): readonly BreakerReport[] {
    return this.#current.flatMap(({ route, candidates }) =>
      candidates.flatMap(({ target, admission: { breaker } }) => {
        if (breaker === null) return [];
        const { state, failures, opens } = breaker;
        return [{ route: route.name, candidate: target.subset, state, failures, opens }];
      }),
    );
  }

  /** Mirrored requests under way. */
  get inFlight(): number {
    return this.#open.size;
  }

  /**
   * These routes are in force from now on; requests that began before keep theirs.
   * @throws when connections cannot be made; the routes before stay in force then
   */
  use(routes: readonly Route[], lease: ClientLease): void {
    const admissions = new Map<string, MirrorSlots>();
    const mirrors = routes.map((route) =>
      routeMirror(route, lease, (role, policy) => {
        const key = keyOf(role, keyOf(route.name, policy.subset.name));
        const admission = this.#admissions.get(key) ?? this.#newAdmission(policy);
        admissions.set(key, admission);
        return admission;
      }),
    );
    for (const mirror of mirrors) this.#mirrors.set(mirror.route, mirror);
    for (const { candidates, secondary } of mirrors) {
      for (const { policy, admission } of candidates) admission.adjust(policy);
      if (secondary === null) continue;
      for (const { admission } of secondary.asked) admission.adjust(secondary.policy);
    }
    this.#current = mirrors;
    this.#admissions = admissions;
    this.#candidateNames = rolesOf(routes).candidates.map(({ name }) => name);
    this.#setPercents();
  }

  /** What was set at run time; it holds for later routes too. */
  setControl({ paused, percents }: ControlState): void {
    this.#paused = paused;
    this.#percents = new Map(percents.map(({ route, candidate, percent }) => [keyOf(route, candidate), percent]));
    this.#setPercents();
  }

  /**
   * Counts what becomes of a request, per candidate.
   * @returns the mirrored request, of which nothing is sent yet, or null when nobody gets a copy
   */
  begin(request: MirrorableRequest): MirroredRequest | null {
    const mirror = this.#mirrors.get(request.route);
    const { candidates = [], secondary = null } = mirror ?? {};
    this.#countOthers(request.at, candidates);
    const chance = this.#options.random();
    const admitted = candidates.flatMap((candidate) => this.#admit(candidate, request, chance) ?? []);
    if (mirror === undefined || admitted.length === 0) return null;
    this.#sequence += 1;
    const mirrored = new MirroredRequest(this.#context, {
      id: `${this.#options.identity}-${this.#sequence}`,
      at: request.at,
      route: request.route.name,
      request: request.request,
      primarySubset: request.primarySubset,
      hasBody: request.hasBody,
      candidates: admitted,
      secondary: this.#admitSecondary(secondary, request),
      fault: request.fault,
      abandonPrimary: request.abandonPrimary,
      lease: mirror.lease,
    });
    this.#open.add(mirrored);
    mirror.lease.enter();
    return mirrored;
  }

  /** Counts a request that goes to no upstream: no route, or one that answers by itself. */
  pass(at: number): void {
    this.#countOthers(at, []);
  }

  /** Waits until nothing is under way, but no longer than `ms`; what is still under way then is dropped. */
  async drain(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#giveUp(), Math.max(0, ms));
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#open.size === 0) this.#whenIdle();
    });
  }

  /** Waits until what is under way now is over, but no longer than `ms`; new requests come meanwhile. */
  async settle(ms: number): Promise<void> {
    if (this.#open.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { open: new Set(this.#open), done: resolve };
    this.#waits.add(wait);
    await settlesWithin(ms, promise);
    this.#waits.delete(wait);
  }

  #giveUp(): void {
    for (const mirrored of this.#open) mirrored.giveUp();
  }

  #ended(mirrored: MirroredRequest): void {
    this.#open.delete(mirrored);
    if (this.#open.size === 0) this.#whenIdle?.();
    for (const { open, done } of this.#waits) {
      open.delete(mirrored);
      // Only then: its counts come right after this call.
      if (open.size === 0) queueMicrotask(done);
    }
  }

  #newAdmission(bounds: MirrorLimits): MirrorSlots {
    return new MirrorSlots(bounds, this.#options.collector, () => this.#options.now());
  }

  #setPercents(): void {
    for (const { route, candidates } of this.#current) {
      for (const candidate of candidates) {
        const { policy } = candidate;
        candidate.percent = this.#percents.get(keyOf(route.name, policy.subset.name)) ?? policy.percent;
      }
    }
  }

  /** The candidates that the request's route does not mirror to. */
  #countOthers(at: number, candidates: readonly Candidate[]): void {
    for (const name of this.#candidateNames) {
      if (candidates.some(({ target }) => target.subset === name)) continue;
      this.#countNotMirrored(at, name, "route");
    }
  }

  /** Whoever is not admitted is counted here; the others when their fate is known. */
  #admit(candidate: Candidate, request: MirrorableRequest, chance: number): Admitted | null {
    const { policy, percent, target, admission, prepare } = candidate;
    const { collector } = this.#options;
    const { at } = request;
    const obstacle = this.#obstacle(policy, request);
    if (obstacle !== null) return this.#countNotMirrored(at, target.subset, obstacle);
    // One draw for all candidates, so that their shares are nested.
    const draw = policy.sticky === undefined ? undefined : stickyDraw("mirror", policy.sticky, request.received);
    if (!isSampled(draw ?? chance, percent)) {
      collector.count(at, target.subset, "received");
      collector.count(at, target.subset, "sampledOut");
      return null;
    }
    const place = admission.enter();
    if (typeof place !== "string") return { target, place, prepare };
    collector.count(at, target.subset, "received");
    collector.count(at, target.subset, "dropped", place);
    this.#context.dropped(target.subset, place);
    return null;
  }

  #obstacle(policy: MirrorPolicy, { obstacle, request }: MirrorableRequest): NotMirroredReason | null {
    if (this.#paused) return "paused";
    return obstacle ?? (policy.methods.has(request.method) ? null : "method");
  }

  #countNotMirrored(at: number, candidate: string, reason: NotMirroredReason): null {
    const { collector } = this.#options;
    collector.count(at, candidate, "received");
    collector.count(at, candidate, "notMirrored", reason);
    return null;
  }

  /**
   * A draw of its own: the secondary is a share of the mirrored requests, so that pairs exist. Over its bounds the exchange
   * goes on without the pair.
   */
  #admitSecondary(secondary: Secondary | null, { primarySubset, request }: MirrorableRequest): Admitted | null {
    const asked = secondary?.askedFor(primarySubset, request.method) ?? null;
    if (secondary === null || asked === null) return null;
    if (!isSampled(this.#options.random(), secondary.policy.percent)) return null;
    const { target, admission } = asked;
    const place = admission.enter();
    if (typeof place !== "string") return { target, place, prepare: unchanged };
    this.#context.dropped(target.subset, place);
    return null;
  }
}

function unchanged(fields: RawHeaders): RawHeaders {
  return fields;
}

function keyOf(route: string, candidate: string): string {
  return `${route}\u0000${candidate}`;
}
