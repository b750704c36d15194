import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { findValueChanges, type ValueChanges } from "../compare/json-changes.ts";
import type { Json } from "../compare/tree/json-tree.ts";
import { parseJson } from "../compare/tree/parse-json.ts";
import type { Sample, SampleBody, SampleLeg, SampleDetail, SampleDetailLeg } from "../model/sample.ts";

const decompress = promisify(zstdDecompress);

/** UTF-8 text can be this many times longer than the bytes it was decoded from. */
const UTF8_GROWTH = 3;
/** Allowance for the text that redaction inserts. */
const REDACTION_ALLOWANCE_BYTES = 1024 * 1024;

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

/** A sample with its bodies as text and the changes to highlight. See `decompressBody` for the parameter and errors. */
export async function readSampleDetail(sample: Sample, maxDecodedBytes: number): Promise<SampleDetail> {
  const [primary, candidate, secondary] = await Promise.all([
    readLeg(sample.legs.primary, maxDecodedBytes),
    readLeg(sample.legs.candidate, maxDecodedBytes),
    sample.legs.secondary === null ? null : readLeg(sample.legs.secondary, maxDecodedBytes),
  ]);
  const found = findBodyChanges(primary, candidate);
  return {
    ...sample,
    legs: { primary, candidate, secondary },
    changes: found?.changes ?? null,
    changesCut: found?.cut ?? false,
  };
}

async function readLeg(leg: SampleLeg, maxDecodedBytes: number): Promise<SampleDetailLeg> {
  const { content: _content, ...body } = leg.body;
  return { ...leg, body: { ...body, text: (await decompressBody(leg.body, maxDecodedBytes)).toString("utf8") } };
}

function findBodyChanges(primary: SampleDetailLeg, candidate: SampleDetailLeg): ValueChanges | null {
  const left = completeJson(primary);
  const right = completeJson(candidate);
  return left === undefined || right === undefined ? null : findValueChanges(left.value, right.value);
}

function completeJson(leg: SampleDetailLeg): { readonly value: Json } | undefined {
  return leg.body.form === "json" && !leg.body.truncated ? parseJson(leg.body.text) : undefined;
}
