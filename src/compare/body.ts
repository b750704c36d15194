import type { CapturedBody } from "../model/capture.ts";
import type { DifferenceKind } from "../model/difference.ts";
import { decode, type Decoded } from "./decode.ts";
import { differences } from "./difference.ts";
import { NO_FINDINGS, type Finding, type Findings } from "./finding.ts";
import { lift, type Lifted } from "./lift.ts";
import { redactText } from "./redact-body.ts";
import type { Redactor } from "./redactor.ts";
import { headerLine, isTable } from "./table.ts";

/** A captured body that is decoded and lifted at most once, and only when somebody asks. */
export class Body {
  readonly captured: CapturedBody;
  readonly codings: readonly string[];
  readonly mediaType: string;
  readonly #maxBytes: number;
  #decoded: Decoded | undefined;
  #lifted: Lifted | undefined;

  constructor(captured: CapturedBody, codings: readonly string[], mediaType: string, maxBytes: number) {
    this.captured = captured;
    this.codings = codings;
    this.mediaType = mediaType;
    this.#maxBytes = maxBytes;
  }

  /** Only the beginning was captured. */
  get cut(): boolean {
    return this.captured.length > this.captured.bytes.length;
  }

  get decoded(): Decoded {
    this.#decoded ??= decode(this.captured.bytes, this.codings, this.#maxBytes, this.cut);
    return this.#decoded;
  }

  /** Undefined when the body cannot be decoded. */
  get lifted(): Lifted | undefined {
    if (this.#lifted === undefined && this.decoded.ok) this.#lifted = lift(this.decoded.bytes, this.mediaType);
    return this.#lifted;
  }
}

/** Where two bodies differ. Wire bytes decide first, then decoded bytes, then what they mean. */
export function bodyFindings(primary: Body, candidate: Body): Findings {
  const sameCoding = primary.codings.join() === candidate.codings.join();
  if (sameCoding && sameWire(primary.captured, candidate.captured)) return NO_FINDINGS;
  // A part says nothing about the whole.
  if (primary.cut || candidate.cut) return one("truncated", () => [size(primary), size(candidate)]);

  const [a, b] = [primary.decoded, candidate.decoded];
  if (!a.ok || !b.ok) {
    const tooLarge = [a, b].some((side) => !side.ok && side.reason === "too-large");
    return one(tooLarge ? "truncated" : "encoding", () => [codingState(primary), codingState(candidate)]);
  }
  if (Buffer.compare(a.bytes, b.bytes) === 0) return NO_FINDINGS;
  const [left, right] = [primary.lifted, candidate.lifted];
  return left === undefined || right === undefined ? NO_FINDINGS : liftedFindings(left, right, primary.mediaType);
}

function liftedFindings(left: Lifted, right: Lifted, mediaType: string): Findings {
  if (left.form === "too-many-values" || right.form === "too-many-values") {
    return one("truncated", () => [formText(left), formText(right)]);
  }
  if (left.form === "empty") return one("extra", () => [null, formText(right)]);
  if (right.form === "empty") return one("missing", () => [formText(left), null]);
  if (left.form === "json" && right.form === "json") {
    const found = differences(left.value, right.value);
    if (left.byteOrderMark === right.byteOrderMark) return found;
    // RFC 8259 §8.1 forbids the mark, and many parsers fail on it.
    const mark = one("encoding", () => [markText(left.byteOrderMark), markText(right.byteOrderMark)]);
    return { findings: [...mark.findings, ...found.findings], overflow: found.overflow };
  }
  if (left.form === "text" && right.form === "text" && left.brokenJson === right.brokenJson) {
    return textFinding(left.text, right.text, mediaType, left.brokenJson);
  }
  if (left.form === "binary" && right.form === "binary") return one("value", () => [formText(left), formText(right)]);
  const broken = [left, right].some((side) => side.form === "text" && side.brokenJson);
  return one(broken ? "parse" : "type", () => [formText(left), formText(right)]);
}

/** How much text on each side of the first difference is masked to show it. A private key of 4,096 bits has 3,300 characters. */
const CONTEXT_CHARS = 16_384;
/** Up to here a text is masked from its beginning: a list or an element may say far above what it holds. */
const MAX_WHOLE_CHARS = 256 * 1024;

/** Shows the first line that differs. Masked together with the lines around it, for a secret may span lines. */
function textFinding(left: string, right: string, mediaType: string, brokenJson: boolean): Findings {
  return one("value", (redactor) => {
    const from = contextStart(left, firstDifference(left, right));
    if (from === undefined) return [`text of ${left.length} characters`, `text of ${right.length} characters`];
    const end = Math.max(from, firstDifference(left, right)) + 2 * CONTEXT_CHARS;
    const masked = (text: string): string => {
      const header = from > 0 && isTable(mediaType) ? headerLine(text) : "";
      return redactText(header + text.slice(from, end), mediaType, redactor, brokenJson);
    };
    const [a, b] = [masked(left), masked(right)];
    const start = a.lastIndexOf("\n", firstDifference(a, b) - 1) + 1;
    return [redactor.short(lineAt(a, start)), redactor.short(lineAt(b, start))];
  });
}

/** A line's beginning some way before the difference; undefined in the midst of a line so long that it may be one secret. */
function contextStart(text: string, at: number): number | undefined {
  if (at < CONTEXT_CHARS) return 0;
  const lineBreak = text.indexOf("\n", at - CONTEXT_CHARS);
  if (lineBreak === -1 || lineBreak >= at) return undefined;
  return at < MAX_WHOLE_CHARS ? 0 : lineBreak + 1;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? text.length : end);
}

function sameWire(a: CapturedBody, b: CapturedBody): boolean {
  return a.length === b.length && a.tailHash === b.tailHash && Buffer.compare(a.bytes, b.bytes) === 0;
}

/** A difference of the body as a whole. */
function one(kind: DifferenceKind, render: (redactor: Redactor) => readonly [string | null, string | null]): Findings {
  const finding: Finding = {
    section: "body",
    path: "$",
    kind,
    detail: (redactor) => {
      const [primary, candidate] = render(redactor);
      return { pointer: "", primary, candidate };
    },
  };
  return { findings: [finding], overflow: false };
}

function size({ captured, cut }: Body): string {
  return cut ? `${captured.length} bytes, the first ${captured.bytes.length} captured` : `${captured.length} bytes`;
}

function codingState({ codings, decoded }: Body): string {
  if (decoded.ok) return codings.length === 0 ? "no content coding" : `valid ${codings.join(", ")}`;
  return decoded.detail;
}

function markText(byteOrderMark: boolean): string {
  return byteOrderMark ? "with a byte order mark" : "without a byte order mark";
}

function formText(lifted: Lifted): string {
  if (lifted.form === "binary") return `${lifted.bytes.length} bytes`;
  if (lifted.form === "text") return lifted.brokenJson ? "not valid JSON" : "text";
  return FORM_TEXTS[lifted.form];
}

const FORM_TEXTS = { empty: "empty", json: "JSON", "too-many-values": "too many values to compare" } as const;
