import { readRegistry } from "../compare/body/parsers/protobuf/protobuf-message.ts";
import { createContractJudge } from "../compare/contract/contract-judge.ts";
import { ExchangeComparison } from "../compare/exchange-comparison.ts";
import { type FieldKey, joinFields } from "../compare/field-difference.ts";
import { createRedactor } from "../compare/redact/redactor.ts";
import { createRuleBook, type EndpointRules } from "../compare/rules/rule-book.ts";
import { createSample } from "../compare/samples/create-sample.ts";
import { mapsNamedBy } from "../compare/tree/keys/map-paths.ts";
import { buildExchange, type FinishedExchange } from "../capture/finished-exchange.ts";
import { HeaderRedactor } from "../capture/header-redactor.ts";
import { createEndpointNamer } from "../endpoints/endpoint-namer.ts";
import type { LearnedTemplate } from "../endpoints/learned-template.ts";
import { memoizePerObject } from "../lib/memoize.ts";
import type { Config, CompareConfig } from "../model/config.ts";
import type { ProbeResult } from "../model/isolate/probe.ts";
import type { DeniedField } from "../model/review.ts";

/** What comparisons depend on: the rules of the configuration, followed by the stored ones. */
export interface ProbeSettings {
  readonly config: Config;
  readonly denied: readonly DeniedField[];
  readonly templates: readonly LearnedTemplate[];
}

/** What a comparison of a probe finds. */
export type ProbeFindings = Pick<ProbeResult, "endpoint" | "paired" | "statuses" | "fields" | "differences">;

/** Reading descriptors and compiling a contract takes milliseconds. */
const registryOf = memoizePerObject(({ descriptorSet }: Pick<CompareConfig, "descriptorSet">) =>
  readRegistry(descriptorSet),
);
const judgeOf = memoizePerObject(createContractJudge);

/**
 * Compares the responses to a probe by the rules of the run, as a compare thread compares an exchange. What reports leave out by a
 * rule is left out.
 * @param redactionKey of the run, so that equal secrets have the fingerprints of its samples
 * @param knownPaths paths of known differences, which name the maps that a compare thread has learned: `$.prices{*}`
 */
export function compareProbe(
  finished: FinishedExchange,
  { config, denied, templates }: ProbeSettings,
  redactionKey: Uint8Array,
  knownPaths: readonly string[],
): ProbeFindings {
  const { compare } = config;
  const { exchange } = buildExchange(finished, new HeaderRedactor(redactionKey));
  const endpoint = createEndpointNamer(compare.endpoints, templates)(exchange.method, exchange.target, exchange.route);
  const rules = createRuleBook(compare.rules, denied).of(endpoint, exchange.at);
  const comparison = new ExchangeComparison(
    exchange,
    {
      endpoint,
      rules,
      maps: mapsNamedBy(knownPaths),
      judge: compare.contract && judgeOf(compare.contract),
    },
    { maxDecodedBytes: compare.maxDecodedBytes, registry: registryOf(compare) },
  );
  const [mirrored] = exchange.candidates;
  if (mirrored === undefined) throw new Error("a probe has one candidate");
  const { response, raw, noise } = comparison.compareCandidate(mirrored);
  const fields = joinFields(raw.differences, noise.differences);
  const { primary, secondary } = comparison;
  const sample = createSample(
    { exchange, endpoint, fields, differences: raw.differences, primary, secondary, candidate: response },
    createRedactor(redactionKey),
  );
  return {
    endpoint,
    paired: comparison.isPaired,
    statuses: comparison.statuses(response),
    fields: shownFields(fields, rules),
    differences: shownFields(sample.differences, rules),
  };
}

/** The fields of an endpoint that reports do not leave out by rules that are in force now. */
export function fieldsInReports<Field extends FieldKey>(
  endpoint: string,
  fields: readonly Field[],
  { config: { compare }, denied }: ProbeSettings,
): readonly Field[] {
  return shownFields(fields, createRuleBook(compare.rules, denied).of(endpoint, Date.now()));
}

/** Comparisons keep what reports leave out, because a rule can be removed. */
function shownFields<Field extends FieldKey>(
  fields: readonly Field[],
  rules: EndpointRules | undefined,
): readonly Field[] {
  return rules === undefined
    ? fields
    : fields.filter(({ section, path, kind }) => !rules.leavesOut(section, path, kind));
}
