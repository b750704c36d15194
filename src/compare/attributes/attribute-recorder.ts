import { sampleDraw } from "../../lib/stable-draw.ts";
import type { Exchange, MirroredCapture } from "../../model/capture.ts";
import type { ExplainConfig } from "../../model/config.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { Attribute, AttributeRecord, AttributeSource } from "../../model/explain/attribute.ts";
import { parseContentCodings } from "../body/decode-content.ts";
import { parseContentType } from "../body/content-type.ts";
import { declaredSyntax } from "../body/media-types.ts";
import { createHeaderMap, joinedValue, type CapturedResponse, type HeaderMap } from "../captured-response.ts";
import { ResponseBody } from "../response-body.ts";
import { AttributeList } from "./attribute-list.ts";
import { AttributeSelector } from "./attribute-selector.ts";
import { addBody } from "./body-attributes.ts";
import { addRequestHead } from "./request-attributes.ts";
import { stratumOf } from "./stratum.ts";
import { ValueMasker } from "./value-masker.ts";

/** Larger bodies are not read. */
const MAX_DECODED_BYTES = 1024 * 1024;
const DIGITS = /^\d{1,15}$/;

/** A compared exchange, with one of its candidates. */
export interface ComparedPair {
  readonly exchange: Exchange;
  readonly endpoint: string;
  readonly candidate: MirroredCapture;
  /** The primary's response, as it was compared. */
  readonly primary: CapturedResponse;
  readonly paired: boolean;
  readonly fields: readonly DifferingField[];
}

type ReadAttributes = Pick<AttributeRecord, "attributes" | "cut">;

/**
 * Keeps the attributes of a sample of the compared exchanges, by which causes are explained. Attributes are only read of exchanges
 * that the store may keep, so most exchanges cost a lookup.
 */
export class AttributeRecorder {
  readonly #isEnabled: boolean;
  readonly #ignored: ReadonlySet<string>;
  readonly #masker: ValueMasker;
  #selector = new AttributeSelector();
  /** What all candidates of an exchange have in common. */
  readonly #shared = new WeakMap<Exchange, ReadAttributes>();

  /** @param key of the process: all threads redact with it */
  constructor({ enabled, ignoreHeaders }: ExplainConfig, key: Uint8Array) {
    this.#isEnabled = enabled;
    this.#ignored = new Set(ignoreHeaders);
    this.#masker = new ValueMasker(key);
  }

  /** The next run has no attributes yet. */
  beginRun(): void {
    this.#selector = new AttributeSelector();
  }

  /** @returns the record of an exchange that the store may keep; undefined for others */
  offer(pair: ComparedPair): AttributeRecord | undefined {
    if (!this.#isEnabled) return undefined;
    const { exchange, endpoint, fields, paired } = pair;
    const { id, at, route } = exchange;
    const candidate = pair.candidate.capture.subset;
    const stratum = stratumOf(fields);
    const draw = sampleDraw(id);
    const controlLimit = stratum === "" ? (exchange.controlLimit ?? 0) : 1;
    if (draw >= controlLimit) return undefined;
    const drawn = { id, at, route, endpoint, candidate, stratum, draw, paired, fields };
    const ownLimit = this.#selector.take(drawn);
    if (ownLimit === null) return undefined;
    const limit = Math.min(controlLimit, ownLimit);
    const { attributes, cut } = this.#sharedOf(pair);
    return { ...drawn, limit, attributes: [...attributes, ...this.#addressOf(pair.candidate)], cut };
  }

  #sharedOf(pair: ComparedPair): ReadAttributes {
    const known = this.#shared.get(pair.exchange);
    if (known !== undefined) return known;
    const read = this.#read(pair);
    this.#shared.set(pair.exchange, read);
    return read;
  }

  #read({ exchange, endpoint, primary }: ComparedPair): ReadAttributes {
    const list = new AttributeList(this.#masker);
    const fields = createHeaderMap(exchange.headers);
    list.addValue("response", "status", primary.head.status);
    addText(list, "response", "media-type", primary.body.mediaType);
    list.addValue("response", "size", sizeClass(primary.body.captured.length));
    addText(list, "client", "protocol", exchange.protocol);
    addText(list, "address", "primary", exchange.primary.address);
    addText(list, "address", "secondary", exchange.secondary?.capture.address);
    const body = requestBody(exchange, fields);
    addText(list, "request", "media-type", mediaTypeOf(fields));
    addRequestSize(list, body, fields, exchange.method);
    addRequestHead(list, { exchange, endpoint, fields }, this.#masker, this.#ignored);
    addBody(list, "response-body", primary.body);
    if (body !== undefined) addBody(list, "request-body", body);
    return { attributes: list.attributes, cut: list.cut };
  }

  #addressOf({ capture: { address } }: MirroredCapture): Attribute[] {
    return address === undefined ? [] : [{ source: "address", name: "candidate", value: this.#masker.text(address) }];
  }
}

function addText(list: AttributeList, source: AttributeSource, name: string, text: string | undefined): void {
  if (text !== undefined && text !== "") list.addValue(source, name, text);
}

/** The smallest power of two that is not below a number of bytes, so that thresholds are true of the bytes; 0 for none. */
function sizeClass(bytes: number): number {
  let size = bytes === 0 ? 0 : 1;
  while (size < bytes) size *= 2;
  return size;
}

/**
 * A body that was not copied has the size that its head names. Without one, a media type announces a body of unknown size, except
 * that many clients send one with every request (RFC 9110 §9.3.1: the body of a GET means nothing).
 */
function addRequestSize(list: AttributeList, body: ResponseBody | undefined, fields: HeaderMap, method: string): void {
  const length = fields.get("content-length")?.[0] ?? "";
  const mediaType = mediaTypeOf(fields);
  const isEmpty = mediaType === "" || method === "GET" || method === "HEAD";
  const named = DIGITS.test(length) ? Number(length) : isEmpty ? 0 : undefined;
  const bytes = body?.captured.length ?? named;
  if (bytes === undefined) list.markCut("request");
  else list.addValue("request", "size", sizeClass(bytes));
  const syntax = declaredSyntax(mediaType);
  if (body === undefined && bytes !== 0 && (syntax === "json" || syntax === "form")) list.markCut("request-body");
}

function mediaTypeOf(fields: HeaderMap): string {
  return parseContentType(fields.get("content-type")?.[0] ?? "").mediaType;
}

function requestBody({ requestBody: captured, target }: Exchange, fields: HeaderMap): ResponseBody | undefined {
  if (captured === undefined) return undefined;
  return new ResponseBody(captured, parseContentCodings(joinedValue(fields, "content-encoding")), {
    type: parseContentType(fields.get("content-type")?.[0] ?? ""),
    target,
    grpcEncoding: undefined,
    registry: undefined,
    maxBytes: MAX_DECODED_BYTES,
    stored: undefined,
  });
}
