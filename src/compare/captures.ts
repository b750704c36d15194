import type { Capture, Shadow } from "../model/capture.ts";
import { Body, bodyFindings } from "./body.ts";
import { codingsOf } from "./decode.ts";
import { NO_FINDINGS, type Finding, type Findings } from "./finding.ts";
import { fieldFindings, statusFindings } from "./head.ts";
import { fieldValue, fieldsOf, mediaTypeOf, type Fields } from "./headers.ts";

/** A response may carry thousands of different field names. */
const MAX_HEAD_FINDINGS = 100;

/** A capture with what is read from it, each part at most once and only when somebody asks. */
export class Leg {
  readonly capture: Capture;
  /** Where status, headers and trailers stand: the primary's capture, when this one was identical. */
  readonly head: Capture;
  readonly #bodyFrom: Capture;
  readonly #maxDecodedBytes: number;
  #fields: Fields | undefined;
  #body: Body | undefined;

  constructor(capture: Capture, head: Capture, bodyFrom: Capture, maxDecodedBytes: number) {
    this.capture = capture;
    this.head = head;
    this.#bodyFrom = bodyFrom;
    this.#maxDecodedBytes = maxDecodedBytes;
  }

  get fields(): Fields {
    this.#fields ??= fieldsOf(this.head.headers);
    return this.#fields;
  }

  get body(): Body {
    if (this.#body === undefined) {
      const codings = codingsOf(fieldValue(this.fields, "content-encoding"));
      this.#body = new Body(this.#bodyFrom.body, codings, mediaTypeOf(this.fields), this.#maxDecodedBytes);
    }
    return this.#body;
  }
}

export function primaryLeg(capture: Capture, maxDecodedBytes: number): Leg {
  return new Leg(capture, capture, capture, maxDecodedBytes);
}

/** The leg of a candidate or secondary, with what was not sent because it equals the primary's put back. */
export function shadowLeg({ capture, identical, sameBody }: Shadow, primary: Capture, maxDecodedBytes: number): Leg {
  return new Leg(capture, identical ? primary : capture, sameBody || identical ? primary : capture, maxDecodedBytes);
}

/**
 * Everything in which a candidate's (or the secondary's) answer differs from the primary's, which must be complete.
 * @param method of the request
 */
export function captureFindings(primary: Leg, other: Leg, shadow: Shadow, method: string): Findings {
  const { failure } = other.capture;
  if (failure !== null) return { findings: [transportFinding(other.capture)], overflow: false };
  if (shadow.identical) return NO_FINDINGS;

  const status = statusFindings(primary.head, other.head);
  const headers = fieldFindings("header", primary.fields, other.fields, method);
  const trailers = fieldFindings("trailer", fieldsOf(primary.head.trailers), fieldsOf(other.head.trailers), method);
  const head = [...status, ...headers, ...trailers];
  // Another status or another type is another document: that its body differs too says nothing new.
  const cascade = status.length > 0 || primary.body.mediaType !== other.body.mediaType;
  const sameBody = shadow.sameBody && primary.body.codings.join() === other.body.codings.join();
  const body = cascade || sameBody ? NO_FINDINGS : bodyFindings(primary.body, other.body);
  return {
    findings: [...head.slice(0, MAX_HEAD_FINDINGS), ...body.findings],
    overflow: body.overflow || head.length > MAX_HEAD_FINDINGS,
  };
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
