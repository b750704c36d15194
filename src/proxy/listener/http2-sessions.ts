import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { destroySocket } from "../../lib/runtime/descriptors.ts";
import { loopIdleMs } from "../../lib/runtime/loop-idle-time.ts";
import { StreamGate, UnsentBytes, type WaitingStream } from "../../lib/runtime/stream-gate.ts";
import type { TurnQueue } from "../../lib/runtime/turn-queue.ts";
import type { RequestsConfig } from "../../model/config.ts";
import type { RequestHandler } from "../exchange/client-exchange.ts";
import type { HeadContext, IdleConnections } from "../exchange/request-head.ts";
import { FRESH_MS } from "./client-limits.ts";
import { Http2Request } from "./http2-request.ts";
import { Http2Response } from "./http2-response.ts";
import { type Http2HeadContext, readHttp2Head } from "./http2-head.ts";
import { Http2WebSocketResponse } from "./http2-websocket.ts";
import { type Refusal, refusalBody, refusalFields } from "../../http/refusal.ts";

/** RFC 9113 §6.5.2 recommends at least 100. */
const MAX_STREAMS = 100;
/**
 * What Envoy opens before it has read our settings. It does not repeat a mirrored request that is refused. A tap responds at
 * once, so that its streams are short, and what it holds for them has limits of its own.
 */
const MAX_TAP_STREAMS = 1_024;
/** Flow-control windows: how far a request, and all requests of a connection, can be ahead of the primary. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** Limit for the memory that Node uses for one connection, in megabytes. */
const MAX_SESSION_MB = 10;
/** More than the largest response head that is sent; nghttp2's own limit is 64 KiB. */
const MAX_SENT_HEADER_BYTES = 256 * 1024;
/**
 * Beyond this Node resets the stream, and no response is possible. It is far above the accepted size, so that most clients get
 * a 431. The setting counts 32 bytes extra per field (RFC 9113 §6.5.2).
 */
const MIN_READ_HEADER_BYTES = 128 * 1024;
const READ_HEADER_FACTOR = 2;
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
  /** Requests are mirrored by another proxy. */
  readonly isTap?: boolean | undefined;
  refused(status: number, reason: string): void;
  readonly requests: RequestsConfig;
  readonly clientDescriber: HeadContext["clientDescriber"];
  /** Timeout for the settings that a client must send first. */
  readonly headTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly idleTimeoutMs: number;
  readonly idleConnections: IdleConnections;
  /** Streams start in turns with the pipelined requests of HTTP/1.1. */
  readonly turns: TurnQueue;
}

/** What is open on a connection. */
interface SessionState {
  readonly socket: Socket;
  streams: number;
  /** `loopIdleMs` when its latest stream ended, or from when on a connection without a stream counts as idle. */
  idleSince: number;
}

interface ReceivedStream extends Omit<Http2HeadContext, "requests"> {
  readonly raw: string[];
  readonly method: string | undefined;
}

/** All HTTP/2 connections of a listener. Each stream of a connection is one request. */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #open = new Map<ServerHttp2Session, SessionState>();
  readonly #unsentBytes = new UnsentBytes();
  #draining = false;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /**
   * @param socket with the preface still unread
   * @param hasRequest called with its first request
   */
  accept(socket: Socket, hasRequest: () => void): void {
    // A client of HTTP/2 that ends its side cannot even acknowledge what it receives: it is gone, with all its requests.
    socket.allowHalfOpen = false;
    const scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    const session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: this.#options.isTap === true ? MAX_TAP_STREAMS : MAX_STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: Math.max(MIN_READ_HEADER_BYTES, READ_HEADER_FACTOR * this.#options.requests.maxHeadBytes),
        enablePush: false,
        // RFC 8441 §3.
        enableConnectProtocol: true,
      },
      maxHeaderListPairs: MAX_READ_HEADERS,
      maxSendHeaderBlockLength: MAX_SENT_HEADER_BYTES,
      // Otherwise Node drops fields with padded values; readHttp2Head refuses the request instead.
      strictFieldWhitespaceValidation: false,
      maxSessionMemory: MAX_SESSION_MB,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
      // A field that is sent twice is forwarded twice.
      strictSingleValueFields: false,
    });
    const state: SessionState = { socket, streams: 0, idleSince: loopIdleMs() + FRESH_MS };
    this.#open.set(session, state);
    const timer = setTimeout(() => session.destroy(), this.#options.headTimeoutMs);
    session.once("remoteSettings", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
    session.once("close", () => this.#open.delete(session));
    session.on("error", () => session.destroy());
    session.once("stream", hasRequest);
    session.once("connect", () => session.setLocalWindowSize(SESSION_WINDOW_BYTES));
    const { idleConnections: idle, clientDescriber } = this.#options;
    const describeClient = clientDescriber(socket);
    const gate = new StreamGate(this.#unsentBytes, this.#options.turns);
    this.#options.turns.shortenTurn();
    // `loopIdleMs` at the ends of streams that no later stream has followed. Each stream follows the one that ended last.
    const endedAt: number[] = [];
    session.on("stream", (stream, headers, _flags, raw: string[]) => {
      state.streams += 1;
      const previous = endedAt.pop();
      if (previous !== undefined) idle.count -= 1;
      const pauseMs = loopIdleMs() - (previous ?? -Infinity);
      const method = headers[":method"];
      const response = new Http2Response(stream, gate, method === "HEAD");
      stream.once("close", () => {
        response.countUnsent();
        state.streams -= 1;
        if (session.destroyed) return;
        state.idleSince = loopIdleMs();
        idle.count += 1;
        endedAt.push(state.idleSince);
      });
      this.#receive(stream, response, gate, {
        raw,
        method,
        scheme,
        pauseMs,
        idleConnections: idle.count,
        describeClient,
      });
    });
    session.once("close", () => (idle.count -= endedAt.length));
    // Streams have their own idle timeouts.
    session.setTimeout(this.#options.keepAliveMs, () => state.streams === 0 && session.destroy());
    if (this.#draining) announceEnd(session);
  }

  /** Sends a GOAWAY to every client; requests that are already on their way are still served. */
  announceEnd(): void {
    this.#draining = true;
    for (const session of this.#open.keys()) announceEnd(session);
  }

  /** Accepts no new requests; a connection closes after its last response. */
  close(): void {
    for (const session of this.#open.keys()) if (!session.closed) session.close();
  }

  /**
   * Frees the descriptors of connections without a request, those idle for longest first.
   * @returns how many, at most `count`
   */
  shedIdle(count: number): number {
    if (count <= 0) return 0;
    const now = loopIdleMs();
    const idle = [...this.#open].filter(
      ([session, { streams, idleSince }]) => streams === 0 && idleSince <= now && !session.closed && !session.destroyed,
    );
    const shed = idle.sort(([, a], [, b]) => a.idleSince - b.idleSince).slice(0, count);
    for (const [session, { socket }] of shed) {
      // The GOAWAY is written at once. Node would close the socket some turns of the event loop later, or with `close` not
      // before the client closes its side.
      session.destroy();
      destroySocket(socket);
    }
    return shed.length;
  }

  destroy(): void {
    for (const session of this.#open.keys()) session.destroy();
  }

  #receive(
    stream: ServerHttp2Stream,
    response: Http2Response,
    gate: StreamGate,
    { raw, method, ...received }: ReceivedStream,
  ): void {
    // A close event follows each error and is handled instead.
    stream.on("error", () => {});
    if (stream.destroyed || stream.closed) return;
    const { requests, idleTimeoutMs } = this.#options;
    const head = readHttp2Head(raw, !stream.endAfterHeaders, { requests, ...received });
    if ("refused" in head) return this.#refuse(stream, response, head, method === "CONNECT");
    const { upgrade, fields } = head.head;
    const request = new Http2Request(stream, head.head.received, upgrade !== null);
    stream.setTimeout(idleTimeoutMs, () => {
      // The client is not to blame while the proxy waits for the primary, which has its own timeouts.
      if (!request.isWaitingForPrimary) stream.close(constants.NGHTTP2_CANCEL);
    });
    const start = (): void => {
      if (stream.destroyed || stream.closed) return;
      if (head.expectsContinue) stream.additionalHeaders({ ":status": 100 });
      const clientResponse = upgrade === null ? response : new Http2WebSocketResponse(stream, response, fields);
      this.#options.serve(head.head, request, clientResponse, request);
    };
    if (gate.startAtOnce()) return start();
    const waiting: WaitingStream = { start };
    stream.once("close", () => gate.forget(waiting));
    gate.wait(waiting);
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
