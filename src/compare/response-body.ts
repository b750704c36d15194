import type { CapturedBody } from "../model/capture.ts";
import { decodeContent, type DecodedContent } from "./body/decode-content.ts";
import { parseBody, type BodySource, type ParsedBody } from "./body/parse-body.ts";
import { redactText } from "./redact/redact-body.ts";
import type { Redactor } from "./redact/body-redactor.ts";
import type { BodySyntax } from "./body/body-syntax.ts";

/** Of a body of which a masked copy is made to show parts of it. */
const MAX_MASKED_BYTES = 1024 * 1024;

const MASKED_AS_TEXT: ReadonlySet<BodySyntax> = new Set(["html", "xml", "form", "table", "multipart"]);

/** A captured body that is decoded and parsed at most once, and only when somebody asks. */
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
  get parsed(): ParsedBody | undefined {
    if (this.#parsed === undefined && this.decoded.ok) this.#parsed = parseBody(this.decoded.bytes, this.#source);
    return this.#parsed;
  }

  /** Whether a neighbor in this syntax can mark a value as secret, so that values are shown from the masked text. */
  get isMaskedAsText(): boolean {
    return this.parsed?.form === "tree" && MASKED_AS_TEXT.has(this.parsed.syntax);
  }

  /** The body as it may be shown; undefined when it is too large for that. Grammars whose values are masked one by one stay. */
  masked(redactor: Redactor): ParsedBody | undefined {
    if (!this.decoded.ok || !this.isMaskedAsText) return this.parsed;
    if (this.decoded.bytes.length > MAX_MASKED_BYTES) return undefined;
    return parseBody(this.decoded.bytes, this.#source, (text, mediaType) => redactText(text, mediaType, redactor));
  }
}
