import { readIdentical } from "../transfer/identical-exchanges.ts";
import { readExchanges } from "../transfer/packed-exchanges.ts";
import type { CaptureBatch, IdenticalExchanges, ResultBatch } from "../model/batch.ts";
import type { Exchange, MirroredCapture } from "../model/capture.ts";
import type { CompareConfig } from "../model/config.ts";
import type { Sample } from "../model/sample.ts";
import type { Rule } from "../model/rule.ts";
import { compareCaptures } from "./compare-captures.ts";
import { primaryResponse, mirroredResponse, type CapturedResponse, type ResponseOptions } from "./captured-response.ts";
import { readRegistry } from "./body/parsers/protobuf-message.ts";
import { createEndpoints } from "./endpoint-names.ts";
import { NO_DIFFERENCES, type FieldDifferences, joinFields } from "./field-difference.ts";
import { LatencyPairFilter } from "./latency-pair-filter.ts";
import { createRedactor } from "./redact/body-redactor.ts";
import { createRuleBook, type EndpointRules, type RuleContext } from "./rules/rule-book.ts";
import { createSample } from "./samples/create-sample.ts";
import { SampleSelector, sampleBytes } from "./samples/sample-selector.ts";
import { Tally } from "./tally.ts";

const MS_PER_MINUTE = 60_000;
/** Compressed bodies of all samples in one batch. */
const MAX_SAMPLE_BYTES = 1024 * 1024;

export interface ComparerOptions {
  readonly config: CompareConfig;
  /** Random, one per run, shared by all threads that redact. */
  readonly redactionKey: Uint8Array;
  /** Told before and after each exchange, so that somebody else can see when one takes too long. */
  readonly onExchange?: ((busy: boolean) => void) | undefined;
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface Comparer {
  /** Judges a batch. Nothing of the result refers to the batch's memory. Never throws. */
  compare(batch: CaptureBatch): ResultBatch;
  /** From now on these rules hold, and no others. */
  setRules(rules: readonly Rule[]): void;
}

/** The stage between capture and store. It remembers nothing but how many samples it has taken. */
export function createComparer(options: ComparerOptions): Comparer {
  const { config, redactionKey, onExchange, random = Math.random } = options;
  const endpointOf = createEndpoints(config.endpoints);
  const sampler = new SampleSelector(config.samplesPerDifference);
  const pairs = new LatencyPairFilter();
  const reading = { maxDecodedBytes: config.maxDecodedBytes, registry: readRegistry(config.descriptorSet) };
  let rules = createRuleBook(config.rules);

  /** One exchange against each of its candidates. @returns bytes of samples added */
  const judge = (exchange: Exchange, tally: Tally, samples: Sample[], room: number): number => {
    const { route, method } = exchange;
    const minute = Math.floor(exchange.at / MS_PER_MINUTE);
    let known: ExchangeComparison | undefined;
    let used = 0;
    for (const mirrored of exchange.candidates) {
      const candidate = mirrored.capture.subset;
      if (exchange.primary.failure !== null) {
        tally.skipped(minute, route, candidate, "primary-failed");
        continue;
      }
      try {
        const endpoint = endpointOf(method, exchange.target);
        const sides = (known ??= new ExchangeComparison(exchange, rules.of(endpoint, exchange.at), reading));
        const { leg, raw, noise, hits } = sides.against(mirrored);
        const fields = joinFields(raw.differences, noise.differences);
        const overflow = raw.overflow || noise.overflow;
        const offer = { id: exchange.id, at: exchange.at, endpoint, candidate, fields, size: sides.size(mirrored) };
        const sample =
          raw.differences.length > 0 && used < room && sampler.wants(offer)
            ? createSample(
                { exchange, endpoint, fields, differences: raw.differences, ...sides.legs(), candidate: leg },
                createRedactor(redactionKey),
              )
            : undefined;
        // Counted only when nothing can throw any more, so that an exchange is either compared or skipped.
        const subject = { minute, route, endpoint, candidate };
        tally.outcome(subject, { paired: sides.paired, fields, overflow });
        tally.relations(subject, raw.differences);
        tally.ruleHits(subject, hits);
        tally.statuses(subject, sides.statuses(leg));
        tally.latencies(subject, sides.captures(mirrored));
        if (sample !== undefined && used + sampleBytes(sample) <= room) {
          used += sampleBytes(sample);
          samples.push(sample);
          sampler.recordTaken(offer);
        }
      } catch {
        tally.skipped(minute, route, candidate, "error");
      }
    }
    return used;
  };

  const countIdentical = (exchanges: IdenticalExchanges, tally: Tally): void => {
    for (const { at, route, method, target, candidate, status, ...times } of readIdentical(exchanges)) {
      const minute = Math.floor(at / MS_PER_MINUTE);
      const subject = { minute, route, endpoint: endpointOf(method, target), candidate };
      const paired = times.secondaryMs !== null;
      tally.outcome(subject, { paired, fields: [], overflow: false });
      tally.statuses(subject, { primary: status, candidate: status, secondary: paired ? status : null });
      tally.times(subject, times);
    }
  };

  return {
    compare(batch) {
      const tally = new Tally(random, pairs);
      const samples: Sample[] = [];
      let room = MAX_SAMPLE_BYTES;
      const { exchanges, slab } = batch;
      for (const exchange of exchanges === null ? [] : readExchanges(exchanges, slab)) {
        onExchange?.(true);
        room -= judge(exchange, tally, samples, room);
        onExchange?.(false);
      }
      if (batch.identical !== null) countIdentical(batch.identical, tally);
      const { skipped, ...counts } = tally.results();
      return { id: batch.id, accounting: [...batch.accounting, ...skipped], ...counts, samples };
    },
    setRules(all) {
      rules = createRuleBook(all);
    },
  };
}

const NO_HITS: ReadonlySet<string> = new Set();

interface Compared {
  readonly leg: CapturedResponse;
  readonly raw: FieldDifferences;
  readonly noise: FieldDifferences;
  /** Rules that recordTaken a difference away, on either side. */
  readonly hits: ReadonlySet<string>;
}

/** What the candidates of one exchange share: the primary's leg, and how the secondary differs from it. */
class ExchangeComparison {
  readonly primary: CapturedResponse;
  /** A secondary that failed says nothing about noise. */
  readonly #secondary: MirroredCapture | null;
  readonly #secondaryLeg: CapturedResponse | null;
  readonly #exchange: Exchange;
  readonly #rules: EndpointRules | undefined;
  readonly #reading: ResponseOptions;
  #noise: Pick<Compared, "raw" | "hits"> | undefined;

  constructor(exchange: Exchange, rules: EndpointRules | undefined, settings: Omit<ResponseOptions, "target">) {
    this.#exchange = exchange;
    this.#rules = rules;
    this.#reading = { ...settings, target: exchange.target };
    this.primary = primaryResponse(exchange.primary, this.#reading);
    const { secondary } = exchange;
    this.#secondaryLeg = secondary === null ? null : mirroredResponse(secondary, this.primary, this.#reading);
    this.#secondary = secondary === null || secondary.capture.failure !== null ? null : secondary;
  }

  get paired(): boolean {
    return this.#secondary !== null;
  }

  against(mirrored: MirroredCapture): Compared {
    const leg = mirroredResponse(mirrored, this.primary, this.#reading);
    const { raw, hits } = this.#compare(leg, mirrored);
    this.#noise ??=
      this.#secondary === null || this.#secondaryLeg === null
        ? { raw: NO_DIFFERENCES, hits: NO_HITS }
        : this.#compare(this.#secondaryLeg, this.#secondary);
    return { leg, raw, noise: this.#noise.raw, hits: hits.union(this.#noise.hits) };
  }

  /** Rules hold for noise as they do for the candidate, or what they leave could not be told from noise. */
  #compare(leg: CapturedResponse, mirrored: MirroredCapture): Pick<Compared, "raw" | "hits"> {
    const { method } = this.#exchange;
    if (this.#rules === undefined) return { raw: compareCaptures(this.primary, leg, mirrored, method), hits: NO_HITS };
    const hits = new Set<string>();
    const context: RuleContext = { rules: this.#rules, hit: (rule) => hits.add(rule) };
    return { raw: compareCaptures(this.primary, leg, mirrored, method, context), hits };
  }

  /** 0 where there was no complete answer. */
  statuses(candidate: CapturedResponse): { primary: number; candidate: number; secondary: number | null } {
    const secondary = this.#secondaryLeg;
    return {
      primary: statusOf(this.primary),
      candidate: statusOf(candidate),
      secondary: secondary === null ? null : statusOf(secondary),
    };
  }

  /** Bytes of all bodies on the wire. */
  size(candidate: MirroredCapture): number {
    const { primary, secondary } = this.#exchange;
    return primary.body.length + candidate.capture.body.length + (secondary?.capture.body.length ?? 0);
  }

  legs(): { primary: CapturedResponse; secondary: CapturedResponse | null } {
    return { primary: this.primary, secondary: this.#secondaryLeg };
  }

  captures(candidate: MirroredCapture): {
    primary: Exchange["primary"];
    candidate: Exchange["primary"];
    secondary: Exchange["primary"] | null;
  } {
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
