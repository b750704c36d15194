import { readSampleDetail } from "../../admin/read-sample-detail.ts";
import { acceptedTarget } from "../../http/request-target.ts";
import type { Role } from "../../model/capture.ts";
import type { SampleDetail } from "../../model/sample.ts";
import { maskedParts } from "../../presentation/exchange/masked-parts.ts";
import { formatPlural } from "../../presentation/words/number-format.ts";
import type { SampleSummary, StoreReader } from "../../store/store.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { chooseCandidate, chooseRun } from "../terminal/choose-run.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { readStore } from "../terminal/read-store.ts";
import { type ExportChunks, runExport, writeExport } from "./export-output.ts";
import type { ExportSource } from "./export-rules.ts";
import { harChunks } from "./har-chunks.ts";
import { requireEndpoint } from "./known-endpoint.ts";
import { ndjsonChunks } from "./ndjson-chunks.ts";

export interface ExportSamplesOptions extends ExportSource {
  /** Required if the run has several. */
  readonly candidate?: string | undefined;
  /** As the report names it; default: all. */
  readonly endpoint?: string | undefined;
  /** Whose response is exported. */
  readonly role?: Role | undefined;
  /** The newest ones; default: all. */
  readonly limit?: number | undefined;
}

export type SampleFormat = "har" | "ndjson";

/** The API returns at most this many. */
const MAX_FETCHED = 200;
const ENDPOINTS_PER_PAGE = 1000;
/** Bodies are limited when they are stored; this only protects against a damaged store. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024;
/** A store does not know where people see traces. */
const NO_TRACE_PAGES = { traceUrl: undefined, candidateTraceUrl: undefined };

/**
 * Exports the stored exchanges of a run, oldest first, with their secrets masked as they are stored. A line on `io.err` says how
 * many requests are not complete.
 * @returns exit code 0; 2 if there is no such run or the file cannot be written, with the reason on `io.err`
 */
export function exportSamples(format: SampleFormat, options: ExportSamplesOptions, io: CommandIo): Promise<number> {
  const { url, output } = options;
  return runExport(io, async () => {
    const counts = { exchanges: 0, masked: 0, withoutBody: 0 };
    const write = async (samples: AsyncIterable<SampleDetail>): Promise<void> =>
      writeExport(output, chunksOf(format, countAll(samples, counts), options.role), io);
    if (url === undefined) {
      await readStore(options.store, async (reader, path) => write(await storedSamples(reader, path, options)), io);
    } else await write(await fetchedSamples(url, options));
    io.err(`${summaryOf(counts)}\n`);
  });
}

interface Counts {
  exchanges: number;
  masked: number;
  withoutBody: number;
}

function chunksOf(format: SampleFormat, samples: AsyncIterable<SampleDetail>, role: Role | undefined): ExportChunks {
  return format === "har" ? harChunks(samples, role ?? "primary") : ndjsonChunks(samples, role);
}

/** Counts samples, and encodes their targets as replay needs them: a listener can forward bytes outside ASCII. */
async function* countAll(samples: AsyncIterable<SampleDetail>, counts: Counts): AsyncGenerator<SampleDetail> {
  for await (const sample of samples) {
    const parts = maskedParts(sample);
    counts.exchanges += 1;
    if (parts.includes("target") || parts.includes("headers")) counts.masked += 1;
    if (parts.includes("body")) counts.withoutBody += 1;
    yield { ...sample, target: acceptedTarget(sample.target, "encode") ?? sample.target };
  }
}

async function storedSamples(
  reader: StoreReader,
  path: string,
  options: ExportSamplesOptions,
): Promise<AsyncIterable<SampleDetail>> {
  const run = chooseRun(await reader.runs(), options.run, path);
  const candidate = chooseCandidate(run, options.candidate);
  const { endpoint, limit = Number.MAX_SAFE_INTEGER } = options;
  const summaries = await reader.samples(run.id, candidate, { endpoint, limit });
  if (summaries.length === 0 && endpoint !== undefined) {
    const compared = await reader.outcomes(run.id, candidate);
    requireEndpoint(
      endpoint,
      compared.map((each) => each.endpoint),
    );
  }
  return inOrder(summaries, async ({ id }) => {
    const sample = await reader.sample(run.id, id, candidate);
    return sample === undefined ? undefined : readSampleDetail(sample, MAX_DECODED_BYTES, NO_TRACE_PAGES);
  });
}

/** The run of a running shadowdiff is named by its id. */
async function fetchedSamples(url: string, options: ExportSamplesOptions): Promise<AsyncIterable<SampleDetail>> {
  const { token, run, candidate, endpoint, limit = MAX_FETCHED } = options;
  if (limit > MAX_FETCHED) {
    throw new CommandError(`--limit: with --url, at most ${MAX_FETCHED} exchanges are exported; use --store for more`);
  }
  const query = { run, candidate };
  const list = await requestAdmin(url, {
    path: "api/v1/samples",
    query: { ...query, endpoint, limit: `${limit}` },
    token,
  });
  if (!("samples" in list.body)) throw notShadowdiff(list.target);
  const summaries = list.body.samples as readonly SampleSummary[];
  if (summaries.length === 0 && endpoint !== undefined) {
    requireEndpoint(endpoint, await fetchEndpoints(url, query, token));
  }
  return inOrder(summaries, async ({ id }) => {
    const { body, target } = await requestAdmin(url, {
      path: `api/v1/samples/${encodeURIComponent(id)}`,
      query,
      token,
    });
    if (!("legs" in body)) throw notShadowdiff(target);
    return body as SampleDetail;
  });
}

/** All endpoints of a run. */
async function fetchEndpoints(
  url: string,
  query: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (let isLast = false; !isLast;) {
    const page = { ...query, limit: `${ENDPOINTS_PER_PAGE}`, offset: `${names.length}` };
    const { body, target } = await requestAdmin(url, { path: "api/v1/endpoints", query: page, token });
    if (!("endpoints" in body)) throw notShadowdiff(target);
    const endpoints = body.endpoints as readonly { readonly endpoint: string }[];
    names.push(...endpoints.map(({ endpoint }) => endpoint));
    isLast = endpoints.length < ENDPOINTS_PER_PAGE;
  }
  return names;
}

/** Reads samples one by one, oldest first. @param read undefined for one that was deleted in the meantime */
async function* inOrder(
  summaries: readonly SampleSummary[],
  read: (summary: SampleSummary) => Promise<SampleDetail | undefined>,
): AsyncGenerator<SampleDetail> {
  for (const summary of summaries.toSorted((one, other) => one.at - other.at)) {
    const sample = await read(summary);
    if (sample !== undefined) yield sample;
  }
}

function summaryOf({ exchanges, masked, withoutBody }: Counts): string {
  const notComplete = [
    ...(masked > 0 ? [`${formatPlural(masked, "request has", "requests have")} masked values`] : []),
    ...(withoutBody > 0
      ? [`${formatPlural(withoutBody, "request lacks its body", "requests lack their bodies")}, which are not stored`]
      : []),
  ];
  const rest =
    notComplete.length === 0 ? "" : `; ${notComplete.join(", and ")}: replayed, they differ from what was sent`;
  return `exported ${formatPlural(exchanges, "exchange")}${rest}`;
}
