import type { CaptureCollector } from "../capture/capture-collector.ts";
import type { DropReason, NotMirroredReason } from "../model/accounting.ts";
import type { MirrorInput } from "../model/mirror-stage.ts";
import type { MirrorPolicy } from "../model/routing.ts";
import { stickyDraw } from "../upstream/sticky-draw.ts";
import type { CandidateMirror, MirrorRecipient, SecondaryMirror } from "./mirror-recipients.ts";
import { drawDelay, isSampled } from "./sampling.ts";

export interface AdmissionOptions {
  readonly collector: CaptureCollector;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onDrop: (subset: string, reason: DropReason) => void;
}

/** Decides who receives a copy of a request, and counts the candidates that do not. */
export class Admission {
  /** No candidate receives a copy. */
  isPaused = false;
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Candidates with a recipient are counted when their request is finished.
   * @param chance uniform in [0, 1); all candidates share one, so that their samples are nested
   */
  candidate(candidate: CandidateMirror, input: MirrorInput, chance: number): MirrorRecipient | null {
    const { policy, target, slots, changeHeaders } = candidate;
    const { collector, onDrop } = this.#options;
    const { at } = input;
    const obstacle = this.#obstacleFor(policy, input);
    if (obstacle !== null) return this.countNotMirrored(at, target.subset, obstacle);
    const draw = policy.sticky === undefined ? undefined : stickyDraw("mirror", policy.sticky, input.received);
    const level = this.#sample(candidate, input, draw ?? chance);
    if (level === null) {
      collector.count(at, target.subset, "sampledOut");
      return null;
    }
    const slot = slots.acquire();
    if (typeof slot !== "string") return { target, slot, changeHeaders, delayMs: 0, level };
    collector.count(at, target.subset, "dropped", slot);
    onDrop(target.subset, slot);
    return null;
  }

  /**
   * Samples the secondary with a separate draw among the mirrored requests, so that pairs exist. Above its limits, the exchange
   * continues without a pair.
   */
  secondary(secondary: SecondaryMirror | null, { primarySubset, request }: MirrorInput): MirrorRecipient | null {
    const recipient = secondary?.targetFor(primarySubset, request.method) ?? null;
    if (secondary === null || recipient === null) return null;
    const { random, onDrop } = this.#options;
    const { percent, delay } = secondary.policy;
    if (!isSampled(random(), percent)) return null;
    const { target, slots } = recipient;
    const slot = slots.acquire();
    const delayMs = delay === undefined ? 0 : drawDelay(delay, random);
    const { changeHeaders } = secondary;
    if (typeof slot !== "string") return { target, slot, changeHeaders, delayMs, level: 0 };
    onDrop(target.subset, slot);
    return null;
  }

  countNotMirrored(at: number, candidate: string, reason: NotMirroredReason): null {
    this.#options.collector.count(at, candidate, "notMirrored", reason);
    return null;
  }

  /** @returns see `LegRecorder.level`; null if the request is not sampled */
  #sample({ sampler, percent }: CandidateMirror, { route, request }: MirrorInput, draw: number): number | null {
    if (sampler === null) return isSampled(draw, percent) ? 0 : null;
    const { endpoints } = this.#options.collector;
    return sampler.sample(endpoints.endpointOf(route.name, request.method, request.target), draw, percent);
  }

  #obstacleFor(policy: MirrorPolicy, { obstacle, request }: MirrorInput): NotMirroredReason | null {
    if (this.isPaused) return "paused";
    return obstacle ?? (policy.methods.has(request.method) ? null : "method");
  }
}
