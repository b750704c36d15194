import type { Registry } from "@bufbuild/protobuf";
import type { Capture, MirroredCapture } from "../model/capture.ts";
import { Body, bodyFindings } from "./compare-body.ts";
import { codingsOf } from "./body/decode-content.ts";
import { NO_FINDINGS, type Finding, type Findings } from "./field-difference.ts";
import { fieldFindings, statusFindings } from "./compare-head.ts";
import { fieldValue, fieldsOf, type Fields } from "./header-map.ts";
import { parseContentType } from "./body/content-type.ts";
import type { RuleContext } from "./rules/rule-context.ts";

/** A response may carry thousands of different field names. */
const MAX_HEAD_FINDINGS = 100;

/** What all answers to one request are read by. */
export interface Reading {
  readonly maxDecodedBytes: number;
  /** Of the request, in origin form. */
  readonly target: string;
  /** Descriptions of messages of Protocol Buffers; undefined: there are none. */
  readonly registry: Registry | undefined;
  /** The body comes from a sample: content codings and charset that the head names are off already. */
  readonly stored?: "json" | "text" | undefined;
}

/** A capture with what is read from it, each part at most once and only when somebody asks. */
export class Leg {
  readonly capture: Capture;
  /** Where status, headers and trailers stand: the primary's capture, when this one was identical. */
  readonly head: Capture;
  readonly #bodyFrom: Capture;
  readonly #reading: Reading;
  /** The primary's, when its header fields are this one's too: what was read from them holds for both. */
  readonly #like: Leg | undefined;
  #fields: Fields | undefined;
  #body: Body | undefined;

  constructor(capture: Capture, head: Capture, bodyFrom: Capture, reading: Reading, primary?: Leg) {
    this.capture = capture;
    this.head = head;
    this.#bodyFrom = bodyFrom;
    this.#reading = reading;
    this.#like = primary?.head.headers === head.headers ? primary : undefined;
  }

  get fields(): Fields {
    this.#fields ??= this.#like?.fields ?? fieldsOf(this.head.headers);
    return this.#fields;
  }

  get body(): Body {
    this.#body ??= this.#like?.body.readLike(this.#bodyFrom.body) ?? this.#newBody();
    return this.#body;
  }

  #newBody(): Body {
    const { maxDecodedBytes, target, registry, stored } = this.#reading;
    const codings = stored === undefined ? codingsOf(fieldValue(this.fields, "content-encoding")) : [];
    return new Body(this.#bodyFrom.body, codings, {
      type: parseContentType(this.fields.get("content-type")?.[0] ?? ""),
      grpcEncoding: fieldValue(this.fields, "grpc-encoding"),
      maxBytes: maxDecodedBytes,
      target,
      registry,
      stored,
    });
  }
}

export function primaryLeg(capture: Capture, reading: Reading): Leg {
  return new Leg(capture, capture, capture, reading);
}

/** The leg of a candidate or secondary, with what was not sent because it equals the primary's put back. */
export function mirroredSide({ capture, identical, sameBody }: MirroredCapture, primary: Leg, reading: Reading): Leg {
  const { head } = primary;
  return new Leg(capture, identical ? head : capture, sameBody || identical ? head : capture, reading, primary);
}

/**
 * Everything in which a candidate's (or the secondary's) answer differs from the primary's, which must be complete.
 * @param method of the request
 * @param context the rules that hold; undefined for none
 */
export function captureFindings(
  primary: Leg,
  other: Leg,
  shadow: MirroredCapture,
  method: string,
  context?: RuleContext,
): Findings {
  const { failure } = other.capture;
  if (failure !== null) return { findings: [transportFinding(other.capture)], overflow: false };
  if (shadow.identical) return NO_FINDINGS;

  const status = statusFindings(primary.head, other.head);
  const headers =
    primary.fields === other.fields ? [] : fieldFindings("header", primary.fields, other.fields, method, context);
  const head = [...status, ...headers, ...trailerFindings(primary.head, other.head, method, context)];
  const cascade = [...status, ...headers].some((finding) => standsForBody(finding, primary, other, context));
  const sameBody = shadow.sameBody && primary.body.codings.join() === other.body.codings.join();
  const body = cascade || sameBody ? NO_FINDINGS : bodyFindings(primary.body, other.body, context);
  return {
    findings: [...head.slice(0, MAX_HEAD_FINDINGS), ...body.findings],
    overflow: body.overflow || head.length > MAX_HEAD_FINDINGS,
  };
}

function trailerFindings(a: Capture, b: Capture, method: string, context: RuleContext | undefined): Finding[] {
  if (a.trailers.length === 0 && b.trailers.length === 0) return [];
  return fieldFindings("trailer", fieldsOf(a.trailers), fieldsOf(b.trailers), method, context);
}

/**
 * Another status or another type is another document: that its body differs too says nothing new. But when nobody is shown
 * the one, nothing may be hidden behind it.
 */
function standsForBody(
  { section, path, kind }: Finding,
  primary: Leg,
  other: Leg,
  context: RuleContext | undefined,
): boolean {
  const otherType = path === "content-type" && primary.body.mediaType !== other.body.mediaType;
  return (section === "status" || otherType) && context?.rules.leavesOut(section, path, kind) !== true;
}

function transportFinding({ failure, status }: Capture): Finding {
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
