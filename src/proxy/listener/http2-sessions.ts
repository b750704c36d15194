import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import { Http2Request } from "./http2-request.ts";
import { Http2Response } from "./http2-response.ts";
import { readHttp2Head } from "./http2-head.ts";
import { Http2WebSocketResponse } from "./http2-websocket.ts";
import { type Refusal, refusalBody, refusalFields } from "../../http/refusal.ts";

/** RFC 9113 §6.5.2 recommends no fewer. */
const MAX_STREAMS = 100;
/** A stream may be this far ahead of the primary, and a connection in all. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** Everything that Node holds for one connection, in megabytes. */
const MAX_SESSION_MB = 10;
/**
 * Beyond this Node resets the stream before anybody can answer. Far above what is served, so that mostly there is a 431. The
 * setting counts 32 bytes more for each field (RFC 9113 §6.5.2).
 */
const MAX_READ_HEADER_BYTES = 128 * 1024;
const MAX_READ_HEADERS = 3_000;
/**
 * CVE-2023-44487: resets that a client may send at once, and per second from then on. Browsers leave pages with some
 * dozens of requests; beyond that the connection is ended.
 */
const RESET_BURST = 200;
const RESETS_PER_SECOND = 20;
/** RFC 9113 §6.8: the highest stream there is, so that a warning refuses nothing. */
const ANY_STREAM = 2 ** 31 - 1;

export interface Http2SessionsOptions {
  readonly serve: RequestHandler;
  refused(status: number, reason: string): void;
  readonly defaultHost: string;
  readonly maxHeaderBytes: number;
  /** For the settings that a client must send first. */
  readonly headTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
}

/** The clients that speak HTTP/2, each on one connection with many streams; a stream is one request. */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #open = new Set<ServerHttp2Session>();
  #draining = false;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /** @param socket from its first byte on, preface included */
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
      // Node would drop such a field without a word; readHttp2Head refuses the request.
      strictFieldWhitespaceValidation: false,
      maxSessionMemory: MAX_SESSION_MB,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
      // What the primary sends twice is passed on twice.
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
    // Streams have idle limits of their own.
    session.setTimeout(this.#options.keepAliveMs, () => streams === 0 && session.close());
    if (this.#draining) announceEnd(session);
  }

  /** Tells every client that the connection will end; requests on their way are still served. */
  announceEnd(): void {
    this.#draining = true;
    for (const session of this.#open) announceEnd(session);
  }

  /** Takes no new requests; a connection ends with its last answer. */
  close(): void {
    for (const session of this.#open) if (!session.closed) session.close();
  }

  destroy(): void {
    for (const session of this.#open) session.destroy();
  }

  #serve(stream: ServerHttp2Stream, raw: string[], method: string | undefined, scheme: "http" | "https"): void {
    const response = new Http2Response(stream, method === "HEAD");
    // Told by the close that follows.
    stream.on("error", () => {});
    if (stream.destroyed || stream.closed) return;
    const { defaultHost, maxHeaderBytes, idleTimeoutMs } = this.#options;
    const head = readHttp2Head(raw, !stream.endAfterHeaders, { defaultHost, maxHeaderBytes, scheme });
    if ("refused" in head) return this.#refuse(stream, response, head, method === "CONNECT");
    const { upgrade, fields } = head.head;
    const request = new Http2Request(stream, upgrade !== null);
    stream.setTimeout(idleTimeoutMs, () => {
      // Waiting for the primary is not the client's fault; the primary has limits of its own.
      if (!request.isWaitingForPrimary) stream.close(constants.NGHTTP2_CANCEL);
    });
    if (head.expectsContinue) stream.additionalHeaders({ ":status": 100 });
    const answer = upgrade === null ? response : new Http2WebSocketResponse(stream, response, fields);
    this.#options.serve(head.head, request, answer, request);
  }

  #refuse(stream: ServerHttp2Stream, response: Http2Response, refusal: Refusal, isConnect: boolean): void {
    this.#options.refused(refusal.refused, refusal.reason);
    response.writeHead(refusal.refused, "", refusalFields(refusal));
    response.write(Buffer.from(refusalBody(refusal)));
    response.end([]);
    // What follows a CONNECT is no body, and need not end (RFC 9113 §8.1).
    if (isConnect) stream.close(constants.NGHTTP2_NO_ERROR);
    else stream.resume();
  }
}

function announceEnd(session: ServerHttp2Session): void {
  if (!session.destroyed && !session.closed) session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
}
