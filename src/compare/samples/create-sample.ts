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

/** Of one body, in characters. JSON is looked into, place by place; of other texts a beginning will do. */
const MAX_JSON_CHARS = 1024 * 1024;
const MAX_TEXT_CHARS = 256 * 1024;
const NOTHING = new Uint8Array(0);

export interface SampleParts {
  readonly exchange: Exchange;
  readonly endpoint: string;
  readonly fields: readonly DifferingField[];
  readonly differences: readonly FieldDifference[];
  readonly primary: CapturedResponse;
  readonly candidate: CapturedResponse;
  readonly secondary: CapturedResponse | null;
}

/** A whole exchange in the form in which it may be stored: redacted, bodies decoded and compressed. */
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
      primary: sampleLeg(primary, redactor),
      candidate: sampleLeg(candidate, redactor),
      secondary: secondary === null ? null : sampleLeg(secondary, redactor),
    },
  };
}

function sampleLeg({ capture, head, body }: CapturedResponse, redactor: Redactor): SampleLeg {
  return {
    subset: capture.subset,
    failure: capture.failure,
    status: head.status,
    headers: redactHeaders(head.headers, redactor),
    trailers: redactHeaders(head.trailers, redactor),
    body: sampleBody(body, redactor),
    timing: capture.timing,
  };
}

function redactHeaders(headers: RawHeaders, redactor: Redactor): RawHeaders {
  return headers.map((text, at) => (at % 2 === 0 ? text : redactor.field(headers[at - 1] ?? "", text)));
}

function sampleBody(body: ResponseBody, redactor: Redactor): SampleBody {
  const { form, text, truncated } = storedText(body, redactor);
  return {
    form,
    mediaType: body.mediaType,
    length: body.captured.length,
    truncated: truncated || body.cut,
    content: text === "" ? NOTHING : compressed(text),
  };
}

interface Stored {
  readonly form: BodyForm;
  readonly text: string;
  readonly truncated: boolean;
}

function storedText(body: ResponseBody, redactor: Redactor): Stored {
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

/** A tree with its text is kept as it was written. */
function storedSource(whole: string, { parsed, mediaType }: ResponseBody, redactor: Redactor): Stored {
  const syntax = parsed?.form === "tree" ? parsed.syntax : null;
  const isJson = syntax === "json";
  const room = isJson ? MAX_JSON_CHARS : MAX_TEXT_CHARS;
  const truncated = whole.length > room;
  const text = whole.slice(0, room);
  if (!isJson) return { form: "text", text: redactText(text, mediaType, redactor, isJsonLike(syntax)), truncated };
  return { form: truncated ? "text" : "json", text: redactJson(text, redactor), truncated };
}

/** One without a text that a person can read is kept as the tree that was compared. */
function storedTree(body: ResponseBody, redactor: Redactor): Stored {
  const masked = body.masked(redactor);
  const text = masked?.form === "tree" ? writeJson(masked.value, MAX_JSON_CHARS) : undefined;
  return text === undefined ? storedHash(body) : { form: "json", text: redactJson(text, redactor), truncated: false };
}

function storedHash({ decoded, captured }: ResponseBody): Stored {
  return { form: "binary", text: sha256(decoded.ok ? decoded.bytes : captured.bytes), truncated: !decoded.ok };
}

/** A copy of its own size: what zlib returns may be a view of a larger buffer, and a message would carry all of that. */
function compressed(text: string): Uint8Array {
  return new Uint8Array(zstdCompressSync(text));
}
