import { connect } from "node:net";
import type { QuirkCase } from "./response-quirks.ts";

/** Requests at a time; one takes milliseconds, unless the proxy waits for more bytes. */
const IN_FLIGHT = 24;

/** A proxy that has not finished after this time will not. */
const WAIT_MS = 3_000;

/** A field line that a strict client accepts: a token, and a value without CR, LF or NUL. */
const FIELD_LINE = /^(?:[!#$%&'*+.^`|~\w-]+:[^\r\n\0]*)?$/;

const NO_STATUS = -1;
const MALFORMED: Received = { state: "malformed", status: NO_STATUS, body: "" };

/** What a client got, as the table says it. */
export type Receipt =
  | "pass" // the final response, complete and well-formed
  | "cut" // its head, but not all of its body
  | "hang" // nothing more, on an open connection
  | "malformed" // bytes that are no well-formed response, or the body of another framing
  | "closed" // no byte
  | `${number}`; // another status

/** The final response that a client got, read strictly. */
export interface Received {
  readonly state: "whole" | "cut" | "hang" | "malformed" | "closed";
  /** NO_STATUS without a well-formed head. */
  readonly status: number;
  readonly body: string;
}

/** Requests each case once through a proxy. */
export async function receiveAll(port: number, cases: readonly QuirkCase[]): Promise<readonly Received[]> {
  const received: Received[] = [];
  const entries = cases.entries();
  const work = async (): Promise<void> => {
    for (const [index, { method }] of entries) received[index] = await receive(port, index, method);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return received;
}

/** Requests `/index`. */
async function receive(port: number, index: number, method: QuirkCase["method"] = "GET"): Promise<Received> {
  const { text, hasEnded } = await exchange(port, `${method} /${index} HTTP/1.1`);
  return read(text, hasEnded, method);
}

/** What the client of a case got. */
export function receiptOf({ state, status, body }: Received, { expected = {} }: QuirkCase): Receipt {
  if (state !== "whole" && status === NO_STATUS) return state;
  if (status !== (expected.status ?? 200)) return `${status}`;
  if (state !== "whole") return state;
  return body === (expected.body ?? "hello") ? "pass" : "malformed";
}

async function exchange(port: number, requestLine: string): Promise<{ text: string; hasEnded: boolean }> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${requestLine}\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
  let text = "";
  return new Promise((resolve) => {
    const finish = (hasEnded: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, hasEnded });
    };
    const timer = setTimeout(() => finish(false), WAIT_MS);
    socket.on("data", (bytes) => (text += bytes.toString("latin1")));
    socket.on("error", () => finish(true)).once("close", () => finish(true));
  });
}

function read(text: string, hasEnded: boolean, method: QuirkCase["method"]): Received {
  const rest = text.replace(/^(?:HTTP\/1\.1 1\d\d [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)+/, "");
  if (rest === "") return { ...MALFORMED, state: hasEnded ? "closed" : "hang" };
  const [head, line, fields] = /^HTTP\/1\.[01] ([^\r\n]*)\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest) ?? [];
  if (head === undefined || line === undefined || fields === undefined) return MALFORMED;
  if (!fields.split("\r\n").every((each) => FIELD_LINE.test(each))) return MALFORMED;
  const [, code] = /^(\d+)(?: |$)/.exec(line) ?? [];
  if (code === undefined) return MALFORMED;
  const status = Number(code);
  const bytes = rest.slice(head.length);
  const hasNoBody = method === "HEAD" || status === 204 || status === 304;
  const received = hasNoBody ? { body: bytes, isWhole: true } : readBody(fields, bytes, hasEnded);
  if (received === null) return { ...MALFORMED, status };
  return { state: received.isWhole ? "whole" : hasEnded ? "cut" : "hang", status, body: received.body };
}

function readBody(fields: string, bytes: string, hasEnded: boolean): { body: string; isWhole: boolean } | null {
  const lengths = [...fields.matchAll(/^Content-Length:\s*(.*?)\s*$/gim)].map(([, value]) => value);
  const codings = [...fields.matchAll(/^Transfer-Encoding:\s*(.*?)\s*$/gim)].map(([, value]) => value?.toLowerCase());
  if (lengths.length + codings.length > 1) return null;
  if (codings.length === 1) return codings[0] === "chunked" ? readChunks(bytes) : null;
  if (lengths.length === 0) return { body: bytes, isWhole: hasEnded };
  if (!/^\d+$/.test(lengths[0] ?? "")) return null;
  const length = Number(lengths[0]);
  return bytes.length > length ? null : { body: bytes, isWhole: bytes.length === length };
}

function readChunks(bytes: string): { body: string; isWhole: boolean } | null {
  let body = "";
  for (let at = 0; ;) {
    const [line, size] = /^([\da-f]+)\r\n/i.exec(bytes.slice(at)) ?? [];
    if (line === undefined || size === undefined) return at === bytes.length ? { body, isWhole: false } : null;
    at += line.length;
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body, isWhole: /^(?:[^\r\n:]+:[^\r\n]*\r\n)*\r\n$/.test(bytes.slice(at)) };
    body += bytes.slice(at, at + length);
    at += length + 2;
  }
}
