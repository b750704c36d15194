import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { findValueChanges, type ValueChanges } from "../compare/json-changes.ts";
import type { Json } from "../compare/tree/json-tree.ts";
import { parseJson } from "../compare/tree/parse-json.ts";
import type { TraceReference } from "../model/capture.ts";
import type { TraceUrls } from "../model/config.ts";
import type { Sample, SampleBody, SampleLeg, SampleDetail, SampleDetailLeg } from "../model/sample.ts";
import type { StoreReader } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

const decompress = promisify(zstdDecompress);

/** UTF-8 text can be this many times longer than the bytes it was decoded from. */
const UTF8_GROWTH = 3;
/** Allowance for the text that redaction inserts. */
const REDACTION_ALLOWANCE_BYTES = 1024 * 1024;

/** @throws ApiError 404 if the run has no such sample of the candidate */
export async function findSample(reader: StoreReader, runId: string, id: string, candidate: string): Promise<Sample> {
  const sample = await reader.sample(runId, id, candidate);
  if (sample !== undefined) return sample;
  throw new ApiError("unknown-sample", `There is no sample ${id}.`, "GET /api/v1/samples lists the samples.");
}

/**
 * Decompresses a stored body: UTF-8 text, or the hexadecimal hash of a binary body.
 * @param maxDecodedBytes the limit on decoded bodies when it was stored
 * @throws if the stored bytes are corrupt
 */
export async function decompressBody(body: SampleBody, maxDecodedBytes: number): Promise<Buffer> {
  if (body.content.length === 0) return Buffer.alloc(0);
  const maxOutputLength = maxDecodedBytes * UTF8_GROWTH + REDACTION_ALLOWANCE_BYTES;
  return decompress(body.content, { maxOutputLength });
}

/**
 * A sample with its bodies as text, the changes to highlight, and links to its traces. See `decompressBody` for the limit and errors.
 */
export async function readSampleDetail(
  sample: Sample,
  maxDecodedBytes: number,
  { traceUrl, candidateTraceUrl = traceUrl }: TraceUrls,
): Promise<SampleDetail> {
  const [primary, candidate, secondary] = await Promise.all([
    readLeg(sample.legs.primary, maxDecodedBytes, traceUrl),
    readLeg(sample.legs.candidate, maxDecodedBytes, candidateTraceUrl),
    sample.legs.secondary === null ? null : readLeg(sample.legs.secondary, maxDecodedBytes, traceUrl),
  ]);
  const found = findBodyChanges(primary, candidate);
  return {
    ...sample,
    legs: { primary, candidate, secondary },
    changes: found?.changes ?? null,
    changesCut: found?.cut ?? false,
  };
}

async function readLeg(
  leg: SampleLeg,
  maxDecodedBytes: number,
  traceUrl: string | undefined,
): Promise<SampleDetailLeg> {
  const { content: _content, ...body } = leg.body;
  const text = (await decompressBody(leg.body, maxDecodedBytes)).toString("utf8");
  return { ...leg, body: { ...body, text }, traceUrl: urlOf(leg.trace, traceUrl) };
}

/** A trace that is not recorded has no page. */
function urlOf(trace: TraceReference | undefined, template: string | undefined): string | undefined {
  if (trace === undefined || trace.isSampled === false) return undefined;
  return template?.replaceAll("{traceId}", trace.id);
}

function findBodyChanges(primary: SampleDetailLeg, candidate: SampleDetailLeg): ValueChanges | null {
  const left = completeJson(primary);
  const right = completeJson(candidate);
  return left === undefined || right === undefined ? null : findValueChanges(left.value, right.value);
}

function completeJson(leg: SampleDetailLeg): { readonly value: Json } | undefined {
  return leg.body.form === "json" && !leg.body.truncated ? parseJson(leg.body.text) : undefined;
}
