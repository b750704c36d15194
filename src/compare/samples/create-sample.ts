import { zstdCompressSync } from "node:zlib";
import { unreachable } from "../../lib/unreachable.ts";
import type { Exchange, RawHeaders } from "../../model/capture.ts";
import type { DifferingField } from "../../model/difference.ts";
import type { BodyForm, Sample, SampleBody, SampleLeg } from "../../model/sample.ts";
import type { ResponseBody } from "../response-body.ts";
import type { CapturedResponse } from "../captured-response.ts";
import type { FieldDifference } from "../field-difference.ts";
import { sha256 } from "../body/opaque-bytes.ts";
import { isJsonLike } from "../body/body-syntax.ts";
import { writeJson } from "../tree/write-json.ts";
import { redactText } from "../redact/redact-body.ts";
import { redactJson } from "../redact/redact-json.ts";
import type { Redactor } from "../redact/body-redactor.ts";

/** Limits on one stored body. JSON is examined field by field; of other texts a prefix is enough. */
const MAX_JSON_CHARS = 1024 * 1024;
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
  const { parsed, mediaType } = body;
  switch (parsed?.form) {
    case "empty":
      return { form: "empty", text: "", truncated: false };
    case "text": {
      const text = parsed.text.slice(0, MAX_TEXT_CHARS);
      const truncated = parsed.text.length > MAX_TEXT_CHARS;
      return { form: "text", text: redactText(text, mediaType, redactor, isJsonLike(parsed.broken)), truncated };
    }
    case "tree":
      return parsed.text === undefined ? storedTree(body, redactor) : storedSource(parsed.text, body, redactor);
    case "binary":
    case "uncompared":
    case undefined:
      return storedHash(body);
  }
  return unreachable(parsed);
}

/** A tree that has a text is stored as that text. */
function storedSource(fullText: string, { parsed, mediaType }: ResponseBody, redactor: Redactor): StoredBody {
  const syntax = parsed?.form === "tree" ? parsed.syntax : null;
  const isJson = syntax === "json";
  const maxChars = isJson ? MAX_JSON_CHARS : MAX_TEXT_CHARS;
  const truncated = fullText.length > maxChars;
  const text = fullText.slice(0, maxChars);
  if (!isJson) return { form: "text", text: redactText(text, mediaType, redactor, isJsonLike(syntax)), truncated };
  return { form: truncated ? "text" : "json", text: redactJson(text, redactor), truncated };
}

/** A tree without a readable text is stored as JSON. */
function storedTree(body: ResponseBody, redactor: Redactor): StoredBody {
  const masked = body.masked(redactor);
  const text = masked?.form === "tree" ? writeJson(masked.value, MAX_JSON_CHARS) : undefined;
  return text === undefined ? storedHash(body) : { form: "json", text: redactJson(text, redactor), truncated: false };
}

function storedHash({ decoded, captured }: ResponseBody): StoredBody {
  return { form: "binary", text: sha256(decoded.ok ? decoded.bytes : captured.bytes), truncated: !decoded.ok };
}

/** Copied, because zlib can return a view of a larger buffer, and a thread message would transfer all of it. */
function compress(text: string): Uint8Array {
  return new Uint8Array(zstdCompressSync(text));
}
