import type { CapturedBody } from "../model/capture.ts";
import { decodeContent, type DecodedContent } from "./body/decode-content.ts";
import { parseBody, type BodySource, type ParsedBody } from "./body/parse-body.ts";
import { redactText } from "./redact/redact-body.ts";
import type { Redactor } from "./redact/body-redactor.ts";
import type { BodySyntax } from "./body/body-syntax.ts";

/** Larger bodies are not parsed a second time to show masked values. */
const MAX_MASKED_BYTES = 1024 * 1024;

/** Syntaxes in which a neighbor can mark a value as secret: their text is masked before it is parsed. */
const MASKED_AS_TEXT: ReadonlySet<BodySyntax> = new Set(["html", "xml", "form", "table", "multipart"]);

/** A captured body, decoded and parsed at most once, on first use. */
export class ResponseBody {
  readonly captured: CapturedBody;
  readonly codings: readonly string[];
  readonly #source: BodySource;
  #decoded: DecodedContent | undefined;
  #parsed: ParsedBody | undefined;

  constructor(captured: CapturedBody, codings: readonly string[], source: BodySource) {
    this.captured = captured;
    this.codings = codings;
    this.#source = source;
  }

  /** Another body with the same header fields. */
  withCapture(captured: CapturedBody): ResponseBody {
    return new ResponseBody(captured, this.codings, this.#source);
  }

  /** The media type in lower case, without parameters; empty when there is none. */
  get mediaType(): string {
    return this.#source.type.mediaType;
  }

  /** Whether only a prefix was captured. */
  get isTruncated(): boolean {
    return this.captured.length > this.captured.bytes.length;
  }

  get decoded(): DecodedContent {
    this.#decoded ??= decodeContent(this.captured.bytes, this.codings, this.#source.maxBytes, this.isTruncated);
    return this.#decoded;
  }

  /** The parsed body; undefined when it cannot be decoded. */
  get parsed(): ParsedBody | undefined {
    if (this.#parsed === undefined && this.decoded.ok) this.#parsed = parseBody(this.decoded.bytes, this.#source);
    return this.#parsed;
  }

  /** Whether shown values come from the masked text. */
  get isMaskedAsText(): boolean {
    return this.parsed?.form === "tree" && MASKED_AS_TEXT.has(this.parsed.syntax);
  }

  /** The body with masked values; undefined when it is too large. Syntaxes whose values are masked one by one stay unmasked. */
  masked(redactor: Redactor): ParsedBody | undefined {
    if (!this.decoded.ok || !this.isMaskedAsText) return this.parsed;
    if (this.decoded.bytes.length > MAX_MASKED_BYTES) return undefined;
    return parseBody(this.decoded.bytes, this.#source, (text, mediaType) => redactText(text, mediaType, redactor));
  }
}
