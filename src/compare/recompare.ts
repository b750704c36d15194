import { zstdDecompressSync } from "node:zlib";
import type { Capture } from "../model/capture.ts";
import type { DifferenceMark, DifferingField } from "../model/difference.ts";
import type { Rule } from "../model/rule.ts";
import { isFingerprint, ONE_OF_MANY } from "../secrets/fingerprint.ts";
import type { Sample, SampleBody, SampleLeg } from "../model/sample.ts";
import { compareCaptures } from "./compare-captures.ts";
import { CapturedResponse } from "./captured-response.ts";
import { repeatsBody } from "./relations/header-meaning.ts";
import { joinFields, type FieldKey } from "./field-difference.ts";
import type { ComparisonContext } from "./comparison-context.ts";
import { mapsNamedBy } from "./tree/keys/map-paths.ts";
import { activeRules, type EndpointRules } from "./rules/rule-book.ts";

/** No sample is larger. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;

/**
 * The fields in which a stored exchange would differ under these rules, as far as they were active at its time.
 *
 * Redaction preserves equality, so the stored values are compared in place of the original ones. Fields that cannot be
 * compared in this way keep their result from the sample: bodies that are truncated or stored as a hash, and differences that
 * are invisible in the stored form, such as a secret number and the same secret as a string, two encodings of one text, interim
 * responses or quirks.
 */
export function recompare(sample: Sample, rules: readonly Rule[]): readonly DifferingField[] {
  const { primary, candidate, secondary } = sample.legs;
  const active = activeRules(rules, sample.endpoint, sample.at);
  const maps = mapsNamedBy(sample.fields.map(({ path }) => path));
  const markedAs = (mark: DifferenceMark): DifferingField[] =>
    sample.fields.filter((field) => field.mark === mark || field.mark === "both");
  const fieldsOf = (other: SampleLeg | null, known: readonly DifferingField[]): FieldKey[] =>
    other === null ? [...known] : recompareLeg(primary, other, known, sample, { rules: active, maps });
  // A secondary that failed says nothing about noise.
  const usable = secondary?.failure === null ? secondary : null;
  return joinFields(fieldsOf(candidate, markedAs("raw")), fieldsOf(usable, markedAs("noise")));
}

function recompareLeg(
  primary: SampleLeg,
  other: SampleLeg,
  known: readonly DifferingField[],
  { method, target }: Pick<Sample, "method" | "target">,
  { rules, maps }: Pick<ComparisonContext, "rules" | "maps">,
): FieldKey[] {
  const bodies = [primary.body, other.body].map((body) => storedText(body));
  const hasBodies = bodies.every((text) => text !== undefined);
  const hasSameBody = haveSameBytes(primary.body, other.body);
  const differingUnder = (active: EndpointRules | undefined): readonly FieldKey[] => {
    const context = { rules: active, maps, onHit: ignoreHit };
    const [left, right] = [createResponse(primary, target, bodies[0]), createResponse(other, target, bodies[1])];
    const mirrored = { capture: right.capture, identical: false, sameBody: !hasBodies || hasSameBody };
    const { differences } = compareCaptures(left, right, mirrored, method, context);
    if (hasBodies) return differences;
    return differences.filter(({ section, path }) => section !== "body" && (hasSameBody || !repeatsBody(path)));
  };
  const visible = new Set(differingUnder(undefined).map(keyText));
  return [...differingUnder(rules), ...known.filter((field) => !visible.has(keyText(field)))];
}

function haveSameBytes(a: SampleBody, b: SampleBody): boolean {
  return a.length === b.length && Buffer.compare(a.content, b.content) === 0;
}

function ignoreHit(): void {
  // Hits were counted when the exchange was first compared.
}

function keyText({ section, path, kind }: FieldKey): string {
  return `${section}\n${path}\n${kind}`;
}

/** @returns undefined when the stored text is not the complete body */
function storedText({ form, truncated, content }: SampleBody): string | undefined {
  if (truncated || form === "binary") return undefined;
  const text = content.length === 0 ? "" : zstdDecompressSync(content).toString();
  // Too many secrets lose their equality, and a body that is secret as a whole its structure.
  return text.includes(ONE_OF_MANY) || isFingerprint(text) ? undefined : text;
}

function createCapture({ subset, failure, status, headers, trailers, timing }: SampleLeg, text = ""): Capture {
  const bytes = Buffer.from(text);
  const body = { bytes, length: bytes.length, tailHash: null };
  return { subset, failure, status, headers, trailers, interims: [], quirks: [], timing, body };
}

/** Bodies that were parsed by a descriptor are stored as JSON too. */
function createResponse(sample: SampleLeg, target: string, text: string | undefined): CapturedResponse {
  const capture = createCapture(sample, text);
  return new CapturedResponse(capture, capture, capture, {
    maxDecodedBytes: MAX_DECODED_BYTES,
    target,
    registry: undefined,
    stored: sample.body.form === "json" ? "json" : "text",
  });
}
