import type { Collector } from "../capture/collector.ts";
import type { DropReason, NotMirroredReason } from "../model/accounting.ts";
import type { Role } from "../model/capture.ts";
import type { Config, MirrorPolicy, Subset } from "../model/config.ts";
import type { LegRequest, UpstreamClient } from "../upstream/leg.ts";
import { Admission } from "./admission.ts";
import { type Admitted, type MirrorContext, MirroredRequest } from "./mirrored-request.ts";
import { isSampled } from "./sampler.ts";
import type { ShadowTarget } from "./shadow-leg.ts";

const MS_PER_SECOND = 1000;

/** A client request of which copies may be sent. */
export interface MirrorableRequest {
  /** Arrival, Unix milliseconds. */
  readonly at: number;
  /** As the primary gets it: every leg gets the same. */
  readonly request: Omit<LegRequest, "body">;
  readonly hasBody: boolean;
  /** Why it must not be mirrored to anyone, if so. */
  readonly obstacle: Extract<NotMirroredReason, "upgrade" | "loop"> | null;
}

interface MirrorMetrics {
  leg(route: string, role: Role, subset: string, code: number, seconds: number): void;
  dropped(candidate: string, reason: DropReason): void;
}

export interface MirrorOptions {
  readonly config: Pick<Config, "route" | "capture">;
  /** Makes the connections to one subset; each mirrored role has its own. */
  connect(subset: Subset): UpstreamClient;
  readonly collector: Collector;
  readonly metrics: MirrorMetrics;
  /** New for each proxy thread that ever lived. */
  readonly identity: string;
  /** Uniform in [0, 1). */
  random(): number;
}

interface Candidate extends Admitted {
  readonly policy: MirrorPolicy;
}

/** Decides for every request which candidates get a copy, and accounts for those that do not. */
export class Mirror {
  readonly #candidates: readonly Candidate[];
  readonly #secondary: { readonly target: ShadowTarget; readonly percent: number } | null;
  readonly #context: MirrorContext;
  readonly #collector: Collector;
  readonly #identity: string;
  readonly #random: () => number;
  readonly #open = new Set<MirroredRequest>();
  #sequence = 0;
  #whenIdle: (() => void) | undefined;

  constructor(options: MirrorOptions) {
    const { collector, metrics } = options;
    const { route, capture } = options.config;
    const connect = (subset: Subset): UpstreamClient => options.connect(subset);
    const random = (): number => options.random();
    this.#candidates = route.candidates.map((policy) => ({
      policy,
      target: targetOf("candidate", policy, connect),
      admission: new Admission(policy, collector),
    }));
    this.#secondary =
      route.secondary === undefined
        ? null
        : { target: targetOf("secondary", route.secondary, connect), percent: route.secondary.percent };
    this.#context = {
      collector,
      route: route.name,
      primarySubset: route.primary.name,
      maxBodyBytes: capture.maxBodyBytes,
      random,
      legEnded: ({ role, subset }, status, totalMs) =>
        metrics.leg(route.name, role, subset, status, totalMs / MS_PER_SECOND),
      dropped: (candidate, reason) => metrics.dropped(candidate, reason),
      over: (request) => this.#ended(request),
    };
    this.#collector = collector;
    this.#identity = options.identity;
    this.#random = random;
  }

  /** Mirrored requests under way. */
  get inFlight(): number {
    return this.#open.size;
  }

  /**
   * Counts what becomes of a request, per candidate.
   * @returns the mirrored request, of which nothing is sent yet, or null when nobody gets a copy
   */
  begin(request: MirrorableRequest): MirroredRequest | null {
    const draw = this.#random();
    const admitted = this.#candidates.filter((candidate) => this.#admit(candidate, request, draw));
    if (admitted.length === 0) return null;
    this.#sequence += 1;
    const mirrored = new MirroredRequest(this.#context, {
      id: `${this.#identity}-${this.#sequence}`,
      at: request.at,
      request: request.request,
      hasBody: request.hasBody,
      candidates: admitted,
      secondary: this.#drawSecondary(),
    });
    this.#open.add(mirrored);
    return mirrored;
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

  async destroy(): Promise<void> {
    const targets = [...this.#candidates, ...(this.#secondary === null ? [] : [this.#secondary])];
    await Promise.all(targets.map(({ target }) => target.client.destroy()));
  }

  #giveUp(): void {
    for (const mirrored of this.#open) mirrored.giveUp();
  }

  #ended(mirrored: MirroredRequest): void {
    this.#open.delete(mirrored);
    if (this.#open.size === 0) this.#whenIdle?.();
  }

  /** Whoever is not admitted is counted here; the others when their fate is known. */
  #admit({ policy, target, admission }: Candidate, request: MirrorableRequest, draw: number): boolean {
    const { at } = request;
    const candidate = target.subset;
    const obstacle = request.obstacle ?? (policy.methods.has(request.request.method) ? null : "method");
    if (obstacle !== null) {
      this.#collector.count(at, candidate, "received");
      this.#collector.count(at, candidate, "notMirrored", obstacle);
      return false;
    }
    if (!isSampled(draw, policy.percent)) {
      this.#collector.count(at, candidate, "received");
      this.#collector.count(at, candidate, "sampledOut");
      return false;
    }
    const full = admission.enter();
    if (full === null) return true;
    this.#collector.count(at, candidate, "received");
    this.#collector.count(at, candidate, "dropped", full);
    this.#context.dropped(candidate, full);
    return false;
  }

  /** A draw of its own: the secondary is a share of the mirrored requests, so that pairs exist. */
  #drawSecondary(): ShadowTarget | null {
    if (this.#secondary === null) return null;
    return isSampled(this.#random(), this.#secondary.percent) ? this.#secondary.target : null;
  }
}

function targetOf(
  role: ShadowTarget["role"],
  { subset, timeoutMs }: { readonly subset: Subset; readonly timeoutMs: number },
  connect: MirrorOptions["connect"],
): ShadowTarget {
  return { role, subset: subset.name, client: connect(subset), timeoutMs };
}
