import { CONTENT_LENGTH, FIELD_VALUE, TOKEN } from "./http1-grammar.ts";
import type { RawHeaders } from "../../model/capture.ts";

/** A body without an announced length. */
export const CHUNKED = -1;

/** What a head is written from; hop-by-hop fields are already gone. */
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

/** A request head as it is written. */
export interface RequestHead {
  /** One character per byte, the empty line included. */
  readonly text: string;
  /** Bytes of the body that the head announces, or CHUNKED. */
  readonly bodyLength: number;
  /** Why the request must not be written; else empty. Names no received bytes. */
  readonly problem: string;
}

const TARGET = /^[\u0021-\u007e\u0080-\u00ff]+$/;
/** What we say ourselves about framing and the hop; whoever hands it in again would have it said twice. */
const OURS: ReadonlySet<string> = new Set(["connection", "expect", "keep-alive", "transfer-encoding", "upgrade"]);
/** RFC 9110 §8.6: methods that lead an upstream to expect a body, so that it must be told that there is none. */
const WITH_BODY: ReadonlySet<string> = new Set(["PATCH", "POST", "PROPFIND", "PROPPATCH", "PUT", "QUERY"]);

/** The head of a request, its fields byte for byte in their order, and behind them those that frame its body. */
export function requestHead({ method, target, headers, body, upgrade }: RequestToWrite): RequestHead {
  if (!TOKEN.test(method)) return refused("its method is no token");
  if (!TARGET.test(target)) return refused("its target holds white space or control characters");
  let text = `${method} ${target} HTTP/1.1\r\n`;
  let announced = CHUNKED;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    const value = headers[index + 1] ?? "";
    if (!TOKEN.test(name)) return refused("the name of a field is no token");
    if (!FIELD_VALUE.test(value)) return refused(`the value of ${name} holds control characters`);
    if (mayFrame(name)) {
      const lower = name.toLowerCase();
      if (OURS.has(lower)) return refused(`${lower} is for this connection to say`);
      if (lower === "content-length") {
        if (announced !== CHUNKED || !CONTENT_LENGTH.test(value))
          return refused("its content-length is not one number");
        announced = Number(value);
      }
    }
    text += `${name}: ${value}\r\n`;
  }
  if (upgrade != null) {
    if (!FIELD_VALUE.test(upgrade)) return refused("the protocol to change to holds control characters");
    text += `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  }
  return framed(text, announced, method, body);
}

/** The trailer section behind a chunked body, or null when it must not be written. */
export function trailerSection(trailers: RawHeaders): string | null {
  let text = "";
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index] as string;
    const value = trailers[index + 1] ?? "";
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) return null;
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function framed(text: string, announced: number, method: string, body: RequestToWrite["body"]): RequestHead {
  if (body !== null && !Buffer.isBuffer(body)) {
    if (announced !== CHUNKED) return { text: `${text}\r\n`, bodyLength: announced, problem: "" };
    return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, bodyLength: CHUNKED, problem: "" };
  }
  const bodyLength = body === null ? 0 : body.length;
  if (announced === bodyLength) return { text: `${text}\r\n`, bodyLength, problem: "" };
  if (announced !== CHUNKED) return refused("its content-length is not that of its body");
  if (bodyLength === 0 && !WITH_BODY.has(method)) return { text: `${text}\r\n`, bodyLength, problem: "" };
  return { text: `${text}Content-Length: ${bodyLength}\r\n\r\n`, bodyLength, problem: "" };
}

/** By its length alone: most names need no further look. */
function mayFrame(name: string): boolean {
  switch (name.length) {
    case "expect".length:
    case "upgrade".length:
    case "connection".length:
    case "content-length".length:
    case "transfer-encoding".length:
      return true;
    default:
      return false;
  }
}

function refused(reason: string): RequestHead {
  return { text: "", bodyLength: 0, problem: `the request cannot be sent: ${reason}` };
}
