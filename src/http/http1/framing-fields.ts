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

/**
 * Reads the fields that frame a message and manage its connection (RFC 9112 §6.3, §9.3), for requests and for responses. It
 * reports what two parsers could read differently; the first problem wins.
 */
export class FramingFields {
  /** In bytes, or NO_LENGTH. */
  contentLength = NO_LENGTH;
  isChunked = false;
  /** The sender keeps the connection open after this exchange. */
  isPersistent = false;
  /** The client waits for 100 before it sends the body; only in requests. */
  expectsContinue = false;
  /** Only in responses. */
  hasUpgrade = false;
  /** How long the upstream keeps an idle connection, in milliseconds; -1 if it does not say. Only in responses. */
  keepAliveMs = -1;
  problem: FramingProblem | null = null;
  readonly #isRequest: boolean;
  #isHttp10 = false;
  #closes = false;
  #keepsAlive = false;
  #hasUnknownCoding = false;

  constructor(message: "request" | "response") {
    this.#isRequest = message === "request";
  }

  read(fields: RawHeaders, isHttp10: boolean): void {
    this.#begin(isHttp10);
    for (let index = 0; index < fields.length; index += 2) {
      this.#readField(fields[index] as string, fields[index + 1] as string);
    }
    this.isPersistent = !this.#closes && (!isHttp10 || this.#keepsAlive);
    if (!this.isChunked) return;
    // RFC 9112 §6.3: a message with both can be an attempt to smuggle another one.
    if (this.contentLength !== NO_LENGTH) this.#report("length-and-coding");
    // RFC 9112 §6.1: only chunked is decoded here; the effect of another coding would be lost on the way.
    else if (this.#hasUnknownCoding) this.#report("unknown-coding");
  }

  #begin(isHttp10: boolean): void {
    this.contentLength = NO_LENGTH;
    this.isChunked = false;
    this.expectsContinue = false;
    this.hasUpgrade = false;
    this.keepAliveMs = -1;
    this.problem = null;
    this.#isHttp10 = isHttp10;
    this.#closes = false;
    this.#keepsAlive = false;
    this.#hasUnknownCoding = false;
  }

  /** The length of a name rules out most fields without a comparison. */
  #readField(name: string, value: string): void {
    switch (name.length) {
      case EXPECT_LENGTH:
        if (this.#isRequest && !this.#isHttp10 && name.toLowerCase() === "expect") this.#readExpectation(value);
        break;
      case UPGRADE_LENGTH:
        if (!this.#isRequest && name.toLowerCase() === "upgrade") this.hasUpgrade = true;
        break;
      case CONNECTION_LENGTH:
        this.#readConnection(name.toLowerCase(), value);
        break;
      case CONTENT_LENGTH_LENGTH:
        if (name.toLowerCase() === "content-length") this.#readLength(value);
        break;
      case TRANSFER_ENCODING_LENGTH:
        if (name.toLowerCase() === "transfer-encoding") this.#readCoding(value);
        break;
    }
  }

  #readExpectation(value: string): void {
    if (value.toLowerCase() === "100-continue") this.expectsContinue = true;
    else this.#report("unknown-expectation");
  }

  #readConnection(name: string, value: string): void {
    if (name === "connection") {
      for (const member of value.toLowerCase().split(",")) {
        const option = member.trim();
        if (option === "close") this.#closes = true;
        else if (option === "keep-alive") this.#keepsAlive = true;
      }
    } else if (!this.#isRequest && name === "keep-alive") {
      const [, seconds] = KEEP_ALIVE_TIMEOUT.exec(value) ?? [];
      if (seconds !== undefined) this.keepAliveMs = Number(seconds) * MS_PER_SECOND;
    }
  }

  #readLength(value: string): void {
    if (this.contentLength !== NO_LENGTH) return this.#report("repeated-length");
    this.contentLength = parseContentLength(value);
    if (this.contentLength === INVALID_LENGTH) this.#report("invalid-length");
  }

  #readCoding(value: string): void {
    if (this.isChunked) this.#report("repeated-coding");
    if (this.#isHttp10) this.#report("coding-in-http10");
    this.isChunked = true;
    this.#hasUnknownCoding = value.toLowerCase() !== "chunked";
  }

  #report(problem: FramingProblem): void {
    this.problem ??= problem;
  }
}
