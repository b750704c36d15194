import { isDeepStrictEqual } from "node:util";
import type { FinishedExchange } from "../capture/finished-exchange.ts";
import type { LegRecorder } from "../capture/leg-recorder.ts";
import { drawDelay } from "../mirror/sampling.ts";
import type { MirrorTarget } from "../mirror/mirror-leg.ts";
import type { SkipReason } from "../model/accounting.ts";
import type {
  ProbeLeg,
  ProbeOutcome,
  ProbePurpose,
  ProbeRequest,
  ProbeResult,
  ProbeRunner,
  ProbeTarget,
} from "../model/isolate/probe.ts";
import type { UpstreamRequest } from "../model/mirror-stage.ts";
import type { DelayRange, Subset } from "../model/routing.ts";
import { compareProbe, type ProbeSettings } from "./probe-comparison.ts";
import { type ProbeCopy, type ProbeLegs, type ProbeResponses, sendProbe } from "./probe-exchange.ts";
import { markedRequest } from "./probe-request.ts";
import { primaryClientOf, type ProbeRoute, ProbeUpstreams } from "./probe-upstreams.ts";

/** Between two requests to one primary, so that a clock shows as noise: as a self-check waits. */
const SELF_CHECK_DELAY: DelayRange = { minMs: 5, maxMs: 50 };

/** Why the response of a candidate says nothing about it. */
const NOT_JUDGED: Readonly<Partial<Record<SkipReason, string>>> = {
  "connection-closed": "the candidate closed the connection before it read the request",
  "not-processed": "the candidate did not process the request",
  saturated: "the candidate did not respond in time, and the primary was about as slow",
};

export interface ProbeMetrics {
  /** A request was sent again. */
  probed(candidate: string, purpose: ProbePurpose, result: ProbeOutcome): void;
}

interface ProbeSenderOptions {
  /** In force. */
  settings(): ProbeSettings;
  /** Of the run, which all threads share. */
  readonly redactionKey: Uint8Array;
  readonly metrics: ProbeMetrics;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Sends requests to all versions, from the main thread and with clients that nothing else uses, and compares the responses. */
export class ProbeSender implements ProbeRunner {
  readonly #options: ProbeSenderOptions;
  readonly #upstreams = new ProbeUpstreams();
  #settings: ProbeSettings;
  #count = 0;

  constructor(options: ProbeSenderOptions) {
    this.#options = options;
    this.#settings = options.settings();
  }

  /** Requests so far, each to all versions. */
  get count(): number {
    return this.#count;
  }

  async probe(request: ProbeRequest, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    signal.throwIfAborted();
    this.#count += 1;
    let outcome: ProbeOutcome = "fail";
    try {
      const result = await this.#send(request, target, signal);
      const differs = result.fields.some(({ mark }) => mark !== "noise");
      if (result.failure === null) outcome = differs ? "differ" : "match";
      return result;
    } finally {
      this.#options.metrics.probed(target.candidate, target.purpose, outcome);
    }
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return this.#upstreams.close();
  }

  async #send(request: ProbeRequest, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const settings = this.#currentSettings();
    const { config } = settings;
    const at = Date.now();
    const route = this.#upstreams.route(config, target.route);
    if (route === undefined) return failed(at, `there is no route ${target.route} any more that forwards requests`);
    const legs = this.#legsOf(route, target, request.method);
    if (typeof legs === "string") return failed(at, legs);
    const marked = markedRequest(request, config.isolate.marker, target.purpose);
    const body = request.body === null ? null : Buffer.from(request.body);
    route.lease.acquire();
    try {
      const responses = await sendProbe(marked, body, legs, { bodyCap: config.capture.maxBodyBytes, signal });
      try {
        return this.#resultOf(at, responses, target, { marked, settings });
      } finally {
        for (const leg of legsList(responses)) leg.body.release();
      }
    } finally {
      route.lease.release();
    }
  }

  /** The same objects as long as nothing has changed, so that descriptors and contracts are read once. */
  #currentSettings(): ProbeSettings {
    const settings = this.#options.settings();
    if (!isDeepStrictEqual(settings, this.#settings)) this.#settings = settings;
    return this.#settings;
  }

  #resultOf(
    at: number,
    responses: ProbeResponses,
    { route, knownPaths = [] }: ProbeTarget,
    { marked, settings }: { readonly marked: UpstreamRequest; readonly settings: ProbeSettings },
  ): ProbeResult {
    const { primary, candidate, secondary } = responses;
    const legs = {
      primary: describeLeg(primary),
      candidate: describeLeg(candidate),
      secondary: secondary === null ? null : describeLeg(secondary),
    };
    const failure = failureOf(responses);
    if (failure !== null) return { ...failed(at, failure), legs };
    const finished: FinishedExchange = {
      id: `probe-${this.#count}`,
      at,
      backToBack: false,
      route,
      request: marked,
      protocol: undefined,
      requestBody: null,
      primary,
      secondary: secondary?.skipReason(primary) === null ? secondary : null,
      candidates: [candidate],
    };
    const findings = compareProbe(finished, settings, this.#options.redactionKey, knownPaths);
    return { at, failure: null, legs, ...findings };
  }

  /** @returns the legs, or why there are none */
  #legsOf(route: ProbeRoute, target: ProbeTarget, method: string): ProbeLegs | string {
    const { forward, mirror, timeouts } = route;
    const name = route.route.name;
    const candidate = mirror.candidates.find((each) => each.target.subset === target.candidate);
    if (candidate === undefined) return `the route ${name} does not mirror to ${target.candidate} any more`;
    const subsets = forward.destinations.map(({ subset }) => subset);
    const primary = subsets.find((subset) => subset.name === (target.primary ?? subset.name));
    if (primary === undefined) return `the route ${name} has no primary ${target.primary} any more`;
    return {
      primary: { subset: primary.name, client: primaryClientOf(route, primary), timeouts },
      candidate: { target: candidate.target, changeHeaders: candidate.changeHeaders, delayMs: null },
      secondary: target.measuresNoise ? this.#secondaryOf(route, primary, candidate.target, method) : null,
    };
  }

  /** The configured secondary, or the primary a second time. */
  #secondaryOf({ mirror, lease }: ProbeRoute, primary: Subset, like: MirrorTarget, method: string): ProbeCopy {
    const { secondary } = mirror;
    const own = secondary?.targetFor(primary.name, method)?.target;
    const delayMs = drawDelay(secondary?.policy.delay ?? SELF_CHECK_DELAY, () => this.#options.random());
    if (own !== undefined) {
      const isSelf = own.subset === primary.name;
      return { target: own, changeHeaders: secondary?.changeHeaders ?? null, delayMs: isSelf ? delayMs : null };
    }
    const { timeoutMs } = like;
    const client = lease.clientTo("secondary", primary);
    const target: MirrorTarget = { role: "secondary", subset: primary.name, client, timeoutMs };
    return { target, changeHeaders: null, delayMs };
  }
}

/** Why the responses cannot be compared; null if they can. A candidate that does not respond is a difference. */
function failureOf({ primary, candidate }: ProbeResponses): string | null {
  if (primary.failure !== null) return `the primary did not respond: ${primary.failure.detail}`;
  const { failure } = candidate;
  if (failure?.kind === "descriptors" || failure?.kind === "internal") return `shadowdiff failed: ${failure.detail}`;
  const reason = candidate.skipReason(primary);
  return reason === null ? null : (NOT_JUDGED[reason] ?? reason);
}

function describeLeg(leg: LegRecorder): ProbeLeg {
  const { subset, status, failure, hasEnded, address = null } = leg;
  const { totalMs } = leg.timing;
  return {
    subset,
    status: failure === null && hasEnded ? status : 0,
    failure: failure === null ? null : failure.detail,
    address,
    ms: hasEnded ? totalMs : null,
  };
}

function failed(at: number, failure: string): ProbeResult {
  const nothing = { endpoint: "", paired: false, statuses: { primary: 0, candidate: 0, secondary: null } };
  return { at, failure, legs: null, ...nothing, fields: [], differences: [] };
}

function legsList({ primary, candidate, secondary }: ProbeResponses): readonly LegRecorder[] {
  return secondary === null ? [primary, candidate] : [primary, candidate, secondary];
}
