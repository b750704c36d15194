import type { Capture, Exchange, MirroredCapture } from "../model/capture.ts";
import { mirroredResponse, primaryResponse, type CapturedResponse, type ResponseOptions } from "./captured-response.ts";
import { compareCaptures } from "./compare-captures.ts";
import { NO_DIFFERENCES, type FieldDifferences } from "./field-difference.ts";
import type { EndpointRules, RuleContext } from "./rules/rule-book.ts";

const NO_HITS: ReadonlySet<string> = new Set();

interface PairResult {
  readonly differences: FieldDifferences;
  /** Ids of the rules that removed a difference. */
  readonly hits: ReadonlySet<string>;
}

export interface CandidateResult {
  readonly response: CapturedResponse;
  /** Primary against candidate. */
  readonly raw: FieldDifferences;
  /** Primary against secondary. */
  readonly noise: FieldDifferences;
  /** Ids of the rules that removed a difference from either. */
  readonly hits: ReadonlySet<string>;
}

/** Compares the responses of one exchange. All its candidates share the primary's response and the noise. */
export class ExchangeComparison {
  readonly primary: CapturedResponse;
  readonly secondary: CapturedResponse | null;
  readonly #exchange: Exchange;
  readonly #rules: EndpointRules | undefined;
  readonly #options: ResponseOptions;
  #noise: PairResult | undefined;

  constructor(exchange: Exchange, rules: EndpointRules | undefined, options: Omit<ResponseOptions, "target">) {
    this.#exchange = exchange;
    this.#rules = rules;
    this.#options = { ...options, target: exchange.target };
    this.primary = primaryResponse(exchange.primary, this.#options);
    const { secondary } = exchange;
    this.secondary = secondary === null ? null : mirroredResponse(secondary, this.primary, this.#options);
  }

  /** Whether noise can be measured. A secondary that failed says nothing about noise. */
  get isPaired(): boolean {
    return this.secondary !== null && this.secondary.capture.failure === null;
  }

  compareCandidate(mirrored: MirroredCapture): CandidateResult {
    const response = mirroredResponse(mirrored, this.primary, this.#options);
    const raw = this.#compare(response, mirrored);
    this.#noise ??= this.#compareSecondary();
    return {
      response,
      raw: raw.differences,
      noise: this.#noise.differences,
      hits: raw.hits.union(this.#noise.hits),
    };
  }

  #compareSecondary(): PairResult {
    const { secondary } = this.#exchange;
    return secondary === null || this.secondary === null || !this.isPaired
      ? { differences: NO_DIFFERENCES, hits: NO_HITS }
      : this.#compare(this.secondary, secondary);
  }

  /** The same rules apply to candidate and secondary, so that what they leave can still be recognized as noise. */
  #compare(response: CapturedResponse, mirrored: MirroredCapture): PairResult {
    const { method } = this.#exchange;
    if (this.#rules === undefined) {
      return { differences: compareCaptures(this.primary, response, mirrored, method), hits: NO_HITS };
    }
    const hits = new Set<string>();
    const context: RuleContext = { rules: this.#rules, onHit: (rule) => hits.add(rule) };
    return { differences: compareCaptures(this.primary, response, mirrored, method, context), hits };
  }

  /** Status codes; 0 for an incomplete response, null without a secondary. */
  statuses(candidate: CapturedResponse): { primary: number; candidate: number; secondary: number | null } {
    return {
      primary: statusOf(this.primary),
      candidate: statusOf(candidate),
      secondary: this.secondary === null ? null : statusOf(this.secondary),
    };
  }

  /** Wire bytes of all bodies. */
  bodyBytes(candidate: MirroredCapture): number {
    const { primary, secondary } = this.#exchange;
    return primary.body.length + candidate.capture.body.length + (secondary?.capture.body.length ?? 0);
  }

  captures(candidate: MirroredCapture): { primary: Capture; candidate: Capture; secondary: Capture | null } {
    return {
      primary: this.#exchange.primary,
      candidate: candidate.capture,
      secondary: this.#exchange.secondary?.capture ?? null,
    };
  }
}

function statusOf({ capture, head }: CapturedResponse): number {
  return capture.failure === null ? head.status : 0;
}
