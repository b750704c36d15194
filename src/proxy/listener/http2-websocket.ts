import { createHash, randomBytes } from "node:crypto";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { http2Fields } from "../../http/http2/http2-fields.ts";
import { fieldValue } from "../../http/header-fields.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";
import { forwardedResponseFields } from "../../http/forwarded-headers.ts";
import type { Http2Response } from "./http2-response.ts";

/** RFC 6455 §1.3: what a server appends to the key before it hashes it. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** RFC 6455 §4.1. */
const KEY_BYTES = 16;
/** Of the handshake of HTTP/1.1, which HTTP/2 has not (RFC 8441 §5). */
const HANDSHAKE_FIELDS = /^sec-websocket-(?:key|accept)$/i;
const BAD_GATEWAY = 502;
const LOWEST_STATUS_THAT_REFUSES = 300;

/** The fields of a request for a WebSocket over HTTP/2, as an upstream of HTTP/1.1 gets them. @returns with a key of our own */
export function withWebSocketKey(fields: RawHeaders): RawHeaders {
  return [...withoutHandshake(fields), "sec-websocket-key", randomBytes(KEY_BYTES).toString("base64")];
}

/**
 * The answer to a client that asks for a WebSocket on a stream of HTTP/2 (RFC 8441), where any status of 2xx says that the
 * WebSocket is open: only the upstream's 101 with the right proof may become one.
 */
export class Http2WebSocketResponse implements ClientResponse {
  readonly #stream: ServerHttp2Stream;
  readonly #plain: Http2Response;
  readonly #sent: RawHeaders;

  /**
   * @param plain for every other answer
   * @param sent with our key among them
   */
  constructor(stream: ServerHttp2Stream, plain: Http2Response, sent: RawHeaders) {
    this.#stream = stream;
    this.#plain = plain;
    this.#sent = sent;
  }

  get headersSent(): boolean {
    return this.#plain.headersSent;
  }

  writeHead(status: number, reason: string, fields: readonly string[]): boolean {
    return status >= LOWEST_STATUS_THAT_REFUSES && this.#plain.writeHead(status, reason, fields);
  }

  flushHead(): void {
    this.#plain.flushHead();
  }

  write(piece: Buffer): boolean {
    return !this.headersSent || this.#plain.write(piece);
  }

  onceDrained(callback: () => void): void {
    this.#plain.onceDrained(callback);
  }

  end(trailers: RawHeaders): void {
    // A head that would have opened the WebSocket was not written.
    if (!this.headersSent) this.#plain.writeHead(BAD_GATEWAY, "", ["content-length", "0"]);
    this.#plain.end(trailers);
    // What the client has sent ahead of the answer is for nobody (RFC 9113 §8.1). Not at once: a reset overtakes a head alone.
    setImmediate(() => this.#stream.close(constants.NGHTTP2_NO_ERROR));
  }

  switchTo(_reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    const key = fieldValue(this.#sent, "sec-websocket-key") ?? "";
    if (fieldValue(fields, "sec-websocket-accept") !== acceptOf(key)) {
      upstream.destroy();
      return false;
    }
    if (this.#stream.destroyed || this.#stream.closed) {
      upstream.destroy();
      return true;
    }
    this.#stream.respond([":status", "200", ...http2Fields(withoutHandshake(forwardedResponseFields(fields)))], {
      sendDate: false,
    } as object);
    join(this.#stream, upstream);
    return true;
  }

  cut(): void {
    this.#plain.cut();
  }
}

/**
 * Every byte both ways at the pace of the slower side, without a limit on silence. RFC 8441 §5: an orderly end of one
 * direction is END_STREAM, and what breaks is a reset with CANCEL.
 */
function join(stream: ServerHttp2Stream, upstream: Duplex): void {
  // Documented as changeable until the other side has ended; undici opens its sockets without.
  upstream.allowHalfOpen = true;
  stream.setTimeout(0);
  stream.pipe(upstream);
  upstream.pipe(stream);
  upstream.on("error", () => stream.close(constants.NGHTTP2_CANCEL));
  upstream.once("close", () => {
    if (stream.closed) return;
    stream.end();
    stream.close(constants.NGHTTP2_NO_ERROR);
  });
  stream.once("close", () => upstream.destroy());
}

function withoutHandshake(fields: RawHeaders): RawHeaders {
  return fields.filter((_, index) => !HANDSHAKE_FIELDS.test(fields[index - (index % 2)] ?? ""));
}

/** RFC 6455 §4.2.2: the proof that a server has understood a handshake. */
function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + ACCEPT_SUFFIX)
    .digest("base64");
}
