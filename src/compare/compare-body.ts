import { unreachable } from "../lib/unreachable.ts";
import type { CapturedBody } from "../model/capture.ts";
import type { DifferenceKind, Relation } from "../model/difference.ts";
import { compareTrees } from "./tree/compare-trees.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import type { ParsedBody, ParsedText, ParsedTree } from "./body/parse-body.ts";
import type { ResponseBody } from "./response-body.ts";
import { sha256 } from "./body/opaque-bytes.ts";
import { describeSyntax, type BodySyntax } from "./body/media-types.ts";
import type { Redactor } from "./redact/redactor.ts";
import { textRelation } from "./relations/value-relation.ts";
import type { ComparisonContext } from "./comparison-context.ts";
import { rulesEquating } from "./rules/scalar-rules.ts";
import { createMaskedLookup } from "./samples/masked-lookup.ts";
import { renderDifferingLines } from "./samples/differing-lines.ts";

/** Compares two bodies: first the bytes on the wire, then the decoded bytes, then the parsed content, which the charset decides. */
export function compareBodies(
  primary: ResponseBody,
  candidate: ResponseBody,
  context?: ComparisonContext,
): FieldDifferences {
  if (sameWireBytes(primary.captured, candidate.captured) && primary.isReadLike(candidate)) return NO_DIFFERENCES;
  // Prefixes that differ cannot be compared by content.
  if (primary.isTruncated || candidate.isTruncated) {
    return bodyDifference("truncated", () => [describeSize(primary), describeSize(candidate)]);
  }

  const [a, b] = [primary.decoded, candidate.decoded];
  if (!a.ok || !b.ok) {
    const tooLarge = [a, b].some((side) => !side.ok && side.reason === "too-large");
    return bodyDifference(tooLarge ? "truncated" : "encoding", () => [
      describeCoding(primary),
      describeCoding(candidate),
    ]);
  }
  const sameBytes = Buffer.compare(a.bytes, b.bytes) === 0;
  if (sameBytes && primary.hasEncodingOf(candidate)) return NO_DIFFERENCES;
  const left = primary.parsed;
  const right = candidate.parsedLike(left);
  if (left === undefined || right === undefined) return NO_DIFFERENCES;
  if (sameBytes && left.form === right.form && !isText(left)) return NO_DIFFERENCES;
  return compareParsed(left, right, [primary, candidate], context);
}

function compareParsed(
  left: ParsedBody,
  right: ParsedBody,
  [primary, candidate]: readonly [ResponseBody, ResponseBody],
  context: ComparisonContext | undefined,
): FieldDifferences {
  const differInForm = (kind: DifferenceKind): FieldDifferences =>
    bodyDifference(kind, () => [describeForm(left), describeForm(right)]);
  if (left.form === "uncompared" || right.form === "uncompared") return differInForm("truncated");
  if (left.form === "empty") return bodyDifference("extra", () => [null, describeForm(right)]);
  if (right.form === "empty") return bodyDifference("missing", () => [describeForm(left), null]);
  if (left.form === "tree" && right.form === "tree" && left.syntax === right.syntax) {
    const maskedLookup = createMaskedLookup(primary, candidate);
    const result = compareTrees(left.value, right.value, context, undefined, maskedLookup);
    return joined([compareMarks(left, right), compareWrappers(left, right, context), result]);
  }
  const [a, b] = [brokenSyntax(left), brokenSyntax(right)];
  if ((a === null) !== (b === null)) return differInForm("parse");
  if (left.form === "text" && right.form === "text") {
    return joined([compareMarks(left, right), compareTexts([left, right], [primary, candidate], context)]);
  }
  return differInForm(left.form === "binary" && right.form === "binary" ? "value" : "type");
}

function joined(parts: readonly FieldDifferences[]): FieldDifferences {
  return {
    differences: parts.flatMap(({ differences }) => differences),
    overflow: parts.some(({ overflow }) => overflow),
  };
}

/** RFC 8259 §8.1 forbids the mark in JSON, and many parsers fail on it. */
function compareMarks(left: ParsedTree | ParsedText, right: ParsedTree | ParsedText): FieldDifferences {
  if (left.byteOrderMark === right.byteOrderMark) return NO_DIFFERENCES;
  return bodyDifference("encoding", () => [describeMark(left.byteOrderMark), describeMark(right.byteOrderMark)]);
}

/** What is around JSON has paths of its own, so that those of the values do not depend on it. */
function compareWrappers(
  left: ParsedTree,
  right: ParsedTree,
  context: ComparisonContext | undefined,
): FieldDifferences {
  if (left.wrapper === undefined && right.wrapper === undefined) return NO_DIFFERENCES;
  return compareTrees(left.wrapper?.members ?? {}, right.wrapper?.members ?? {}, context);
}

function compareTexts(
  [left, right]: readonly [ParsedText, ParsedText],
  bodies: readonly [ResponseBody, ResponseBody],
  context: ComparisonContext | undefined,
): FieldDifferences {
  const texts = [left.text, right.text] as const;
  if (left.text === right.text || rulesEquateTexts(left.text, right.text, context)) return NO_DIFFERENCES;
  const relation = textRelation(left.text, right.text);
  return bodyDifference("value", (redactor) => renderTexts(texts, bodies, redactor), relation);
}

/** Renders the lines that differ. Of texts that are secret as a whole, only the lengths are shown. */
function renderTexts(
  texts: readonly [string, string],
  [primary, candidate]: readonly [ResponseBody, ResponseBody],
  redactor: Redactor,
): readonly [string | null, string | null] {
  const [a, b] = [primary.masked(redactor), candidate.masked(redactor)];
  if (a?.form === "text" && b?.form === "text") return renderDifferingLines(texts, [a.text, b.text], redactor);
  return [describeText(primary), describeText(candidate)];
}

function describeText({ parsed }: ResponseBody): string {
  if (parsed?.form !== "text") return "text";
  const length = `text of ${parsed.text.length} characters`;
  return parsed.broken === null ? length : `not valid ${describeSyntax(parsed.broken)}: ${length}`;
}

/** The syntax that a body declares without being valid in it. */
function brokenSyntax(parsed: ParsedBody): BodySyntax | null {
  return parsed.form === "text" || parsed.form === "binary" ? parsed.broken : null;
}

/** Whether the rules for the root of the body make two texts equal. */
function rulesEquateTexts(left: string, right: string, context: ComparisonContext | undefined): boolean {
  const rules = rulesEquating(context?.rules?.body?.active ?? [], left, right);
  for (const { id } of rules) context?.onHit(id);
  return rules.length > 0;
}

/** Whether the charset decides what the content is. */
function isText({ form }: ParsedBody): boolean {
  return form === "tree" || form === "text" || form === "uncompared";
}

function sameWireBytes(a: CapturedBody, b: CapturedBody): boolean {
  return a.length === b.length && a.tailHash === b.tailHash && Buffer.compare(a.bytes, b.bytes) === 0;
}

/** A single difference at the root of the body. */
function bodyDifference(
  kind: DifferenceKind,
  render: (redactor: Redactor) => readonly [string | null, string | null],
  relation: Relation | null = null,
): FieldDifferences {
  const difference: FieldDifference = {
    section: "body",
    path: "$",
    kind,
    relation,
    detail: (redactor) => {
      const [primary, candidate] = render(redactor);
      return { pointer: "", primary, candidate };
    },
  };
  return { differences: [difference], overflow: false };
}

function describeSize({ captured, isTruncated }: ResponseBody): string {
  const { length, bytes } = captured;
  return isTruncated ? `${length} bytes, the first ${bytes.length} captured` : `${length} bytes`;
}

function describeCoding({ codings, decoded }: ResponseBody): string {
  if (decoded.ok) return codings.length === 0 ? "no content coding" : `valid ${codings.join(", ")}`;
  return decoded.detail;
}

function describeMark(byteOrderMark: boolean): string {
  return byteOrderMark ? "with a byte order mark" : "without a byte order mark";
}

/** Enough digits of a hash for a reader to see that two bodies differ. */
const SHOWN_DIGITS = 12;

function describeForm(parsed: ParsedBody): string {
  switch (parsed.form) {
    case "empty":
      return "empty";
    case "tree":
      return describeSyntax(parsed.syntax);
    case "text":
      return parsed.broken === null ? "text" : `not valid ${describeSyntax(parsed.broken)}`;
    case "binary": {
      const bytes = `${parsed.bytes.length} bytes, SHA-256 ${sha256(parsed.bytes).slice(0, SHOWN_DIGITS)}…`;
      return parsed.broken === null ? bytes : `not valid ${describeSyntax(parsed.broken)}: ${bytes}`;
    }
    case "uncompared":
      return parsed.why;
  }
  return unreachable(parsed);
}
