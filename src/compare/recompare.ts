import { zstdDecompressSync } from "node:zlib";
import type { Capture } from "../model/capture.ts";
import type { DifferingField } from "../model/difference.ts";
import type { Sample, SampleBody, SampleLeg } from "../model/sample.ts";
import type { Rule } from "../model/rule.ts";
import { CapturedResponse } from "./captured-response.ts";
import { compareCaptures } from "./compare-captures.ts";
import { type FieldDifference, joinFields } from "./field-difference.ts";
import { createRuleBook, type EndpointRules } from "./rules/rule-book.ts";

/** More than any sample holds. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;
/** Stands for any secret beyond a number of them, so that equality is lost. */
const ONE_OF_MANY = "[redacted:one of many]";

type Field = Pick<FieldDifference, "section" | "path" | "kind">;

/**
 * The fields in which a kept exchange would differ under these rules, as far as they held at its time.
 *
 * Redaction keeps equality, so what was stored is compared in place of what was sent. What cannot be judged in this way stays
 * as the sample has it: bodies that are not whole, or kept as a hash only; and every difference that does not show in what
 * was stored, as that of a secret number and the same secret as a string, or of two encodings of one text.
 */
export function recompare(sample: Sample, rules: readonly Rule[]): readonly DifferingField[] {
  const { primary, candidate, secondary } = sample.legs;
  const holding = createRuleBook(rules).of(sample.endpoint, sample.at);
  const marked = (mark: DifferingField["mark"]): DifferingField[] =>
    sample.fields.filter((field) => field.mark === mark || field.mark === "both");
  const again = (other: SampleLeg | null, known: readonly DifferingField[]): Field[] =>
    other === null ? [...known] : judgedAgain(primary, other, known, sample.method, holding);
  // A secondary that failed says nothing about noise.
  const usable = secondary?.failure === null ? secondary : null;
  return joinFields(again(candidate, marked("raw")), again(usable, marked("noise")));
}

function judgedAgain(
  primary: SampleLeg,
  other: SampleLeg,
  known: readonly DifferingField[],
  method: string,
  rules: EndpointRules | undefined,
): Field[] {
  const bodies = [primary.body, other.body].map((body) => textOf(body));
  const judgesBody = bodies.every((text) => text !== undefined);
  const found = (holding: EndpointRules | undefined): readonly Field[] => {
    const context = holding === undefined ? undefined : { rules: holding, hit: ignoreHit };
    const [ours, theirs] = [leg(primary, bodies[0]), leg(other, bodies[1])];
    const mirrored = { capture: theirs.capture, identical: false, sameBody: !judgesBody };
    const { differences } = compareCaptures(ours, theirs, mirrored, method, context);
    return judgesBody ? differences : differences.filter(({ section }) => section !== "body");
  };
  const stored = new Set(found(undefined).map(nameOf));
  return [...found(rules), ...known.filter((field) => !stored.has(nameOf(field)))];
}

function ignoreHit(): void {
  // Hits were counted when the exchange came.
}

function nameOf({ section, path, kind }: Field): string {
  return `${section}\n${path}\n${kind}`;
}

/** @returns undefined when the stored text is not the whole body */
function textOf({ form, truncated, content }: SampleBody): string | undefined {
  if (truncated || form === "binary") return undefined;
  const text = content.length === 0 ? "" : zstdDecompressSync(content).toString();
  return text.includes(ONE_OF_MANY) ? undefined : text;
}

function capture({ subset, failure, status, headers, trailers, timing }: SampleLeg, text = ""): Capture {
  const bytes = Buffer.from(text);
  return { subset, failure, status, headers, trailers, timing, body: { bytes, length: bytes.length, tailHash: null } };
}

/** What was read by a description of messages, too, is stored as JSON. */
function leg(sample: SampleLeg, text: string | undefined): CapturedResponse {
  const stored = capture(sample, text);
  return new CapturedResponse(stored, stored, stored, {
    maxDecodedBytes: MAX_DECODED_BYTES,
    target: "",
    registry: undefined,
    stored: sample.body.form === "json" ? "json" : "text",
  });
}
