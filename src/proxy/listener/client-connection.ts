import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";
import type { IntrusiveItem } from "../../lib/intrusive-set.ts";
import type { ExchangeOwner, OpenExchange, RequestHandler } from "../exchange/client-exchange.ts";
import { Http1Request } from "./http1-request.ts";
import { type RequestSink, RequestParser } from "../../http/http1/request-parser.ts";
import { Http1Response, KEEP_ALIVE_MS, type ResponseOwner } from "./http1-response.ts";
import { rawRefusal, type Refusal, REQUEST_TIMEOUT } from "../../http/refusal.ts";
import { requestFraming } from "../../http/http1/request-framing.ts";
import { type HeadContext, readHead } from "../exchange/request-head.ts";
import type { TcpReset } from "./tcp-reset.ts";
import { requestedUpgrade } from "../exchange/upgrade-request.ts";
import { openTunnel, type Tunnels } from "../exchange/upgrade-tunnel.ts";

/** What a client may send before its turn comes; beyond that it waits. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** What a client may take to read our last answer and close, while what it still sends is thrown away (RFC 9112 §9.6). */
const LINGER_MS = 1_000;
/** In all, however much still comes. */
const LONGEST_LINGER_MS = 30_000;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** What all connections of a listener share. */
export interface ConnectionContext extends HeadContext {
  readonly serve: RequestHandler;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly tunnels: Tunnels;
  readonly tcp: TcpReset;
  /** No further requests are taken. */
  readonly isDraining: boolean;
  refused(status: number, reason: string): void;
  /** It is of no more concern to the listener. */
  left(connection: ClientConnection): void;
}

/**
 * One client's HTTP/1 connection. Its requests are served one after another: what a client sends ahead waits until the
 * request before it is answered.
 */
export class ClientConnection implements ExchangeOwner, ResponseOwner, RequestSink, IntrusiveItem {
  setIndex = 0;
  readonly socket: Socket;
  readonly #context: ConnectionContext;
  readonly #parser = new RequestParser(this);
  /** The newest one, until its answer and its request have ended. */
  #request: Http1Request | null = null;
  #exchange: OpenExchange | null = null;
  #answered = false;
  #keepAlive = true;
  /** Bytes whose turn has not come. */
  #ahead: Buffer | null = null;
  #isReading = false;
  /** The last answer is written, or was refused: what still comes is thrown away. */
  #isOver = false;
  #lingerMs = 0;
  /** Milliseconds in which nothing moved, about. */
  #quietMs = 0;
  #hasReceived = false;
  #flushed = 0;
  /** For how long a head has been on its way, or was waited for after the connection was opened. */
  #headMs: number | null = null;
  #served = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.socket = socket;
    this.#context = context;
    socket.on("data", this.#received).on("end", this.#ended).on("error", nothing).on("close", this.#closed);
    socket.on("drain", this.#goOn).resume();
  }

  get isEnding(): boolean {
    return this.#context.isDraining;
  }

  /** It may be closed at any time: no request is on it. */
  get isIdle(): boolean {
    return this.#request === null && !this.#parser.isInHead;
  }

  /** Takes bytes that were read before. */
  take(bytes: Buffer): void {
    this.#received(bytes);
  }

  add(exchange: OpenExchange): void {
    this.#exchange = exchange;
  }

  remove(exchange: OpenExchange): void {
    if (this.#exchange === exchange) this.#exchange = null;
  }

  /**
   * Looks at the time limits. What began since the last call counts from now on.
   * @param ms since the last call
   */
  check(ms: number): void {
    const flushed = this.socket.bytesWritten - this.socket.writableLength;
    const moved = this.#hasReceived || flushed !== this.#flushed || this.#isWaitingForPrimary;
    this.#quietMs = moved ? 0 : this.#quietMs + ms;
    this.#hasReceived = false;
    this.#flushed = flushed;
    if (this.#isOver) this.#checkLinger(ms);
    else if (this.#request !== null || this.socket.writableLength > 0) this.#endAfter(this.#context.idleTimeoutMs);
    else if (this.#served && !this.#parser.isInHead) this.#endAfter(KEEP_ALIVE_MS);
    else {
      this.#headMs = this.#headMs === null ? 0 : this.#headMs + ms;
      if (this.#headMs <= this.#context.headTimeoutMs) return;
      if (this.#parser.isInHead) this.broken(REQUEST_TIMEOUT);
      else this.socket.destroy();
    }
  }

  head(method: string, target: string, isHttp10: boolean, rawHeaders: RawHeaders): number {
    const framing = requestFraming(rawHeaders, isHttp10);
    if ("refused" in framing) return this.#refuse(framing);
    const { bodyLength, keepAlive, expectsContinue } = framing;
    const hasBody = bodyLength !== 0;
    const head = readHead({ method, url: target, isHttp10, rawHeaders, hasBody }, this.#context);
    if ("refused" in head) return this.#refuse(head);
    const upgrade = hasBody || isHttp10 || this.isEnding ? null : requestedUpgrade(rawHeaders);

    const request = new Http1Request(hasBody, this.#flow);
    this.#request = request;
    this.#answered = false;
    this.#served = true;
    this.#headMs = null;
    if (expectsContinue) this.socket.write(CONTINUE, "latin1");
    const asked = { isHead: method === "HEAD", isHttp10, keepAlive: keepAlive && upgrade === null };
    this.#context.serve(
      upgrade === null ? head : { ...head, upgrade, obstacle: "upgrade" },
      request,
      new Http1Response(this, asked),
      this,
    );
    return bodyLength;
  }

  body(piece: Buffer): void {
    this.#request?.received(piece);
  }

  end(trailers: RawHeaders): void {
    this.#request?.ended(trailers);
    if (this.#answered) this.#next();
    // A client that goes away is noticed by reading.
    else if (this.socket.isPaused()) this.socket.resume();
  }

  /**
   * Answers bytes that are no request, and ends the connection. If they stand in the body of a request, that request is
   * aborted, and its answer is this one unless it has begun.
   */
  broken(refusal: Refusal): void {
    this.#context.refused(refusal.refused, refusal.reason);
    const exchange = this.#exchange;
    if (this.#request === null) return this.#endWith(rawRefusal(refusal));
    exchange?.abort();
    if (this.#answered || exchange === null) return this.#endWith("");
    if (!exchange.response.headersSent) return this.#endWith(rawRefusal(refusal));
    this.#isOver = true;
    return void this.socket.destroy();
  }

  responseEnded(keepAlive: boolean): void {
    this.#answered = true;
    this.#keepAlive = keepAlive;
    if (this.#request?.complete === true || !keepAlive) this.#next();
  }

  /** Ends it at once; a part of an answer must not look like the whole of it. */
  destroy(): void {
    const isWhole = this.#answered || this.#exchange?.response.headersSent !== true;
    if (isWhole && this.socket.writableLength === 0) this.socket.destroy();
    else this.reset();
  }

  reset(): void {
    this.#context.tcp.reset(this.socket);
  }

  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    const { socket } = this;
    socket.off("data", this.#received).off("end", this.#ended).off("error", nothing).off("close", this.#closed);
    socket.off("drain", this.#goOn).pause();
    if (this.#ahead !== null) socket.unshift(this.#ahead);
    this.#context.left(this);
    openTunnel({ client: socket, upstream, reason, fields, tunnels: this.#context.tunnels });
    return true;
  }

  /** The client has sent everything and has taken everything; an answer is still to come. */
  get #isWaitingForPrimary(): boolean {
    return this.#exchange?.requestComplete === true && !this.#answered && this.socket.writableLength === 0;
  }

  /** Bytes that come now can be read. */
  get #mayRead(): boolean {
    if (this.#isOver) return false;
    // A client that does not take its answers gets no more of them: they would gather here.
    if (this.#request === null) return !this.socket.writableNeedDrain;
    return this.#request.flows && !this.#request.complete;
  }

  readonly #received = (bytes: Buffer): void => {
    // Between requests nothing that is not one keeps a connection open.
    if (this.#request !== null) this.#hasReceived = true;
    if (this.#isOver) return;
    if (this.#ahead === null && this.#mayRead) return this.#read(bytes);
    this.#ahead = this.#ahead === null ? bytes : Buffer.concat([this.#ahead, bytes]);
    if (this.#ahead.length > MAX_AHEAD_BYTES) this.socket.pause();
  };

  #read(bytes: Buffer): void {
    this.#isReading = true;
    let at = 0;
    while (at < bytes.length && this.#mayRead) at = this.#parser.read(bytes, at);
    this.#isReading = false;
    if (at < bytes.length && !this.#isOver) this.#ahead = bytes.subarray(at);
  }

  /** Goes on where reading has stopped, if it may. */
  readonly #goOn = (): void => {
    if (this.#isReading || !this.#mayRead) return;
    const ahead = this.#ahead;
    this.#ahead = null;
    if (ahead !== null) this.#read(ahead);
    if (this.#ahead === null) this.socket.resume();
  };

  readonly #flow = (flows: boolean): void => {
    if (!flows) this.socket.pause();
    // Not at once: whoever asks for the body is not ready for it, or for its end, before this turn is over.
    else if (!this.#isReading) queueMicrotask(this.#goOn);
  };

  /** The answer has ended, and the request too, unless nothing comes behind it. */
  #next(): void {
    if (!this.#keepAlive) return this.#endWith("");
    this.#request = null;
    this.#exchange = null;
    this.#quietMs = 0;
    this.#parser.begin();
    return this.#goOn();
  }

  #checkLinger(ms: number): void {
    if (this.socket.writableLength > 0) return this.#endAfter(this.#context.idleTimeoutMs);
    this.#lingerMs += ms;
    return this.#lingerMs > LONGEST_LINGER_MS ? this.destroy() : this.#endAfter(LINGER_MS);
  }

  #endAfter(ms: number): void {
    if (this.#quietMs > ms) this.destroy();
  }

  #refuse(refusal: Refusal): number {
    this.broken(refusal);
    return 0;
  }

  /** Nothing more is taken from the client; it has a moment to take what was written. */
  #endWith(text: string): void {
    this.#isOver = true;
    this.#ahead = null;
    this.#quietMs = 0;
    this.#parser.stop();
    this.socket.end(text, "latin1");
    this.socket.resume();
  }

  /** A client that ends its side wants nothing more: that is how clients go away. What was written is still its own. */
  readonly #ended = (): void => {
    if (this.#isOver) return this.socket.destroySoon();
    const exchange = this.#answered ? null : this.#exchange;
    exchange?.abort();
    if (exchange?.response.headersSent !== true) return this.#endWith("");
    this.#isOver = true;
    return exchange.response.cut();
  };

  readonly #closed = (): void => {
    this.#isOver = true;
    this.#ahead = null;
    this.#exchange?.abort();
    this.#context.left(this);
  };
}

function nothing(): void {
  // What an error means is told by the close that follows.
}
