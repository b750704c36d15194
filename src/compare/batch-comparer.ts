import { minuteOfSlot, slotOf } from "../lib/time-slots.ts";
import type { AbandonedExchange, CaptureBatch, IdenticalExchanges, ResultBatch } from "../model/batch.ts";
import type { Exchange } from "../model/capture.ts";
import type { CompareConfig } from "../model/config.ts";
import type { DeniedField } from "../model/review.ts";
import type { Rule } from "../model/rule.ts";
import type { AttributeRecord } from "../model/explain/attribute.ts";
import type { Sample } from "../model/sample.ts";
import { enterExchange, leaveExchange } from "../transfer/batch-progress.ts";
import { readIdenticalExchanges, type IdenticalExchange } from "../transfer/identical-exchanges.ts";
import { unpackExchanges } from "../transfer/packed-exchanges.ts";
import { RecentTrees } from "./body/recent-trees.ts";
import { readRegistry } from "./body/parsers/protobuf/protobuf-message.ts";
import { createContractJudge } from "./contract/contract-judge.ts";
import { createEndpointNamer } from "../endpoints/endpoint-namer.ts";
import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import { queryNamesOf } from "../endpoints/query-parameters.ts";
import { ExchangeComparison } from "./exchange-comparison.ts";
import { joinFields } from "./field-difference.ts";
import { createFeatureComparison, NO_FEATURES } from "./features/discordant-features.ts";
import { AttributeRecorder } from "./attributes/attribute-recorder.ts";
import { createRedactor } from "./redact/redactor.ts";
import { createRelationTracker } from "./relations/relation-tracker.ts";
import { createRuleBook } from "./rules/rule-book.ts";
import { createSample } from "./samples/create-sample.ts";
import { SampleSelector, sampleBytes } from "./samples/sample-selector.ts";
import { SlowestExchanges } from "./samples/slowest-exchanges.ts";
import { createMapLearner } from "./tree/keys/map-paths.ts";
import { Tally, timesOf } from "./tally.ts";
import type { CauseWatch } from "./tail/cause-watch.ts";
import type { ComparedExchange, TailPublisher } from "./tail/tail-publisher.ts";

/** Limit on the compressed bodies of all samples in one batch. */
const MAX_SAMPLE_BYTES = 1024 * 1024;

export interface ComparerOptions {
  readonly config: CompareConfig;
  /** No rule hides these fields. */
  readonly denied?: readonly DeniedField[] | undefined;
  readonly templates?: readonly LearnedTemplate[] | undefined;
  /** Random, one per run, shared by all threads that redact. */
  readonly redactionKey: Uint8Array;
  /** Called with true before and false after each exchange, so that another thread can detect a slow comparison. */
  readonly onExchange?: ((busy: boolean) => void) | undefined;
  /** Shows exchanges as they are compared. */
  readonly tail?: TailPublisher | undefined;
  /** Notices armed causes. */
  readonly watch?: CauseWatch | undefined;
}

export interface Comparer {
  /** Compares a batch. The result does not reference the batch's memory. Never throws. */
  compare(batch: CaptureBatch): ResultBatch;
  /** Replaces all rules, and the fields that no rule hides. */
  setRules(rules: readonly Rule[], denied: readonly DeniedField[]): void;
  /** Replaces what was learned about path segments. */
  setTemplates(templates: readonly LearnedTemplate[]): void;
  /** Starts selecting samples again: the next run has none yet. What was learned about the fields stays. */
  beginRun(): void;
}

/** What a batch adds up to. */
interface Results {
  readonly tally: Tally;
  readonly samples: Sample[];
  readonly attributes: AttributeRecord[];
}

/** The stage between capture and store. Between batches it keeps only rules, what was taken as a sample, and a bounded memory of fields. */
export function createComparer(options: ComparerOptions): Comparer {
  const { config, redactionKey, onExchange, tail, watch } = options;
  let nameEndpoint = createEndpointNamer(config.endpoints, options.templates);
  let selector = new SampleSelector(config.samplesPerDifference);
  const recorder = new AttributeRecorder(config.explain, redactionKey);
  const responseOptions = {
    maxDecodedBytes: config.maxDecodedBytes,
    registry: readRegistry(config.descriptorSet),
    recent: new RecentTrees(),
  };
  const mapsOf = createMapLearner();
  const judge = config.contract && createContractJudge(config.contract);
  const relations = createRelationTracker();
  const features = createFeatureComparison(redactionKey);
  let slowest = new SlowestExchanges(config.samplesPerDifference > 0);
  let rules = createRuleBook(config.rules, options.denied);

  /** Compares one exchange with each of its candidates. @returns bytes of the samples added */
  const compareExchange = (exchange: Exchange, { tally, samples, attributes }: Results, maxBytes: number): number => {
    const { route, method } = exchange;
    const slot = slotOf(exchange.at);
    let comparison: ExchangeComparison | undefined;
    let usedBytes = 0;
    watch?.begin(exchange.id);
    for (const mirrored of exchange.candidates) {
      const candidate = mirrored.capture.subset;
      if (exchange.primary.failure !== null) {
        tally.addSkipped(minuteOfSlot(slot), route, candidate, "primary-failed");
        continue;
      }
      try {
        const endpoint = nameEndpoint(method, exchange.target, route);
        const known = { endpoint, rules: rules.of(endpoint, exchange.at), maps: mapsOf(endpoint), judge };
        comparison ??= new ExchangeComparison(exchange, known, responseOptions);
        const { primary, secondary } = comparison;
        const { response, raw, noise, hits, contract } = comparison.compareCandidate(mirrored);
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
        const { isSelfCheck, isPaired: paired } = comparison;
        const record = recorder.offer({ exchange, endpoint, candidate: mirrored, primary, paired, fields });
        const times = timesOf(comparison.captures(mirrored));
        slowest.offer({ endpoint, candidate }, times.candidateMs, (candidateMs) => ({
          ...times,
          candidateMs,
          at: exchange.at,
          route,
          endpoint,
          candidate,
          method,
          target: createRedactor(redactionKey).text(exchange.target),
          primaryStatus: exchange.primary.status,
          candidateStatus: response.capture.status,
          sampleId: differences.length > 0 ? exchange.id : null,
        }));
        const related = relations.relate({ candidate, endpoint, at: exchange.at, differences, isSelfCheck });
        const discordant = paired
          ? features.compare({
              candidate,
              endpoint,
              at: exchange.at,
              raw: differences,
              noise: noise.differences,
              isSelfCheck,
            })
          : NO_FEATURES;
        // Count only after everything that can throw, so that an exchange is either compared or skipped.
        const key = { slot, route, endpoint, candidate };
        const { level = 0 } = mirrored;
        const request = { isBackToBack: exchange.backToBack, queryNames: queryNamesOf(exchange.target), level };
        tally.addOutcome(key, { paired, fields, overflow }, request);
        for (const { side, ...feature } of discordant) tally.addFeature(key, feature, side);
        tally.addRelations(key, related);
        if (contract !== null) tally.addContract(key, contract);
        tally.addRuleHits(key, hits);
        tally.addStatuses(key, comparison.statuses(response), level);
        tally.addFailures(key, { candidate: response.capture, secondary: secondary?.capture ?? null });
        tally.addTimes(key, times);
        if (sample !== undefined && usedBytes + sampleBytes(sample) <= maxBytes) {
          usedBytes += sampleBytes(sample);
          samples.push(sample);
          selector.recordTaken(offer);
        }
        if (record !== undefined) attributes.push(record);
        if (watch?.isKept === true) watch.offer({ endpoint, candidate, fields });
        if (tail?.isWatched === true) {
          const { primary: primaryStatus, candidate: candidateStatus } = comparison.statuses(response);
          tail.offer({
            at: exchange.at,
            endpoint,
            candidate,
            fields,
            route,
            method,
            target: exchange.target,
            primaryStatus,
            candidateStatus,
            primaryMs: times.primaryMs,
            candidateMs: times.candidateMs,
            sample: sample !== undefined && samples.includes(sample) ? sample.id : null,
          });
        }
      } catch {
        tally.addSkipped(minuteOfSlot(slot), route, candidate, "error");
      }
    }
    return usedBytes;
  };

  const countIdentical = (exchanges: IdenticalExchanges, tally: Tally): void => {
    for (const one of readIdenticalExchanges(exchanges)) {
      const { at, backToBack, route, method, target, candidate, status, paired, level } = one;
      const key = { slot: slotOf(at), route, endpoint: nameEndpoint(method, target, route), candidate };
      const request = { isBackToBack: backToBack, queryNames: queryNamesOf(target), level };
      tally.addOutcome(key, { paired, fields: [], overflow: false }, request);
      tally.addStatuses(key, { primary: status, candidate: status, secondary: paired ? status : null }, level);
      tally.addTimes(key, one);
      slowest.offer(key, one.candidateMs, () => ({
        primaryMs: one.primaryMs,
        candidateMs: one.candidateMs,
        secondaryMs: one.secondaryMs,
        at,
        route,
        endpoint: key.endpoint,
        candidate,
        method,
        target: createRedactor(redactionKey).text(target),
        primaryStatus: status,
        candidateStatus: status,
        sampleId: null,
      }));
      if (tail?.isWatched === true) tail.offer(identicalRow(one, key.endpoint));
    }
  };

  return {
    compare(batch) {
      const tally = new Tally();
      const samples: Sample[] = [];
      const attributes: AttributeRecord[] = [];
      const results = { tally, samples, attributes };
      let maxBytes = MAX_SAMPLE_BYTES;
      const { id, exchanges, slab, progress } = batch;
      const abandoned = new Map(batch.abandoned.map(({ position, reason }) => [position, reason]));
      leaveExchange(progress);
      let position = 0;
      for (const exchange of exchanges === null ? [] : unpackExchanges(exchanges, slab)) {
        const reason = abandoned.get(position);
        if (reason === undefined) {
          enterExchange(progress, position);
          onExchange?.(true);
          maxBytes -= compareExchange(exchange, results, maxBytes);
          onExchange?.(false);
          leaveExchange(progress);
        } else addSkipped(exchange, reason, tally);
        position += 1;
      }
      if (batch.identical !== null) countIdentical(batch.identical, tally);
      const { skipped, ...counts } = tally.results();
      return {
        id,
        accounting: [...batch.accounting, ...skipped],
        ...counts,
        samples,
        slow: slowest.take(),
        attributes,
      };
    },
    setRules(all, denied) {
      rules = createRuleBook(all, denied);
    },
    setTemplates(templates) {
      nameEndpoint = createEndpointNamer(config.endpoints, templates);
    },
    beginRun() {
      selector = new SampleSelector(config.samplesPerDifference);
      slowest = new SlowestExchanges(config.samplesPerDifference > 0);
      recorder.beginRun();
    },
  };
}

function identicalRow(
  { at, route, method, target, candidate, status, primaryMs, candidateMs }: IdenticalExchange,
  endpoint: string,
): ComparedExchange {
  return {
    at,
    route,
    method,
    target,
    endpoint,
    candidate,
    primaryStatus: status,
    candidateStatus: status,
    primaryMs,
    candidateMs,
    fields: [],
    sample: null,
  };
}

function addSkipped({ at, route, candidates }: Exchange, reason: AbandonedExchange["reason"], tally: Tally): void {
  for (const { capture } of candidates) tally.addSkipped(minuteOfSlot(slotOf(at)), route, capture.subset, reason);
}
