import type { RawHeaders } from "../../model/capture.ts";
import { CHUNKED_BODY, INVALID_LENGTH, NO_LENGTH } from "./message-framing.ts";
import { fieldRules, isFieldValue, isToken, writeFieldLines } from "./header-writer.ts";

/** A request to write; hop-by-hop fields are already removed. */
export interface RequestToWrite {
  readonly method: string;
  /** Origin form, byte for byte as the client sent it. */
  readonly target: string;
  readonly headers: RawHeaders;
  /** The bytes, a stream of them, or null for a request without a body. */
  readonly body: object | null;
  /** Value of an Upgrade field that the upstream may accept with 101. */
  readonly upgrade?: string | null;
}

export interface WrittenRequestHead {
  /** One character per byte, with the empty line at the end. */
  readonly text: string;
  /** Length of the body that the head announces, in bytes, or CHUNKED_BODY. */
  readonly bodyLength: number;
  /** Why the request must not be written; empty if it can be. Contains no received bytes. */
  readonly problem: string;
}

const TARGET = /^[\u0021-\u007e\u0080-\u00ff]+$/;
/** Fields that the writer adds itself. A request that contains one would carry it twice. */
const REQUEST_FIELDS = fieldRules("request", ["connection", "expect", "keep-alive", "transfer-encoding", "upgrade"]);
/** Methods for which an upstream expects a body, so that an empty one must be announced (RFC 9110 §8.6). */
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(["PATCH", "POST", "PROPFIND", "PROPPATCH", "PUT", "QUERY"]);

/** Writes the head of a request: its fields byte for byte in their order, then the fields that frame its body. */
export function writeRequestHead({ method, target, headers, body, upgrade }: RequestToWrite): WrittenRequestHead {
  if (!isToken(method)) return unsendable("its method is not a token");
  if (!TARGET.test(target)) return unsendable("its target contains white space or control characters");
  const lines = writeFieldLines(headers, REQUEST_FIELDS);
  if (lines.problem !== "") return unsendable(lines.problem);
  if (lines.contentLength === INVALID_LENGTH) return unsendable("its Content-Length is not a single number");
  let text = `${method} ${target} HTTP/1.1\r\n${lines.text}`;
  if (upgrade != null) {
    if (!isFieldValue(upgrade)) return unsendable("its upgrade protocol contains control characters");
    text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  }
  return withFraming(text, lines.contentLength, method, body);
}

function withFraming(
  text: string,
  contentLength: number,
  method: string,
  body: RequestToWrite["body"],
): WrittenRequestHead {
  if (body !== null && !Buffer.isBuffer(body)) {
    if (contentLength !== NO_LENGTH) return { text: `${text}\r\n`, bodyLength: contentLength, problem: "" };
    return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, bodyLength: CHUNKED_BODY, problem: "" };
  }
  const bodyLength = body === null ? 0 : body.length;
  if (contentLength === bodyLength) return { text: `${text}\r\n`, bodyLength, problem: "" };
  if (contentLength !== NO_LENGTH) return unsendable("its Content-Length is not the length of its body");
  if (bodyLength === 0 && !METHODS_WITH_BODY.has(method)) return { text: `${text}\r\n`, bodyLength, problem: "" };
  return { text: `${text}Content-Length: ${bodyLength}\r\n\r\n`, bodyLength, problem: "" };
}

function unsendable(reason: string): WrittenRequestHead {
  return { text: "", bodyLength: 0, problem: `the request cannot be sent: ${reason}` };
}
