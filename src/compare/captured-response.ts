import type { Registry } from "@bufbuild/protobuf";
import type { Capture, MirroredCapture, RawHeaders } from "../model/capture.ts";
import { parseContentCodings } from "./body/decode-content.ts";
import { parseContentType } from "./body/content-type.ts";
import type { RecentTrees } from "./body/recent-trees.ts";
import { ResponseBody } from "./response-body.ts";

/** How the responses to one request are decoded and parsed. */
export interface ResponseOptions {
  readonly maxDecodedBytes: number;
  /** The request target in origin form. */
  readonly target: string;
  /** Protocol Buffers descriptors; undefined when none are configured. */
  readonly registry: Registry | undefined;
  /** The trees of earlier responses of the primary; undefined to parse each on its own. */
  readonly recent?: RecentTrees | undefined;
  /** Set when the body comes from a stored sample: the content codings and charset that the headers name are removed. */
  readonly stored?: "json" | "text" | undefined;
}

/** The captured response of one role. Header fields and body are parsed at most once, on first use. */
export class CapturedResponse {
  readonly capture: Capture;
  /** The capture that holds status, headers and trailers: that of the primary if this response was identical. */
  readonly head: Capture;
  readonly #bodyCapture: Capture;
  readonly #options: ResponseOptions;
  /** The primary's response if it has the same header fields, so that parsed fields are shared. */
  readonly #sameHeaders: CapturedResponse | undefined;
  #fields: HeaderMap | undefined;
  #body: ResponseBody | undefined;

  constructor(
    capture: Capture,
    head: Capture,
    bodyCapture: Capture,
    options: ResponseOptions,
    primary?: CapturedResponse,
  ) {
    this.capture = capture;
    this.head = head;
    this.#bodyCapture = bodyCapture;
    this.#options = options;
    this.#sameHeaders = primary?.head.headers === head.headers ? primary : undefined;
  }

  /** The target of the request. */
  get target(): string {
    return this.#options.target;
  }

  get fields(): HeaderMap {
    this.#fields ??= this.#sameHeaders?.fields ?? createHeaderMap(this.head.headers);
    return this.#fields;
  }

  get body(): ResponseBody {
    this.#body ??= this.#sameHeaders?.body.withCapture(this.#bodyCapture.body) ?? this.#createBody();
    return this.#body;
  }

  #createBody(): ResponseBody {
    const { maxDecodedBytes, target, registry, recent, stored } = this.#options;
    const codings = stored === undefined ? parseContentCodings(joinedValue(this.fields, "content-encoding")) : [];
    const source = {
      type: parseContentType(this.fields.get("content-type")?.[0] ?? ""),
      grpcEncoding: joinedValue(this.fields, "grpc-encoding"),
      maxBytes: maxDecodedBytes,
      target,
      registry,
      stored,
    };
    return new ResponseBody(this.#bodyCapture.body, codings, source, recent);
  }
}

export function primaryResponse(capture: Capture, options: ResponseOptions): CapturedResponse {
  return new CapturedResponse(capture, capture, capture, options);
}

/** The response of a candidate or secondary. Parts that were not transferred because they equal the primary's are restored. */
export function mirroredResponse(
  { capture, identical, sameBody }: MirroredCapture,
  primary: CapturedResponse,
  options: ResponseOptions,
): CapturedResponse {
  const { head } = primary;
  return new CapturedResponse(
    capture,
    identical ? head : capture,
    sameBody || identical ? head : capture,
    options,
    primary,
  );
}

/** Field values by lower-case name, in the order received. */
export type HeaderMap = ReadonlyMap<string, readonly string[]>;

export function createHeaderMap(raw: RawHeaders): HeaderMap {
  const fields = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = (raw[at + 1] ?? "").trim();
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}

/** All lines of one field as one value (RFC 9110 §5.3); undefined when the field is absent. */
export function joinedValue(fields: HeaderMap, name: string): string | undefined {
  return fields.get(name)?.join(", ");
}
