import { CONTENT_LENGTH } from "./http1-grammar.ts";
import type { RawHeaders } from "../../model/capture.ts";
import { BAD_REQUEST, CODING_REFUSED, EXPECTATION_FAILED, type Refusal } from "../refusal.ts";

/** The length of a body that no field tells. */
export const CHUNKED_BODY = -1;

/** What the head of an HTTP/1 request says of its connection. */
export interface RequestFraming {
  /** In bytes, or CHUNKED_BODY. */
  readonly bodyLength: number;
  /** The client will send another request behind it. */
  readonly keepAlive: boolean;
  /** It waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
}

const EXPECT_LENGTH = "expect".length;
const CONNECTION_LENGTH = "connection".length;
const CONTENT_LENGTH_LENGTH = "content-length".length;
const TRANSFER_ENCODING_LENGTH = "transfer-encoding".length;

/**
 * Where the body of a request ends (RFC 9112 §6.3), and what its client expects. Whatever could be understood in two ways,
 * or would have to be passed on without being understood (§6.1), is refused.
 */
export function requestFraming(raw: RawHeaders, isOldVersion: boolean): RequestFraming | Refusal {
  let length: string | undefined;
  let coding: string | undefined;
  let connection = "";
  let expectsContinue = false;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    // The lengths of names tell most fields apart without a look at them.
    switch (name.length) {
      case EXPECT_LENGTH:
        if (isOldVersion || name.toLowerCase() !== "expect") break;
        if (value.toLowerCase() !== "100-continue") return EXPECTATION_FAILED;
        expectsContinue = true;
        break;
      case CONNECTION_LENGTH:
        if (name.toLowerCase() === "connection") connection += `${value},`;
        break;
      case CONTENT_LENGTH_LENGTH:
        if (name.toLowerCase() !== "content-length") break;
        if (length !== undefined || !CONTENT_LENGTH.test(value)) return BAD_REQUEST;
        length = value;
        break;
      case TRANSFER_ENCODING_LENGTH:
        if (name.toLowerCase() !== "transfer-encoding") break;
        if (coding !== undefined || isOldVersion) return BAD_REQUEST;
        coding = value;
        break;
    }
  }
  if (coding !== undefined && length !== undefined) return BAD_REQUEST;
  if (coding !== undefined && coding.toLowerCase() !== "chunked") return CODING_REFUSED;
  const bodyLength = coding === undefined ? Number(length ?? 0) : CHUNKED_BODY;
  return {
    bodyLength,
    keepAlive: connection === "" ? !isOldVersion : keepsAlive(connection, isOldVersion),
    expectsContinue: expectsContinue && bodyLength !== 0,
  };
}

/** RFC 9112 §9.3: `close` in any field ends the connection, `keep-alive` keeps one of HTTP/1.0. */
function keepsAlive(connection: string, isOldVersion: boolean): boolean {
  const options = new Set(connection.split(",").map((member) => member.trim().toLowerCase()));
  return !options.has("close") && (!isOldVersion || options.has("keep-alive"));
}
