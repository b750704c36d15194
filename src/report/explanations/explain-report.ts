import { setImmediate } from "node:timers/promises";
import type { ExplanationPlacebo } from "../../model/explain/explanation.ts";
import type { CauseReport, EndpointReport, Report } from "../../model/report.ts";
import { endpointKey } from "../../presentation/order/endpoint-order.ts";
import { countingCauses } from "../../presentation/verdict/endpoint-findings.ts";
import type { CandidateSource } from "../read-counts.ts";
import { createEvidenceReader, type EndpointEvidence } from "./endpoint-evidence.ts";
import { ExplanationCache, type Explainable } from "./explanation-cache.ts";
import { explainOnEndpoint } from "./explain-on-endpoint.ts";
import { placeboOnEndpoint } from "./placebo-on-endpoint.ts";

/** What reports keep of explanations. */
export interface ReportExplanations {
  /** The first sentence for each cause; null without kept exchanges. */
  readonly sentences: ExplanationCache<string | null>;
  /** Of each endpoint with a secondary. */
  readonly placebos: ExplanationCache<ExplanationPlacebo>;
}

export function createReportExplanations(): ReportExplanations {
  return { sentences: new ExplanationCache(), placebos: new ExplanationCache() };
}

/** Something to explain with the kept exchanges of one endpoint. */
interface Work extends Explainable {
  readonly at: Pick<EndpointReport, "endpoint" | "route">;
  /** @param evidence undefined if no exchange of the endpoint is kept */
  run(evidence: EndpointEvidence | undefined): void;
}

/** A cause that counts, on one endpoint. */
interface NamedCause {
  readonly cause: CauseReport;
  readonly work: Work;
}

/**
 * Adds the explanations of causes that count to a report, most important causes first. Costs nothing for causes whose counts are as
 * they were when they were explained.
 * @param most how many causes, and how many endpoints of the secondary, are explained at most; the others have their latest
 *   sentence, or none yet
 */
export async function explainReport(
  { reader, run, candidate }: CandidateSource,
  report: Report,
  explanations: ReportExplanations,
  most: number,
): Promise<Report> {
  const prefix = `${run.id}\n${candidate}`;
  const causes = new Map(report.endpoints.map((each) => [each, causesOf(each, prefix, explanations)]));
  const ranked = [...causes.values()].flat().toSorted((one, other) => other.cause.rank - one.cause.rank);
  const placebos =
    report.placebo === null ? [] : report.endpoints.flatMap((each) => placeboOf(each, prefix, explanations));
  const sentences = ranked.map(({ work }) => work);
  const due = [...explanations.sentences.due(sentences, most), ...explanations.placebos.due(placebos, most)];
  if (due.length > 0) {
    await reader.snapshot(async (snapshot) => {
      const read = await createEvidenceReader({ reader: snapshot, runId: run.id, candidate });
      for (const work of Map.groupBy(due, ({ at }) => endpointKey(at)).values()) {
        const [first] = work;
        if (first === undefined) continue;
        const evidence = await read(first.at);
        for (const each of work) each.run(evidence);
        // Requests to the admin listener are served in between.
        await setImmediate();
      }
    });
  }
  return {
    ...report,
    explanationPlacebo: sumPlacebos(placebos, explanations),
    endpoints: report.endpoints.map((each) => withSentences(each, causes.get(each) ?? [], explanations)),
  };
}

function causesOf(endpoint: EndpointReport, prefix: string, { sentences }: ReportExplanations): readonly NamedCause[] {
  return countingCauses(endpoint).map((cause) => {
    const work: Work = {
      name: `${prefix}\n${endpointKey(endpoint)}\n${cause.signature}`,
      counts: `${cause.count} ${endpoint.compared}`,
      at: endpoint,
      run(evidence) {
        sentences.keep(work, evidence === undefined ? null : explainOnEndpoint(cause, evidence).sentence);
      },
    };
    return { cause, work };
  });
}

/** @returns empty if the secondary never differs */
function placeboOf(endpoint: EndpointReport, prefix: string, { placebos }: ReportExplanations): readonly Work[] {
  const noise = endpoint.differences.reduce((sum, field) => sum + field.noise, 0);
  if (noise === 0) return [];
  const work: Work = {
    name: `${prefix}\n${endpointKey(endpoint)}`,
    counts: `${noise} ${endpoint.noiseCompared}`,
    at: endpoint,
    run(evidence) {
      placebos.keep(work, evidence === undefined ? NOTHING_TESTED : placeboOnEndpoint(evidence));
    },
  };
  return [work];
}

const NOTHING_TESTED: ExplanationPlacebo = { tested: 0, explained: 0 };

function sumPlacebos(works: readonly Work[], { placebos }: ReportExplanations): ExplanationPlacebo | null {
  const known = works.flatMap(({ name }) => placebos.get(name) ?? []);
  const tested = known.reduce((sum, each) => sum + each.tested, 0);
  return tested === 0 ? null : { tested, explained: known.reduce((sum, each) => sum + each.explained, 0) };
}

function withSentences(
  endpoint: EndpointReport,
  named: readonly NamedCause[],
  { sentences }: ReportExplanations,
): EndpointReport {
  if (named.length === 0) return endpoint;
  const bySignature = new Map(named.map(({ cause, work }) => [cause.signature, sentences.get(work.name) ?? null]));
  return {
    ...endpoint,
    causes: endpoint.causes.map((cause) => ({ ...cause, explanation: bySignature.get(cause.signature) ?? null })),
  };
}
