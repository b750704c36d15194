import { unreachable } from "../lib/unreachable.ts";
import type { CapturedBody } from "../model/capture.ts";
import type { DifferenceKind, Relation } from "../model/difference.ts";
import { compareTrees } from "./tree/compare-trees.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import type { ParsedBody } from "./body/parse-body.ts";
import type { ResponseBody } from "./response-body.ts";
import { sha256 } from "./body/opaque-bytes.ts";
import { isJsonLike, describeSyntax, type BodySyntax } from "./body/body-syntax.ts";
import type { Redactor } from "./redact/body-redactor.ts";
import { textRelation } from "./relations/value-relation.ts";
import type { RuleContext } from "./rules/rule-book.ts";
import { rulesEquating } from "./rules/scalar-rules.ts";
import { shownFrom } from "./samples/shown-value.ts";
import { renderDifferingLines } from "./samples/differing-lines.ts";

/** Where two bodies differ. Wire bytes decide first, then decoded bytes, then what they mean. */
export function compareBodies(primary: ResponseBody, candidate: ResponseBody, context?: RuleContext): FieldDifferences {
  const sameCoding = primary.codings.join() === candidate.codings.join();
  if (sameCoding && sameWire(primary.captured, candidate.captured)) return NO_DIFFERENCES;
  // A part says nothing about the whole.
  if (primary.cut || candidate.cut) return one("truncated", () => [size(primary), size(candidate)]);

  const [a, b] = [primary.decoded, candidate.decoded];
  if (!a.ok || !b.ok) {
    const tooLarge = [a, b].some((side) => !side.ok && side.reason === "too-large");
    return one(tooLarge ? "truncated" : "encoding", () => [codingState(primary), codingState(candidate)]);
  }
  if (Buffer.compare(a.bytes, b.bytes) === 0) return NO_DIFFERENCES;
  const [left, right] = [primary.parsed, candidate.parsed];
  if (left === undefined || right === undefined) return NO_DIFFERENCES;
  return compareParsed(left, right, [primary, candidate], context);
}

function compareParsed(
  left: ParsedBody,
  right: ParsedBody,
  [primary, candidate]: readonly [ResponseBody, ResponseBody],
  context: RuleContext | undefined,
): FieldDifferences {
  const whole = (kind: DifferenceKind): FieldDifferences => one(kind, () => [formText(left), formText(right)]);
  if (left.form === "uncompared" || right.form === "uncompared") return whole("truncated");
  if (left.form === "empty") return one("extra", () => [null, formText(right)]);
  if (right.form === "empty") return one("missing", () => [formText(left), null]);
  if (left.form === "tree" && right.form === "tree" && left.syntax === right.syntax) {
    const shown = shownFrom(primary, candidate);
    const found = compareTrees(left.value, right.value, context, undefined, shown);
    if (left.byteOrderMark === right.byteOrderMark) return found;
    // RFC 8259 §8.1 forbids the mark, and many parsers fail on it.
    const mark = one("encoding", () => [markText(left.byteOrderMark), markText(right.byteOrderMark)]);
    return { differences: [...mark.differences, ...found.differences], overflow: found.overflow };
  }
  const [a, b] = [brokenAs(left), brokenAs(right)];
  if ((a === null) !== (b === null)) return whole("parse");
  if (left.form === "text" && right.form === "text") {
    if (areEquated(left.text, right.text, context)) return NO_DIFFERENCES;
    const relation = textRelation(left.text, right.text);
    const { mediaType } = primary;
    return one(
      "value",
      (redactor) => renderDifferingLines(left.text, right.text, redactor, mediaType, isJsonLike(a)),
      relation,
    );
  }
  return whole(left.form === "binary" && right.form === "binary" ? "value" : "type");
}

/** The grammar in which a body says that it is written, and is not. */
function brokenAs(parsed: ParsedBody): BodySyntax | null {
  return parsed.form === "text" || parsed.form === "binary" ? parsed.broken : null;
}

/** Whether the rules for the whole body leave no difference between two texts. */
function areEquated(left: string, right: string, context: RuleContext | undefined): boolean {
  const rules = rulesEquating(context?.rules.body?.active ?? [], left, right);
  for (const { id } of rules) context?.hit(id);
  return rules.length > 0;
}

function sameWire(a: CapturedBody, b: CapturedBody): boolean {
  return a.length === b.length && a.tailHash === b.tailHash && Buffer.compare(a.bytes, b.bytes) === 0;
}

/** A difference of the body as a whole. */
function one(
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

function size({ captured, cut }: ResponseBody): string {
  return cut ? `${captured.length} bytes, the first ${captured.bytes.length} captured` : `${captured.length} bytes`;
}

function codingState({ codings, decoded }: ResponseBody): string {
  if (decoded.ok) return codings.length === 0 ? "no content coding" : `valid ${codings.join(", ")}`;
  return decoded.detail;
}

function markText(byteOrderMark: boolean): string {
  return byteOrderMark ? "with a byte order mark" : "without a byte order mark";
}

/** How many digits of a hash tell two bodies apart for a person. */
const SHOWN_DIGITS = 12;

function formText(parsed: ParsedBody): string {
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
