import type { Isolation, IsolationState } from "../model/isolate/isolation.ts";
import type { LiveRequests, ProbeRequest, ProbeResult, ProbeRunner, ProbeTarget } from "../model/isolate/probe.ts";
import { AddressTally } from "./reduce/address-tally.ts";
import { createCauseMatch, type CauseField } from "./reduce/cause-match.ts";
import { CauseTrials } from "./reduce/cause-trials.ts";
import { isNoise, isolateCause, type Reduction } from "./reduce/isolate-cause.ts";
import { IsolationEnd, PacedProber } from "./reduce/paced-prober.ts";
import { readRequestParts, type RequestParts } from "./request/request-parts.ts";
import { failedToShow, isolatedMessage, noiseMessage } from "./show/isolation-messages.ts";
import { RequestView } from "./show/request-view.ts";

/** What to isolate. */
export interface IsolationOrder extends Pick<
  Isolation,
  "signature" | "title" | "endpoint" | "candidate" | "runId" | "by"
> {
  readonly fields: readonly CauseField[];
  /** A stored request with its secrets filled in; null to wait for a live one. */
  readonly sample: {
    readonly id: string;
    readonly route: string;
    /** The subset that has responded to it. */
    readonly primary: string;
    readonly request: ProbeRequest;
    /** Masked places that the request lacks. */
    readonly leftOut: readonly string[];
  } | null;
  /** Targets of other requests to the endpoint. */
  readonly otherTargets: readonly string[];
  readonly maxProbes: number;
}

/** What the requests of an isolation have in common. */
export interface IsolationRoute extends Pick<IsolationOrder, "candidate" | "fields"> {
  readonly route: string;
  /** Undefined: the first subset of the route. */
  readonly primary: string | undefined;
}

/** Where they go. */
export interface IsolationPlace {
  readonly target: Omit<ProbeTarget, "measuresNoise">;
  readonly hasSecondary: boolean;
  /** URL of the primary. */
  readonly origin: string;
}

export interface IsolationJobOptions {
  readonly runner: ProbeRunner;
  readonly live: LiveRequests;
  /** @returns undefined if the route does not forward to the candidate any more */
  readonly place: (route: IsolationRoute) => IsolationPlace | undefined;
  /** Why nothing may be sent now, or null. */
  readonly refusal: (route: IsolationRoute) => string | null;
  readonly settings: () => { readonly perSecond: number; readonly repeats: number; readonly marker: string };
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** @throws the reason of `signal` when it is aborted */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called with each change. */
  readonly onChange: () => void;
}

/** An armed isolation that has waited so long blocks others for nothing. */
const ARMED_MINUTES = 30;

/** One isolation from its start to its end. */
export class IsolationJob {
  readonly #order: IsolationOrder;
  readonly #options: IsolationJobOptions;
  readonly #controller = new AbortController();
  /** Its random key makes fingerprints useless outside. */
  readonly #view = new RequestView();
  #isolation: Isolation;

  constructor(id: string, order: IsolationOrder, options: IsolationJobOptions) {
    const { signature, title, endpoint, candidate, runId, by, sample, maxProbes } = order;
    this.#order = order;
    this.#options = options;
    this.#isolation = {
      id,
      signature,
      title,
      endpoint,
      candidate,
      runId,
      by,
      startedAt: options.now(),
      endedAt: null,
      sampleId: sample?.id ?? null,
      state: sample === null ? "armed" : "checking",
      message: sample === null ? waiting(endpoint) : CHECKING,
      probes: 0,
      maxProbes,
      parts: { original: 0, left: 0 },
      isMinimal: false,
      request: null,
      deciding: [],
    };
  }

  get isolation(): Isolation {
    return this.#isolation;
  }

  /** Ends it as soon as possible. */
  stop(by: string): void {
    this.#controller.abort(new IsolationEnd("stopped", `Stopped by ${by}.`));
  }

  /**
   * Resolves when it has ended.
   * @throws what is a bug
   */
  async run(): Promise<void> {
    try {
      await this.#isolate();
    } catch (error) {
      if (!(error instanceof IsolationEnd)) {
        this.#end("failed", "An internal error has ended it; the log has details.");
        throw error;
      }
      this.#end(error.state, error.message);
    }
  }

  async #isolate(): Promise<void> {
    const { fields, endpoint, otherTargets, sample } = this.#order;
    const settings = this.#options.settings();
    const { request, ...from } = sample ?? (await this.#waitForRequest());
    const route: IsolationRoute = {
      candidate: this.#order.candidate,
      fields,
      route: from.route,
      primary: sample?.primary,
    };
    const parts = readRequestParts(request, {
      endpoint,
      otherTargets,
      ownFields: new Set([settings.marker.toLowerCase()]),
    });
    this.#change({
      state: "checking",
      message: CHECKING,
      parts: { original: parts.all.length, left: parts.all.length },
    });
    const noise = { isMeasured: true };
    const match = createCauseMatch(fields);
    const addresses = new AddressTally();
    const trials = new CauseTrials({
      prober: this.#prober(route, noise),
      match(result) {
        const sight = match(result);
        if (result.legs?.candidate.address) addresses.add(result.legs.candidate.address, sight.shows);
        return sight;
      },
      repeats: settings.repeats,
    });
    const original = parts.build(new Map());
    const frequency = await trials.measure(original);
    if (frequency.shown === 0 || isNoise(frequency)) {
      const isNoisy = frequency.noisy > 0;
      const leftOut = sample?.leftOut ?? [];
      if (isNoisy) return this.#end("noise", noiseMessage(frequency));
      return this.#end(leftOut.length > 0 ? "failed" : "not-reproduced", failedToShow(frequency, leftOut));
    }
    // Noise costs another request to the primary unless there is a secondary.
    noise.isMeasured = frequency.noisy > 0 || this.#place(route).hasSecondary;
    this.#showReduction({ request: original, left: parts.all.length }, route, parts);
    const found = await isolateCause(parts, trials, (reduction) => this.#showReduction(reduction, route, parts));
    const { origin } = this.#place(route);
    const deciding = found.deciding.map((part) => this.#view.deciding(part, found.request.target));
    this.#change({
      request: this.#view.request(found.request, { origin, mayAddFields: found.showsWithCurl }),
      deciding: found.isMinimal ? deciding : [],
      isMinimal: found.isMinimal,
      parts: { original: parts.all.length, left: found.left },
    });
    this.#end(
      found.isMinimal ? "isolated" : "stopped",
      isolatedMessage(this.#isolation, { frequency, repeats: trials.neededMisses, addresses: addresses.sentence() }),
    );
  }

  async #waitForRequest(): Promise<{ readonly route: string; readonly request: ProbeRequest }> {
    const { candidate, endpoint, fields } = this.#order;
    const signal = AbortSignal.any([this.#controller.signal, AbortSignal.timeout(ARMED_MINUTES * 60_000)]);
    try {
      return await this.#options.live.next({ candidate, endpoint, fields }, signal);
    } catch (error) {
      if (this.#controller.signal.aborted) throw error;
      if (!signal.aborted) throw new IsolationEnd("failed", `${(error as Error).message}.`, { cause: error });
      const text = `No request with the cause came within ${ARMED_MINUTES} minutes. Arm it again when there is traffic.`;
      throw new IsolationEnd("stopped", text, { cause: error });
    }
  }

  #prober(route: IsolationRoute, noise: { readonly isMeasured: boolean }): PacedProber {
    const { runner, settings, refusal, monotonic, wait } = this.#options;
    return new PacedProber({
      send: (request, signal) => {
        const { target } = this.#place(route);
        return runner.probe(request, { ...target, measuresNoise: noise.isMeasured }, signal);
      },
      failureOf: (result) => this.#failureOf(result),
      maxProbes: this.#order.maxProbes,
      perSecond: settings().perSecond,
      signal: this.#controller.signal,
      refusal: () => refusal(route),
      onProbe: (probes) => this.#change({ probes }),
      now: monotonic,
      wait,
    });
  }

  /** A candidate that does not respond looks like a cause that is gone, unless that is the cause. */
  #failureOf({ legs }: ProbeResult): string | null {
    const { candidate, fields } = this.#order;
    const failure = legs?.candidate.failure ?? null;
    if (failure === null || fields.some(({ section }) => section === "transport")) return null;
    return `${candidate} does not respond: ${failure}`;
  }

  /** @throws IsolationEnd if the configuration has changed */
  #place(route: IsolationRoute): IsolationPlace {
    const place = this.#options.place(route);
    if (place !== undefined) return place;
    throw new IsolationEnd("stopped", `The route ${route.route} does not forward to ${route.candidate} any more.`);
  }

  #showReduction({ request, left }: Reduction, route: IsolationRoute, { all }: RequestParts): void {
    this.#change({
      state: "reducing",
      message: `Leaves out parts of the request: ${left} of ${all.length} are left.`,
      parts: { original: all.length, left },
      request: this.#view.request(request, { origin: this.#place(route).origin, mayAddFields: false }),
    });
  }

  #end(state: IsolationState, message: string): void {
    this.#change({ state, message, endedAt: this.#options.now() });
  }

  #change(change: Partial<Isolation>): void {
    this.#isolation = { ...this.#isolation, ...change };
    this.#options.onChange();
  }
}

const CHECKING = "Sends the request again, to see whether the cause still shows.";

function waiting(endpoint: string): string {
  return `Waits up to ${ARMED_MINUTES} minutes for the next live request to ${endpoint} that shows the cause.`;
}
