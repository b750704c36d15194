import { zstdCompressSync } from "node:zlib";
import { unreachable } from "../../lib/unreachable.ts";
import type { Exchange, RawHeaders } from "../../model/capture.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { BodyForm, Sample, SampleBody, SampleLeg } from "../../model/sample.ts";
import type { ResponseBody } from "../response-body.ts";
import type { CapturedResponse } from "../captured-response.ts";
import type { FieldDifference } from "../field-difference.ts";
import { sha256 } from "../body/opaque-bytes.ts";
import { writeJson } from "../tree/write-json.ts";
import { MAX_JSON_CHARS } from "../redact/mask-json.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { Json } from "../tree/json-tree.ts";

/** How much of a text is stored that is not JSON: a prefix is enough for a reader. */
const MAX_TEXT_CHARS = 256 * 1024;
const EMPTY = new Uint8Array(0);

export interface SampleParts {
  readonly exchange: Exchange;
  readonly endpoint: string;
  readonly fields: readonly DifferingField[];
  readonly differences: readonly FieldDifference[];
  readonly primary: CapturedResponse;
  readonly candidate: CapturedResponse;
  readonly secondary: CapturedResponse | null;
}

/** Creates the stored form of an exchange: redacted, with decoded and compressed bodies. */
export function createSample(parts: SampleParts, redactor: Redactor): Sample {
  const { exchange, endpoint, fields, differences, primary, candidate, secondary } = parts;
  return {
    id: exchange.id,
    at: exchange.at,
    route: exchange.route,
    endpoint,
    candidate: candidate.capture.subset,
    method: exchange.method,
    target: redactor.text(exchange.target),
    headers: redactHeaders(exchange.headers, redactor),
    fields,
    differences: differences.map((difference) => ({
      section: difference.section,
      path: difference.path,
      kind: difference.kind,
      relation: difference.relation ?? null,
      ...difference.detail(redactor),
    })),
    legs: {
      primary: createLeg(primary, redactor),
      candidate: createLeg(candidate, redactor),
      secondary: secondary === null ? null : createLeg(secondary, redactor),
    },
  };
}

function createLeg({ capture, head, body }: CapturedResponse, redactor: Redactor): SampleLeg {
  return {
    subset: capture.subset,
    failure: capture.failure,
    status: head.status,
    headers: redactHeaders(head.headers, redactor),
    trailers: redactHeaders(head.trailers, redactor),
    body: createBody(body, redactor),
    timing: capture.timing,
    trace: capture.trace,
    address: capture.address,
  };
}

function redactHeaders(headers: RawHeaders, redactor: Redactor): RawHeaders {
  return headers.map((text, at) => (at % 2 === 0 ? text : redactor.field(headers[at - 1] ?? "", text)));
}

function createBody(body: ResponseBody, redactor: Redactor): SampleBody {
  const { form, text, truncated } = storedText(body, redactor);
  return {
    form,
    mediaType: body.mediaType,
    length: body.captured.length,
    truncated: truncated || body.isTruncated,
    content: text === "" ? EMPTY : compress(text),
  };
}

interface StoredBody {
  readonly form: BodyForm;
  readonly text: string;
  readonly truncated: boolean;
}

function storedText(body: ResponseBody, redactor: Redactor): StoredBody {
  const masked = body.masked(redactor);
  switch (masked?.form) {
    case "empty":
      return { form: "empty", text: "", truncated: false };
    case "text":
      return truncateText(masked.text);
    case "tree":
      if (masked.text === undefined) return storedTree(body, masked.value);
      if (masked.wrapper !== undefined)
        return truncateText(`${masked.wrapper.before}${masked.text}${masked.wrapper.after}`);
      return masked.syntax === "json" ? storedJson(body, masked.text) : truncateText(masked.text);
    case undefined:
      return storedFingerprint(body, redactor);
    case "binary":
    case "uncompared":
      return storedHash(body);
  }
  return unreachable(masked);
}

/** Truncated after masking, so that masking sees the complete text. */
function truncateText(text: string): StoredBody {
  return { form: "text", text: text.slice(0, MAX_TEXT_CHARS), truncated: text.length > MAX_TEXT_CHARS };
}

function storedJson({ parsed }: ResponseBody, text: string): StoredBody {
  const truncated = parsed?.form === "tree" && (parsed.text ?? "").length > MAX_JSON_CHARS;
  return { form: truncated ? "text" : "json", text, truncated };
}

/** A tree without a readable text is stored as JSON. */
function storedTree(body: ResponseBody, masked: Json): StoredBody {
  const text = writeJson(masked, MAX_JSON_CHARS);
  return text === undefined ? storedHash(body) : { form: "json", text, truncated: false };
}

/** A text that is secret as a whole. */
function storedFingerprint(body: ResponseBody, redactor: Redactor): StoredBody {
  const { parsed } = body;
  const text = parsed?.form === "text" || parsed?.form === "tree" ? parsed.text : undefined;
  return text === undefined ? storedHash(body) : { form: "text", text: redactor.whole(text), truncated: false };
}

function storedHash({ decoded, captured }: ResponseBody): StoredBody {
  return { form: "binary", text: sha256(decoded.ok ? decoded.bytes : captured.bytes), truncated: !decoded.ok };
}

/** Copied, because zlib can return a view of a larger buffer, and a thread message would transfer all of it. */
function compress(text: string): Uint8Array {
  return new Uint8Array(zstdCompressSync(text));
}
