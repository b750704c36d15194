import type { RawHeaders } from "../../model/capture.ts";

/** Body length of a message whose body is chunked. */
export const CHUNKED_BODY = -1;
/** Body length of a response that ends when its connection closes. */
export const BODY_UNTIL_CLOSE = -2;

/** Content-Length of a message without that field. */
export const NO_LENGTH = -1;
/** Content-Length of a message with two such fields, or with one that is not a number. */
export const INVALID_LENGTH = -2;

/** RFC 9110 §8.6. Numbers of more digits exceed the range of exact integers. */
const CONTENT_LENGTH = /^\d{1,15}$/;
const KEEP_ALIVE_TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,6})(?=$|[\s,;])/i;
const MS_PER_SECOND = 1000;

const EXPECT_LENGTH = "expect".length;
const UPGRADE_LENGTH = "upgrade".length;
/** Keep-Alive has the same length. */
const CONNECTION_LENGTH = "connection".length;
const CONTENT_LENGTH_LENGTH = "content-length".length;
const TRANSFER_ENCODING_LENGTH = "transfer-encoding".length;

/** Why it is not clear where a message ends or what its sender expects. */
export type FramingProblem =
  | "invalid-length"
  | "repeated-length"
  | "repeated-coding"
  | "coding-in-http10"
  | "length-and-coding"
  | "unknown-coding"
  | "unknown-expectation";

/** @returns the number of bytes, or INVALID_LENGTH */
export function parseContentLength(value: string): number {
  return CONTENT_LENGTH.test(value) ? Number(value) : INVALID_LENGTH;
}

/** How a message is framed and what becomes of its connection. */
export interface MessageFraming {
  /** In bytes, or NO_LENGTH. */
  readonly contentLength: number;
  readonly isChunked: boolean;
  /** The sender keeps the connection open after this exchange. */
  readonly isPersistent: boolean;
  /** The client waits for 100 before it sends the body; only in requests. */
  readonly expectsContinue: boolean;
  /** Only in responses. */
  readonly hasUpgrade: boolean;
  /** How long the upstream keeps an idle connection, in milliseconds; -1 if it does not say. Only in responses. */
  readonly keepAliveMs: number;
  readonly problem: FramingProblem | null;
}

/**
 * Reads the fields that frame a message and manage its connection (RFC 9112 §6.3, §9.3), for requests and for responses. It
 * reports what two parsers could read differently; the first problem wins.
 */
export function readFraming(message: "request" | "response", fields: RawHeaders, isHttp10: boolean): MessageFraming {
  const isRequest = message === "request";
  let contentLength = NO_LENGTH;
  let coding: string | null = null;
  let closes = false;
  let keepsAlive = false;
  let expectsContinue = false;
  let hasUpgrade = false;
  let keepAliveMs = -1;
  let problem: FramingProblem | null = null;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    // The length of a name rules out most fields without a comparison.
    switch (name.length) {
      case EXPECT_LENGTH:
        if (!isRequest || isHttp10 || name.toLowerCase() !== "expect") break;
        expectsContinue = true;
        if (value.toLowerCase() !== "100-continue") problem ??= "unknown-expectation";
        break;
      case UPGRADE_LENGTH:
        if (!isRequest && name.toLowerCase() === "upgrade") hasUpgrade = true;
        break;
      case CONNECTION_LENGTH: {
        const lower = name.toLowerCase();
        if (lower === "connection") {
          // Most clients and servers send one of these two values.
          if (value === "keep-alive") keepsAlive = true;
          else if (value === "close") closes = true;
          else {
            closes ||= listContains(value, "close");
            keepsAlive ||= listContains(value, "keep-alive");
          }
        } else if (!isRequest && lower === "keep-alive") keepAliveMs = readKeepAlive(value, keepAliveMs);
        break;
      }
      case CONTENT_LENGTH_LENGTH:
        if (name.toLowerCase() !== "content-length") break;
        if (contentLength !== NO_LENGTH) problem ??= "repeated-length";
        contentLength = parseContentLength(value);
        if (contentLength === INVALID_LENGTH) problem ??= "invalid-length";
        break;
      case TRANSFER_ENCODING_LENGTH:
        if (name.toLowerCase() !== "transfer-encoding") break;
        if (coding !== null) problem ??= "repeated-coding";
        if (isHttp10) problem ??= "coding-in-http10";
        coding = value;
        break;
    }
  }
  const isChunked = coding !== null;
  // RFC 9112 §6.3: a message with both can be an attempt to smuggle another one.
  if (isChunked && contentLength !== NO_LENGTH) problem ??= "length-and-coding";
  // RFC 9112 §6.1: only chunked is decoded here; the effect of another coding would be lost on the way.
  if (coding !== null && coding.toLowerCase() !== "chunked") problem ??= "unknown-coding";
  const isPersistent = !closes && (!isHttp10 || keepsAlive);
  return { contentLength, isChunked, isPersistent, expectsContinue, hasUpgrade, keepAliveMs, problem };
}

/** Whether a comma-separated list contains this member. @param member in lower case */
function listContains(list: string, member: string): boolean {
  const lower = list.toLowerCase();
  return lower.includes(member) && lower.split(",").some((each) => each.trim() === member);
}

/** @returns the timeout of a Keep-Alive field in milliseconds, or the default if it has none */
function readKeepAlive(value: string, defaultMs: number): number {
  const [, seconds] = KEEP_ALIVE_TIMEOUT.exec(value) ?? [];
  return seconds === undefined ? defaultMs : Number(seconds) * MS_PER_SECOND;
}
