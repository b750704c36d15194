import type { LatencyView } from "../../model/latency.ts";
import type { Report } from "../../model/report.ts";
import type { SampleDetail } from "../../model/sample.ts";
import { wideCauses } from "../../presentation/verdict/headlines.ts";
import type { DetailSource } from "./detail-source.ts";

/** Causes whose samples are read, and samples of each. */
const MAX_CAUSES = 100;
const SAMPLES_PER_CAUSE = 3;
/** Characters of bodies after which no more samples are read: ten times what a file shows of them. */
const MAX_BODY_CHARS = 20_000_000;
/** Endpoints whose distributions are read. */
const MAX_DISTRIBUTIONS = 20;

/** What an HTML report shows in addition to the report. */
export interface ReportDetails {
  /** By the signature of an open cause. */
  readonly samples: ReadonlyMap<string, readonly SampleDetail[]>;
  /** Null if nothing was measured. */
  readonly latency: LatencyView | null;
  /** By endpoint: of the most urgent ones. */
  readonly latencies: ReadonlyMap<string, LatencyView>;
}

/** Reads samples of the most important open causes, and the distributions of latency of the most urgent endpoints. */
export async function gatherDetails(report: Report, source: DetailSource): Promise<ReportDetails> {
  const samples = new Map<string, readonly SampleDetail[]>();
  let chars = 0;
  for (const { cause } of wideCauses(report).slice(0, MAX_CAUSES)) {
    if (chars >= MAX_BODY_CHARS) break;
    const found = await source.samples(cause.signature, SAMPLES_PER_CAUSE);
    chars += found.reduce((sum, { legs }) => sum + legs.primary.body.text.length + legs.candidate.body.text.length, 0);
    samples.set(cause.signature, found);
  }
  const latencies = new Map<string, LatencyView>();
  const measured = report.endpoints.filter(({ latency }) => latency.primary.p50 !== null);
  for (const { endpoint } of measured.slice(0, MAX_DISTRIBUTIONS)) {
    if (!latencies.has(endpoint)) latencies.set(endpoint, await source.latency(endpoint));
  }
  const latency = measured.length === 0 ? null : await source.latency(undefined);
  return { samples, latency, latencies };
}
