import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { findValueChanges, type ValueChanges } from "../compare/value-changes.ts";
import { parseJson } from "../compare/tree/parse-json.ts";
import type { Sample, SampleBody, SampleLeg, SampleDetail, SampleDetailLeg } from "../model/sample.ts";

const decompress = promisify(zstdDecompress);

/** UTF-8 text may be this many times as long as the bytes that it was decoded from. */
const UTF8_GROWTH = 3;
/** For what redaction adds. */
const REDACTION_ROOM_BYTES = 1024 * 1024;

/**
 * The stored bytes of a body, readable: UTF-8 text, or the hexadecimal hash of a binary body.
 * @param maxDecodedBytes what a body had at most when it was stored
 * @throws when the stored bytes are damaged
 */
export async function readBody(body: SampleBody, maxDecodedBytes: number): Promise<Buffer> {
  if (body.content.length === 0) return Buffer.alloc(0);
  const maxOutputLength = maxDecodedBytes * UTF8_GROWTH + REDACTION_ROOM_BYTES;
  return decompress(body.content, { maxOutputLength });
}

/** A kept exchange with readable bodies, and the places to highlight. See `readBody` for the parameter and errors. */
export async function sampleDetail(sample: Sample, maxDecodedBytes: number): Promise<SampleDetail> {
  const [primary, candidate, secondary] = await Promise.all([
    legDetail(sample.legs.primary, maxDecodedBytes),
    legDetail(sample.legs.candidate, maxDecodedBytes),
    sample.legs.secondary === null ? null : legDetail(sample.legs.secondary, maxDecodedBytes),
  ]);
  const found = drill(primary, candidate);
  return {
    ...sample,
    legs: { primary, candidate, secondary },
    changes: found?.changes ?? null,
    changesCut: found?.cut ?? false,
  };
}

async function legDetail(leg: SampleLeg, maxDecodedBytes: number): Promise<SampleDetailLeg> {
  const { content: _content, ...body } = leg.body;
  return { ...leg, body: { ...body, text: (await readBody(leg.body, maxDecodedBytes)).toString("utf8") } };
}

function drill(primary: SampleDetailLeg, candidate: SampleDetailLeg): ValueChanges | null {
  const left = wholeJson(primary);
  const right = wholeJson(candidate);
  return left === undefined || right === undefined ? null : findValueChanges(left.value, right.value);
}

function wholeJson(leg: SampleDetailLeg): { readonly value: unknown } | undefined {
  return leg.body.form === "json" && !leg.body.truncated ? parseJson(leg.body.text) : undefined;
}
