import type { Registry } from "@bufbuild/protobuf";
import type { Capture, MirroredCapture } from "../model/capture.ts";
import { ResponseBody, compareBodies } from "./compare-body.ts";
import { parseContentCodings } from "./body/decode-content.ts";
import { NO_DIFFERENCES, type FieldDifference, type FieldDifferences } from "./field-difference.ts";
import { compareHeaderFields, compareStatus } from "./compare-head.ts";
import { joinedValue, createHeaderMap, type HeaderMap } from "./header-map.ts";
import { parseContentType } from "./body/content-type.ts";
import type { RuleContext } from "./rules/rule-context.ts";

/** A response may carry thousands of different field names. */
const MAX_HEAD_DIFFERENCES = 100;

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

  constructor(capture: Capture, head: Capture, bodyFrom: Capture, reading: ResponseOptions, primary?: CapturedResponse) {
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
export function mirroredResponse({ capture, identical, sameBody }: MirroredCapture, primary: CapturedResponse, reading: ResponseOptions): CapturedResponse {
  const { head } = primary;
  return new CapturedResponse(capture, identical ? head : capture, sameBody || identical ? head : capture, reading, primary);
}

/**
 * Everything in which a candidate's (or the secondary's) answer differs from the primary's, which must be complete.
 * @param method of the request
 * @param context the rules that hold; undefined for none
 */
export function compareCaptures(
  primary: CapturedResponse,
  other: CapturedResponse,
  shadow: MirroredCapture,
  method: string,
  context?: RuleContext,
): FieldDifferences {
  const { failure } = other.capture;
  if (failure !== null) return { differences: [transportDifference(other.capture)], overflow: false };
  if (shadow.identical) return NO_DIFFERENCES;

  const status = compareStatus(primary.head, other.head);
  const headers =
    primary.fields === other.fields ? [] : compareHeaderFields("header", primary.fields, other.fields, method, context);
  const head = [...status, ...headers, ...compareTrailers(primary.head, other.head, method, context)];
  const cascade = [...status, ...headers].some((difference) => standsForBody(difference, primary, other, context));
  const sameBody = shadow.sameBody && primary.body.codings.join() === other.body.codings.join();
  const body = cascade || sameBody ? NO_DIFFERENCES : compareBodies(primary.body, other.body, context);
  return {
    differences: [...head.slice(0, MAX_HEAD_DIFFERENCES), ...body.differences],
    overflow: body.overflow || head.length > MAX_HEAD_DIFFERENCES,
  };
}

function compareTrailers(a: Capture, b: Capture, method: string, context: RuleContext | undefined): FieldDifference[] {
  if (a.trailers.length === 0 && b.trailers.length === 0) return [];
  return compareHeaderFields("trailer", createHeaderMap(a.trailers), createHeaderMap(b.trailers), method, context);
}

/**
 * Another status or another type is another document: that its body differs too says nothing new. But when nobody is shown
 * the one, nothing may be hidden behind it.
 */
function standsForBody(
  { section, path, kind }: FieldDifference,
  primary: CapturedResponse,
  other: CapturedResponse,
  context: RuleContext | undefined,
): boolean {
  const otherType = path === "content-type" && primary.body.mediaType !== other.body.mediaType;
  return (section === "status" || otherType) && context?.rules.leavesOut(section, path, kind) !== true;
}

function transportDifference({ failure, status }: Capture): FieldDifference {
  const before = status === 0 ? "" : ` after status ${status}`;
  return {
    section: "transport",
    path: "$",
    kind: "transport",
    detail: () => ({
      pointer: "",
      primary: "answered",
      candidate: `${failure?.kind ?? ""}${before}: ${failure?.detail ?? ""}`,
    }),
  };
}
