import type { Registry } from "@bufbuild/protobuf";
import type { Capture, MirroredCapture, RawHeaders } from "../model/capture.ts";
import { parseContentCodings } from "./body/decode-content.ts";
import { parseContentType } from "./body/content-type.ts";
import { ResponseBody } from "./response-body.ts";

/** What all answers to one request are read by. */
export interface ResponseOptions {
  readonly maxDecodedBytes: number;
  /** Of the request, in origin form. */
  readonly target: string;
  /** Descriptions of messages of Protocol Buffers; undefined: there are none. */
  readonly registry: Registry | undefined;
  /** The body comes from a sample: content codings and charset that the head names are off already. */
  readonly stored?: "json" | "text" | undefined;
}

/** A capture with what is read from it, each part at most once and only when somebody asks. */
export class CapturedResponse {
  readonly capture: Capture;
  /** Where status, headers and trailers stand: the primary's capture, when this one was identical. */
  readonly head: Capture;
  readonly #bodyFrom: Capture;
  readonly #reading: ResponseOptions;
  /** The primary's, when its header fields are this one's too: what was read from them holds for both. */
  readonly #like: CapturedResponse | undefined;
  #fields: HeaderMap | undefined;
  #body: ResponseBody | undefined;

  constructor(
    capture: Capture,
    head: Capture,
    bodyFrom: Capture,
    reading: ResponseOptions,
    primary?: CapturedResponse,
  ) {
    this.capture = capture;
    this.head = head;
    this.#bodyFrom = bodyFrom;
    this.#reading = reading;
    this.#like = primary?.head.headers === head.headers ? primary : undefined;
  }

  get fields(): HeaderMap {
    this.#fields ??= this.#like?.fields ?? createHeaderMap(this.head.headers);
    return this.#fields;
  }

  get body(): ResponseBody {
    this.#body ??= this.#like?.body.readLike(this.#bodyFrom.body) ?? this.#newBody();
    return this.#body;
  }

  #newBody(): ResponseBody {
    const { maxDecodedBytes, target, registry, stored } = this.#reading;
    const codings = stored === undefined ? parseContentCodings(joinedValue(this.fields, "content-encoding")) : [];
    return new ResponseBody(this.#bodyFrom.body, codings, {
      type: parseContentType(this.fields.get("content-type")?.[0] ?? ""),
      grpcEncoding: joinedValue(this.fields, "grpc-encoding"),
      maxBytes: maxDecodedBytes,
      target,
      registry,
      stored,
    });
  }
}

export function primaryResponse(capture: Capture, reading: ResponseOptions): CapturedResponse {
  return new CapturedResponse(capture, capture, capture, reading);
}

/** The leg of a candidate or secondary, with what was not sent because it equals the primary's put back. */
export function mirroredResponse(
  { capture, identical, sameBody }: MirroredCapture,
  primary: CapturedResponse,
  reading: ResponseOptions,
): CapturedResponse {
  const { head } = primary;
  return new CapturedResponse(
    capture,
    identical ? head : capture,
    sameBody || identical ? head : capture,
    reading,
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

/** All lines of one name as one value (RFC 9110 §5.3), or undefined when there is none. */
export function joinedValue(fields: HeaderMap, name: string): string | undefined {
  return fields.get(name)?.join(", ");
}
