import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import { Http2Request } from "./http2-request.ts";
import { Http2Response } from "./http2-response.ts";
import { readHttp2Head } from "./http2-head.ts";
import { Http2WebSocketResponse } from "./http2-websocket.ts";
import { type Refusal, refusalBody, refusalFields } from "../../http/refusal.ts";

/** RFC 9113 §6.5.2 recommends at least 100. */
const MAX_STREAMS = 100;
/** Flow-control windows: how far a request, and all requests of a connection, can be ahead of the primary. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** Limit for the memory that Node uses for one connection, in megabytes. */
const MAX_SESSION_MB = 10;
/**
 * Beyond this Node resets the stream, and no response is possible. It is far above the accepted size, so that most clients get
 * a 431. The setting counts 32 bytes extra per field (RFC 9113 §6.5.2).
 */
const MAX_READ_HEADER_BYTES = 128 * 1024;
const MAX_READ_HEADERS = 3_000;
/**
 * CVE-2023-44487: resets that a client can send at once, and per second afterwards. A browser that leaves a page cancels some
 * dozens of requests; beyond these limits the connection is closed.
 */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 20;
/** RFC 9113 §6.8: the highest stream id, so that the GOAWAY refuses no stream. */
const ANY_STREAM = 2 ** 31 - 1;

export interface Http2SessionsOptions {
  readonly serve: RequestHandler;
  refused(status: number, reason: string): void;
  readonly defaultHost: string;
  readonly maxHeaderBytes: number;
  /** Timeout for the settings that a client must send first. */
  readonly headTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
}

/** All HTTP/2 connections of a listener. Each stream of a connection is one request. */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #open = new Set<ServerHttp2Session>();
  #draining = false;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /** @param socket with the preface still unread */
  accept(socket: Socket): void {
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    const session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: MAX_READ_HEADER_BYTES,
        enablePush: false,
        // RFC 8441 §3.
        enableConnectProtocol: true,
      },
      maxHeaderListPairs: MAX_READ_HEADERS,
      // Otherwise Node drops fields with padded values; readHttp2Head refuses the request instead.
      strictFieldWhitespaceValidation: false,
      maxSessionMemory: MAX_SESSION_MB,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
      // A field that is sent twice is forwarded twice.
      strictSingleValueFields: false,
    });
    this.#open.add(session);
    const timer = setTimeout(() => session.destroy(), this.#options.headTimeoutMs);
    session.once("remoteSettings", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
    session.once("close", () => this.#open.delete(session));
    session.on("error", () => session.destroy());
    session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    let streams = 0;
    session.on("stream", (stream, headers, _flags, raw: string[]) => {
      streams += 1;
      stream.once("close", () => (streams -= 1));
      this.#serve(stream, raw, headers[":method"], scheme);
    });
    // Streams have their own idle timeouts.
    session.setTimeout(this.#options.keepAliveMs, () => streams === 0 && session.close());
    if (this.#draining) announceEnd(session);
  }

  /** Sends a GOAWAY to every client; requests that are already on their way are still served. */
  announceEnd(): void {
    this.#draining = true;
    for (const session of this.#open) announceEnd(session);
  }

  /** Accepts no new requests; a connection closes after its last response. */
  close(): void {
    for (const session of this.#open) if (!session.closed) session.close();
  }

  destroy(): void {
    for (const session of this.#open) session.destroy();
  }

  #serve(stream: ServerHttp2Stream, raw: string[], method: string | undefined, scheme: "http" | "https"): void {
    const response = new Http2Response(stream, method === "HEAD");
    // A close event follows each error and is handled instead.
    stream.on("error", () => {});
    if (stream.destroyed || stream.closed) return;
    const { defaultHost, maxHeaderBytes, idleTimeoutMs } = this.#options;
    const head = readHttp2Head(raw, !stream.endAfterHeaders, { defaultHost, maxHeaderBytes, scheme });
    if ("refused" in head) return this.#refuse(stream, response, head, method === "CONNECT");
    const { upgrade, fields } = head.head;
    const request = new Http2Request(stream, upgrade !== null);
    stream.setTimeout(idleTimeoutMs, () => {
      // The client is not to blame while the proxy waits for the primary, which has its own timeouts.
      if (!request.isWaitingForPrimary) stream.close(constants.NGHTTP2_CANCEL);
    });
    if (head.expectsContinue) stream.additionalHeaders({ ":status": 100 });
    const clientResponse = upgrade === null ? response : new Http2WebSocketResponse(stream, response, fields);
    this.#options.serve(head.head, request, clientResponse, request);
  }

  #refuse(stream: ServerHttp2Stream, response: Http2Response, refusal: Refusal, isConnect: boolean): void {
    this.#options.refused(refusal.refused, refusal.reason);
    response.writeHead(refusal.refused, "", refusalFields(refusal));
    response.write(Buffer.from(refusalBody(refusal)));
    response.end([]);
    // The bytes after a CONNECT are not a body and need not end (RFC 9113 §8.1).
    if (isConnect) stream.close(constants.NGHTTP2_NO_ERROR);
    else stream.resume();
  }
}

function announceEnd(session: ServerHttp2Session): void {
  if (!session.destroyed && !session.closed) session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
}
