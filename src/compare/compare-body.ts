import { unreachable } from "../lib/unreachable.ts";
import type { CapturedBody } from "../model/capture.ts";
import type { DifferenceKind, Relation } from "../model/difference.ts";
import { decodeContent, type DecodedContent } from "./body/decode-content.ts";
import { compareTrees } from "./tree/compare-trees.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import { parseBody, type ParsedBody, type BodySource } from "./body/parse-body.ts";
import { sha256 } from "./body/opaque-bytes.ts";
import { isJsonLike, describeSyntax, type BodySyntax } from "./body/body-syntax.ts";
import { redactText } from "./redact/redact-body.ts";
import type { Redactor } from "./redact/body-redactor.ts";
import { textRelation } from "./relations/value-relation.ts";
import type { RuleContext } from "./rules/rule-context.ts";
import { rulesEquating } from "./rules/scalar-rules.ts";
import { isMaskedAsText, shownFrom } from "./samples/shown-value.ts";
import { renderDifferingLines } from "./samples/differing-lines.ts";

/** Of a body of which a masked copy is made to show parts of it. */
const MAX_MASKED_BYTES = 1024 * 1024;

/** A captured body that is decoded and lifted at most once, and only when somebody asks. */
export class ResponseBody {
  readonly captured: CapturedBody;
  readonly codings: readonly string[];
  readonly #source: BodySource;
  #decoded: DecodedContent | undefined;
  #lifted: ParsedBody | undefined;

  constructor(captured: CapturedBody, codings: readonly string[], source: BodySource) {
    this.captured = captured;
    this.codings = codings;
    this.#source = source;
  }

  /** Another body, of which the header fields say the same. */
  readLike(captured: CapturedBody): ResponseBody {
    return new ResponseBody(captured, this.codings, this.#source);
  }

  /** In lower case, without parameters; empty when there is none. */
  get mediaType(): string {
    return this.#source.type.mediaType;
  }

  /** Only the beginning was captured. */
  get cut(): boolean {
    return this.captured.length > this.captured.bytes.length;
  }

  get decoded(): DecodedContent {
    this.#decoded ??= decodeContent(this.captured.bytes, this.codings, this.#source.maxBytes, this.cut);
    return this.#decoded;
  }

  /** Undefined when the body cannot be decoded. */
  get lifted(): ParsedBody | undefined {
    if (this.#lifted === undefined && this.decoded.ok) this.#lifted = parseBody(this.decoded.bytes, this.#source);
    return this.#lifted;
  }

  /** The body as it may be shown; undefined when it is too large for that. Grammars whose values are masked one by one stay. */
  masked(redactor: Redactor): ParsedBody | undefined {
    if (!this.decoded.ok || !isMaskedAsText(this)) return this.lifted;
    if (this.decoded.bytes.length > MAX_MASKED_BYTES) return undefined;
    return parseBody(this.decoded.bytes, this.#source, (text, mediaType) => redactText(text, mediaType, redactor));
  }
}

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
  const [left, right] = [primary.lifted, candidate.lifted];
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
    return one("value", (redactor) => renderDifferingLines(left.text, right.text, redactor, mediaType, isJsonLike(a)), relation);
  }
  return whole(left.form === "binary" && right.form === "binary" ? "value" : "type");
}

/** The grammar in which a body says that it is written, and is not. */
function brokenAs(lifted: ParsedBody): BodySyntax | null {
  return lifted.form === "text" || lifted.form === "binary" ? lifted.broken : null;
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

function formText(lifted: ParsedBody): string {
  switch (lifted.form) {
    case "empty":
      return "empty";
    case "tree":
      return describeSyntax(lifted.syntax);
    case "text":
      return lifted.broken === null ? "text" : `not valid ${describeSyntax(lifted.broken)}`;
    case "binary": {
      const bytes = `${lifted.bytes.length} bytes, SHA-256 ${sha256(lifted.bytes).slice(0, SHOWN_DIGITS)}…`;
      return lifted.broken === null ? bytes : `not valid ${describeSyntax(lifted.broken)}: ${bytes}`;
    }
    case "uncompared":
      return lifted.why;
  }
  return unreachable(lifted);
}
