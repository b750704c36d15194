import type { CaptureBatch, IdenticalExchanges, ResultBatch } from "../model/batch.ts";
import type { Exchange } from "../model/capture.ts";
import type { CompareConfig } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { Sample } from "../model/sample.ts";
import { readIdenticalExchanges } from "../transfer/identical-exchanges.ts";
import { unpackExchanges } from "../transfer/packed-exchanges.ts";
import { readRegistry } from "./body/parsers/protobuf-message.ts";
import { createEndpointNamer } from "./endpoint-namer.ts";
import { ExchangeComparison } from "./exchange-comparison.ts";
import { joinFields } from "./field-difference.ts";
import { LatencyPairFilter } from "./latency-pair-filter.ts";
import { createRedactor } from "./redact/redactor.ts";
import { createRuleBook } from "./rules/rule-book.ts";
import { createSample } from "./samples/create-sample.ts";
import { SampleSelector, sampleBytes } from "./samples/sample-selector.ts";
import { Tally } from "./tally.ts";

const MS_PER_MINUTE = 60_000;
/** Limit on the compressed bodies of all samples in one batch. */
const MAX_SAMPLE_BYTES = 1024 * 1024;

export interface ComparerOptions {
  readonly config: CompareConfig;
  /** Random, one per run, shared by all threads that redact. */
  readonly redactionKey: Uint8Array;
  /** Called with true before and false after each exchange, so that another thread can detect a slow comparison. */
  readonly onExchange?: ((busy: boolean) => void) | undefined;
  /** Uniform in [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface Comparer {
  /** Compares a batch. The result does not reference the batch's memory. Never throws. */
  compare(batch: CaptureBatch): ResultBatch;
  /** Replaces all rules. */
  setRules(rules: readonly Rule[]): void;
}

/** The stage between capture and store. Between batches it keeps only rules, samples taken and draws of latency pairs. */
export function createComparer(options: ComparerOptions): Comparer {
  const { config, redactionKey, onExchange, random = Math.random } = options;
  const nameEndpoint = createEndpointNamer(config.endpoints);
  const selector = new SampleSelector(config.samplesPerDifference);
  const pairFilter = new LatencyPairFilter();
  const responseOptions = { maxDecodedBytes: config.maxDecodedBytes, registry: readRegistry(config.descriptorSet) };
  let rules = createRuleBook(config.rules);

  /** Compares one exchange with each of its candidates. @returns bytes of the samples added */
  const compareExchange = (exchange: Exchange, tally: Tally, samples: Sample[], maxBytes: number): number => {
    const { route, method } = exchange;
    const minute = Math.floor(exchange.at / MS_PER_MINUTE);
    let comparison: ExchangeComparison | undefined;
    let usedBytes = 0;
    for (const mirrored of exchange.candidates) {
      const candidate = mirrored.capture.subset;
      if (exchange.primary.failure !== null) {
        tally.addSkipped(minute, route, candidate, "primary-failed");
        continue;
      }
      try {
        const endpoint = nameEndpoint(method, exchange.target);
        comparison ??= new ExchangeComparison(exchange, rules.of(endpoint, exchange.at), responseOptions);
        const { primary, secondary } = comparison;
        const { response, raw, noise, hits } = comparison.compareCandidate(mirrored);
        const { differences } = raw;
        const fields = joinFields(differences, noise.differences);
        const overflow = raw.overflow || noise.overflow;
        const size = comparison.bodyBytes(mirrored);
        const offer = { id: exchange.id, at: exchange.at, endpoint, candidate, fields, size };
        const sample =
          differences.length > 0 && usedBytes < maxBytes && selector.wants(offer)
            ? createSample(
                { exchange, endpoint, fields, differences, primary, secondary, candidate: response },
                createRedactor(redactionKey),
              )
            : undefined;
        // Count only after everything that can throw, so that an exchange is either compared or skipped.
        const key = { minute, route, endpoint, candidate };
        tally.addOutcome(key, { paired: comparison.isPaired, fields, overflow });
        tally.addRelations(key, differences);
        tally.addRuleHits(key, hits);
        tally.addStatuses(key, comparison.statuses(response));
        tally.addLatencies(key, comparison.captures(mirrored));
        if (sample !== undefined && usedBytes + sampleBytes(sample) <= maxBytes) {
          usedBytes += sampleBytes(sample);
          samples.push(sample);
          selector.recordTaken(offer);
        }
      } catch {
        tally.addSkipped(minute, route, candidate, "error");
      }
    }
    return usedBytes;
  };

  const countIdentical = (exchanges: IdenticalExchanges, tally: Tally): void => {
    for (const { at, route, method, target, candidate, status, ...times } of readIdenticalExchanges(exchanges)) {
      const minute = Math.floor(at / MS_PER_MINUTE);
      const key = { minute, route, endpoint: nameEndpoint(method, target), candidate };
      const paired = times.secondaryMs !== null;
      tally.addOutcome(key, { paired, fields: [], overflow: false });
      tally.addStatuses(key, { primary: status, candidate: status, secondary: paired ? status : null });
      tally.addTimes(key, times);
    }
  };

  return {
    compare(batch) {
      const tally = new Tally(random, pairFilter);
      const samples: Sample[] = [];
      let maxBytes = MAX_SAMPLE_BYTES;
      const { exchanges, slab } = batch;
      for (const exchange of exchanges === null ? [] : unpackExchanges(exchanges, slab)) {
        onExchange?.(true);
        maxBytes -= compareExchange(exchange, tally, samples, maxBytes);
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
