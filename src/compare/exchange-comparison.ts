import type { Capture, Exchange, MirroredCapture } from "../model/capture.ts";
import { mirroredResponse, primaryResponse, type CapturedResponse, type ResponseOptions } from "./captured-response.ts";
import { compareCaptures } from "./compare-captures.ts";
import { NO_DIFFERENCES, type FieldDifferences, type FieldKey } from "./field-difference.ts";
import type { EndpointRules } from "./rules/rule-book.ts";
import type { MapPaths } from "./tree/keys/map-paths.ts";

/** Without rules, nothing is added to it. */
const NO_HITS = new Set<string>();

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
  readonly #maps: MapPaths;
  #noise: PairResult | undefined;

  /** @param known what is known about the endpoint */
  constructor(
    exchange: Exchange,
    { rules, maps }: { readonly rules: EndpointRules | undefined; readonly maps: MapPaths },
    options: Omit<ResponseOptions, "target">,
  ) {
    this.#exchange = exchange;
    this.#rules = rules;
    this.#maps = maps;
    this.#options = { ...options, target: exchange.target };
    this.primary = primaryResponse(exchange.primary, this.#options);
    const { secondary } = exchange;
    this.secondary = secondary === null ? null : mirroredResponse(secondary, this.primary, this.#options);
  }

  /** Whether noise can be measured. A secondary that failed says nothing about noise. */
  get isPaired(): boolean {
    return this.secondary !== null && this.secondary.capture.failure === null;
  }

  /** Whether the secondary is the primary itself, asked twice. */
  get isSelfCheck(): boolean {
    return this.secondary?.capture.subset === this.primary.capture.subset;
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
    const hits = this.#rules === undefined ? NO_HITS : new Set<string>();
    const context = { rules: this.#rules, maps: this.#maps, onHit: (rule: string) => hits.add(rule) };
    const found = compareCaptures(this.primary, response, mirrored, method, context);
    const isDenied = this.#rules?.isDenied;
    if (hits.size === 0 || isDenied === undefined) return { differences: found, hits };
    // A rule acted: what it hides of denied fields shows without rules.
    const bare = compareCaptures(this.primary, response, mirrored, method, { ...context, rules: undefined });
    return { differences: withDenied(found, bare, isDenied), hits };
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

  /**
   * The captures whose latencies are compared. That of a self-check is not: it is asked later, when its machine is less busy
   * and its caches are warm, and it does not queue when a candidate does.
   */
  captures(candidate: MirroredCapture): { primary: Capture; candidate: Capture; secondary: Capture | null } {
    return {
      primary: this.#exchange.primary,
      candidate: candidate.capture,
      secondary: this.isSelfCheck ? null : (this.#exchange.secondary?.capture ?? null),
    };
  }
}

/** Adds the denied fields that only differ without rules. */
function withDenied(
  found: FieldDifferences,
  bare: FieldDifferences,
  isDenied: (field: FieldKey) => boolean,
): FieldDifferences {
  const hidden = bare.differences.filter(
    (field) => isDenied(field) && !found.differences.some((known) => isSameField(known, field)),
  );
  return hidden.length === 0 ? found : { ...found, differences: [...found.differences, ...hidden] };
}

function isSameField(one: FieldKey, other: FieldKey): boolean {
  return one.section === other.section && one.path === other.path && one.kind === other.kind;
}

function statusOf({ capture, head }: CapturedResponse): number {
  return capture.failure === null ? head.status : 0;
}
