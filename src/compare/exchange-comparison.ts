import type { Capture, Exchange, MirroredCapture } from "../model/capture.ts";
import { mirroredResponse, primaryResponse, type CapturedResponse, type ResponseOptions } from "./captured-response.ts";
import { compareCaptures } from "./compare-captures.ts";
import { compareJudgments, type ContractComparison } from "./contract/compare-judgments.ts";
import type { Judgment, JudgeResponse } from "./contract/contract-judge.ts";
import { NO_DIFFERENCES, type FieldDifferences, type FieldKey } from "./field-difference.ts";
import type { EndpointRules } from "./rules/rule-book.ts";
import type { MapPaths } from "./tree/keys/map-paths.ts";

/** Without rules, nothing is added to it. */
const NO_HITS = new Set<string>();

interface PairResult {
  readonly differences: FieldDifferences;
  /** Ids of the rules that removed a difference. */
  readonly hits: ReadonlySet<string>;
  readonly contract: ContractComparison | null;
}

export interface CandidateResult {
  readonly response: CapturedResponse;
  /** Primary against candidate. */
  readonly raw: FieldDifferences;
  /** Primary against secondary. */
  readonly noise: FieldDifferences;
  /** Ids of the rules that removed a difference from either. */
  readonly hits: ReadonlySet<string>;
  /** How primary and candidate keep to the contract; null if it does not describe the operation, and without one. */
  readonly contract: ContractComparison | null;
}

/** What is known about an exchange besides its responses. */
interface ExchangeKnowledge {
  readonly endpoint: string;
  readonly rules: EndpointRules | undefined;
  readonly maps: MapPaths;
  /** Undefined without a contract. */
  readonly judge: JudgeResponse | undefined;
}

/** Compares the responses of one exchange. All its candidates share the primary's response and the noise. */
export class ExchangeComparison {
  readonly primary: CapturedResponse;
  readonly secondary: CapturedResponse | null;
  readonly #exchange: Exchange;
  readonly #known: ExchangeKnowledge;
  readonly #options: ResponseOptions;
  #noise: PairResult | undefined;
  /** Of the primary's response. */
  #judgment: Judgment | null | undefined;

  constructor(exchange: Exchange, known: ExchangeKnowledge, options: Omit<ResponseOptions, "target">) {
    this.#exchange = exchange;
    this.#known = known;
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
      contract: raw.contract,
    };
  }

  #compareSecondary(): PairResult {
    const { secondary } = this.#exchange;
    return secondary === null || this.secondary === null || !this.isPaired
      ? { differences: NO_DIFFERENCES, hits: NO_HITS, contract: null }
      : this.#compare(this.secondary, secondary);
  }

  #compare(response: CapturedResponse, mirrored: MirroredCapture): PairResult {
    const { differences, hits } = this.#compareUnderRules(response, mirrored);
    const contract = this.#compareByContract(response, mirrored);
    if (contract === null || contract.differences.length === 0) return { differences, hits, contract };
    const all = [...differences.differences, ...contract.differences];
    return { differences: { ...differences, differences: all }, hits, contract };
  }

  /** The same rules apply to candidate and secondary, so that what they leave can still be recognized as noise. */
  #compareUnderRules(response: CapturedResponse, mirrored: MirroredCapture): Omit<PairResult, "contract"> {
    const { method } = this.#exchange;
    const { rules, maps } = this.#known;
    const hits = rules === undefined ? NO_HITS : new Set<string>();
    const context = { rules, maps, onHit: (rule: string) => hits.add(rule) };
    const found = compareCaptures(this.primary, response, mirrored, method, context);
    const isDenied = rules?.isDenied;
    if (hits.size === 0 || isDenied === undefined) return { differences: found, hits };
    // A rule acted: what it hides of denied fields shows without rules.
    const bare = compareCaptures(this.primary, response, mirrored, method, { ...context, rules: undefined });
    return { differences: withDenied(found, bare, isDenied), hits };
  }

  #compareByContract(response: CapturedResponse, { identical }: MirroredCapture): ContractComparison | null {
    const { judge, maps, endpoint } = this.#known;
    if (judge === undefined) return null;
    const operation = { endpoint, method: this.#exchange.method };
    this.#judgment ??= judge(operation, this.primary, maps);
    const other = identical ? this.#judgment : judge(operation, response, maps);
    const statuses = { primary: this.primary.head.status, candidate: response.head.status };
    return compareJudgments(this.#judgment, other, statuses);
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
