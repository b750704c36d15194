import type { Config } from "../../model/config.ts";
import type { ProbeResult, ProbeRunner } from "../../model/isolate/probe.ts";
import type { ResendPreview } from "../../model/isolate/resend.ts";
import type { Sample } from "../../model/sample.ts";
import { fillMasked, type TypedSecrets } from "../../presentation/exchange/fill-masked.ts";
import { ApiError } from "../api-error.ts";
import { probeDestinations } from "./probe-destinations.ts";

const MS_PER_SECOND = 1000;

/** How a sample is sent again. */
export interface ResendRequest {
  readonly confirm?: boolean | undefined;
  readonly secrets?: TypedSecrets | undefined;
  readonly leaveOutMasked?: boolean | undefined;
  /** In addition to those of the configuration. */
  readonly methods?: readonly string[] | undefined;
}

/** A request that was sent again. */
export interface ResentSample {
  readonly result: ProbeResult;
  /** Masked places without which it was sent. */
  readonly leftOut: readonly string[];
}

export interface SampleResenderOptions {
  readonly runner: ProbeRunner;
  /** In force. */
  current(): Config;
  /** Monotonic milliseconds. */
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Sends the request of a sample once more to all versions, one at a time for each candidate, and not faster than configured. */
export class SampleResender {
  readonly #options: SampleResenderOptions;
  /** By candidate: when its last request was sent; infinite while one is in flight. */
  readonly #lastAt = new Map<string, number>();

  constructor(options: SampleResenderOptions) {
    this.#options = options;
  }

  preview(sample: Sample): ResendPreview {
    const config = this.#options.current();
    const targets = probeDestinations(config, namesOf(sample));
    return {
      method: sample.method,
      masked: fillMasked(sample, {}).masked,
      needsConfirm: !config.isolate.enabled,
      targets: targets ?? [],
      refusal: refusalOf(config, sample, []),
    };
  }

  /**
   * @param signal ends the request
   * @throws ApiError 409 if the request must not or cannot be sent again, with what to do
   */
  async resend(sample: Sample, options: ResendRequest, signal: AbortSignal): Promise<ResentSample> {
    const config = this.#options.current();
    const { confirm = false, secrets = {}, leaveOutMasked = false, methods = [] } = options;
    const refusal = refusalOf(config, sample, methods);
    if (refusal !== null) throw new ApiError("not-resendable", refusal.message, refusal.remedy);
    const { request, leftOut, needed } = fillMasked(sample, secrets);
    const missing = leaveOutMasked ? needed : leftOut;
    if (missing.length > 0) throw maskedError(missing, needed);
    if (!confirm && !config.isolate.enabled) {
      throw new ApiError(
        "confirm-needed",
        `The request would be sent again to ${upstreamsOf(config, sample)}.`,
        'Confirm it with "confirm": true, or set isolate.enabled.',
      );
    }
    const result = await this.#paced(sample.candidate, config.isolate.perSecond, signal, () =>
      this.#options.runner.probe(
        request,
        {
          purpose: "resend",
          ...namesOf(sample),
          measuresNoise: true,
          knownPaths: sample.fields.map(({ path }) => path),
        },
        signal,
      ),
    );
    return { result, leftOut };
  }

  async #paced<Result>(
    candidate: string,
    perSecond: number,
    signal: AbortSignal,
    send: () => Promise<Result>,
  ): Promise<Result> {
    const last = this.#lastAt.get(candidate) ?? -Infinity;
    if (last === Infinity) {
      const remedy = "Try again when it has ended.";
      throw new ApiError("resend-running", `A request to ${candidate} is being sent again.`, remedy);
    }
    this.#lastAt.set(candidate, Infinity);
    try {
      const rest = last + MS_PER_SECOND / perSecond - this.#options.now();
      if (rest > 0) await this.#options.wait(rest, signal);
      return await send();
    } finally {
      this.#lastAt.set(candidate, this.#options.now());
    }
  }
}

/** The primary that has responded then, and the others. */
function namesOf({ route, candidate, legs }: Sample): { route: string; candidate: string; primary: string } {
  return { route, candidate, primary: legs.primary.subset };
}

function refusalOf(config: Config, sample: Sample, methods: readonly string[]): ResendPreview["refusal"] {
  const { method, route, candidate } = sample;
  if (!config.isolate.methods.has(method) && !methods.includes(method)) {
    return {
      message: `The method ${method} must not be sent again: every version would execute it once more.`,
      remedy: `If that does no harm, add it to isolate.methods, or allow it this once: "methods": ["${method}"].`,
    };
  }
  if (probeDestinations(config, namesOf(sample)) !== null) return null;
  return {
    message: `The route ${route} does not forward to ${namesOf(sample).primary} and ${candidate} any more.`,
    remedy: "Use a sample of the current configuration.",
  };
}

function maskedError(missing: readonly string[], needed: readonly string[]): ApiError {
  const canLeaveOut = needed.length === 0 ? ', leave them out with "leaveOutMasked": true' : "";
  return new ApiError(
    "masked-request",
    `These parts of the request were not stored: ${missing.join(", ")}.`,
    `Type them in as "secrets": they are used once${canLeaveOut}, or arm an isolation, which takes the next live request.`,
  );
}

function upstreamsOf(config: Config, sample: Sample): string {
  const destinations = probeDestinations(config, namesOf(sample)) ?? [];
  return destinations.map(({ role, subset, url }) => `the ${role} ${subset} (${url})`).join(", ");
}
