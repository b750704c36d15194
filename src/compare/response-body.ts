import type { CapturedBody } from "../model/capture.ts";
import { decodeContent, type DecodedContent } from "./body/decode-content.ts";
import { encodingOf, typedEncoding } from "./body/decode-text.ts";
import { parseBody, type BodySource, type ParsedBody } from "./body/parse-body.ts";
import type { RecentTrees } from "./body/recent-trees.ts";
import type { PlainJson } from "./body/similar-json.ts";
import { maskBody } from "./redact/mask-body.ts";
import type { Redactor } from "./redact/redactor.ts";

const NO_BYTES = new Uint8Array();

/** A captured body, decoded and parsed at most once, on first use. */
export class ResponseBody {
  readonly captured: CapturedBody;
  readonly codings: readonly string[];
  readonly #source: BodySource;
  readonly #recent: RecentTrees | undefined;
  #decoded: DecodedContent | undefined;
  #parsed: ParsedBody | undefined;
  /** The result for the last redactor: there is one redactor for each sample. */
  #masked: { readonly redactor: Redactor; readonly body: ParsedBody | undefined } | undefined;

  /** @param recent the trees of earlier bodies, to share what is equal */
  constructor(captured: CapturedBody, codings: readonly string[], source: BodySource, recent?: RecentTrees) {
    this.captured = captured;
    this.codings = codings;
    this.#source = source;
    this.#recent = recent;
  }

  /** Another body with the same header fields. */
  withCapture(captured: CapturedBody): ResponseBody {
    return new ResponseBody(captured, this.codings, this.#source);
  }

  /** The media type in lower case, without parameters; empty when there is none. */
  get mediaType(): string {
    return this.#source.type.mediaType;
  }

  /** Whether the same bytes have the same content in both. */
  isReadLike(other: ResponseBody): boolean {
    return this.codings.join() === other.codings.join() && this.hasEncodingOf(other);
  }

  /** Whether the same bytes are the same text. Another media type is a difference of its own, in the header. */
  hasEncodingOf(other: ResponseBody): boolean {
    const [type, otherType] = [this.#source.type, other.#source.type];
    if (type.mediaType !== otherType.mediaType) return true;
    if (type.parameters.get("charset") === otherType.parameters.get("charset")) return true;
    return typedEncoding(type) === typedEncoding(otherType) || this.#encoding === other.#encoding;
  }

  get #encoding(): string {
    return encodingOf(this.decoded.ok ? this.decoded.bytes : NO_BYTES, this.#source.type);
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
    if (this.#parsed !== undefined || !this.decoded.ok) return this.#parsed;
    const { bytes } = this.decoded;
    const parse = (similar?: PlainJson): ParsedBody => parseBody(bytes, this.#source, similar);
    this.#parsed = this.#recent === undefined ? parse() : this.#recent.parse(this.#source.target, parse);
    return this.#parsed;
  }

  /** The parsed body. JSON shares with that of another body what is equal. */
  parsedLike(other: ParsedBody | undefined): ParsedBody | undefined {
    const similar = other?.form === "tree" ? other.plain : undefined;
    if (similar === undefined || this.#parsed !== undefined || !this.decoded.ok) return this.parsed;
    this.#parsed = parseBody(this.decoded.bytes, this.#source, similar);
    return this.#parsed;
  }

  /** The body with its secrets replaced; undefined when it is secret as a whole, see `maskBody`. */
  masked(redactor: Redactor): ParsedBody | undefined {
    if (this.#masked?.redactor !== redactor) this.#masked = { redactor, body: this.#mask(redactor) };
    return this.#masked.body;
  }

  #mask(redactor: Redactor): ParsedBody | undefined {
    const { parsed, decoded } = this;
    if (parsed === undefined || !decoded.ok) return undefined;
    return maskBody(parsed, { ...this.#source, bytes: decoded.bytes, isTruncated: this.isTruncated }, redactor);
  }
}
