import { createHash, randomBytes } from "node:crypto";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { cancelStream } from "../../http/http2/cancel-stream.ts";
import { toHttp2Fields } from "../../http/http2/http2-fields.ts";
import { fieldValue } from "../../http/read-header.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "../exchange/client-exchange.ts";
import { forwardedResponseFields } from "../../http/hop-by-hop-headers.ts";
import type { Http2Response } from "./http2-response.ts";

/** RFC 6455 §1.3: appended to the key before it is hashed. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** RFC 6455 §4.1. */
const KEY_BYTES = 16;
/** Handshake fields of HTTP/1.1, which HTTP/2 does not use (RFC 8441 §5). */
const HANDSHAKE_FIELDS = /^sec-websocket-(?:key|accept)$/i;
const BAD_GATEWAY = 502;
const LOWEST_REFUSAL_STATUS = 300;

/** Returns the fields of a WebSocket request over HTTP/2 for an HTTP/1.1 upstream, with a new handshake key. */
export function withWebSocketKey(fields: RawHeaders): RawHeaders {
  return [...withoutHandshake(fields), "sec-websocket-key", randomBytes(KEY_BYTES).toString("base64")];
}

/**
 * The response to a WebSocket request on an HTTP/2 stream (RFC 8441). Any 2xx status tells the client that the WebSocket is
 * open, so only a 101 from the upstream with the correct `sec-websocket-accept` becomes one.
 */
export class Http2WebSocketResponse implements ClientResponse {
  readonly #stream: ServerHttp2Stream;
  readonly #plain: Http2Response;
  readonly #sent: RawHeaders;

  /**
   * @param plain writes all other responses
   * @param sent request fields that the upstream received, including the handshake key
   */
  constructor(stream: ServerHttp2Stream, plain: Http2Response, sent: RawHeaders) {
    this.#stream = stream;
    this.#plain = plain;
    this.#sent = sent;
  }

  get headersSent(): boolean {
    return this.#plain.headersSent;
  }

  writeInterim(status: number, fields: readonly string[]): void {
    this.#plain.writeInterim(status, fields);
  }

  writeHead(status: number, reason: string, fields: readonly string[]): boolean {
    return status >= LOWEST_REFUSAL_STATUS && this.#plain.writeHead(status, reason, fields);
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
    // `writeHead` has rejected a status that would open the WebSocket.
    if (!this.headersSent) this.#plain.writeHead(BAD_GATEWAY, "", ["content-length", "0"]);
    this.#plain.end(trailers);
    // RFC 9113 §8.1: bytes that the client has already sent are discarded. Deferred, because a reset overtakes the head.
    setImmediate(() => this.#stream.close(constants.NGHTTP2_NO_ERROR));
  }

  switchTo(_reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    const key = fieldValue(this.#sent, "sec-websocket-key") ?? "";
    if (fieldValue(fields, "sec-websocket-accept") !== acceptValueOf(key)) {
      upstream.destroy();
      return false;
    }
    if (this.#stream.destroyed || this.#stream.closed) {
      upstream.destroy();
      return true;
    }
    this.#stream.respond([":status", "200", ...toHttp2Fields(withoutHandshake(forwardedResponseFields(fields)))], {
      sendDate: false,
    } as object);
    joinStreams(this.#stream, upstream);
    return true;
  }

  cut(): void {
    this.#plain.cut();
  }
}

/**
 * Passes bytes in both directions at the pace of the slower side, without an idle timeout. RFC 8441 §5: an orderly end of one
 * direction is END_STREAM, and an error is a reset with CANCEL.
 */
function joinStreams(stream: ServerHttp2Stream, upstream: Duplex): void {
  // The client opens its sockets without it; Node allows the change until the other side has ended.
  upstream.allowHalfOpen = true;
  stream.setTimeout(0);
  stream.pipe(upstream);
  upstream.pipe(stream);
  upstream.on("error", () => cancelStream(stream));
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

/** Returns the `sec-websocket-accept` that belongs to a key (RFC 6455 §4.2.2). */
function acceptValueOf(key: string): string {
  return createHash("sha1")
    .update(key + ACCEPT_SUFFIX)
    .digest("base64");
}
