import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ParsedRequestHead, RequestParser, type RequestSink } from "../../http/http1/request-parser.ts";
import { type Refusal, REQUEST_TIMEOUT } from "../../http/refusal.ts";
import type { IntrusiveItem } from "../../lib/intrusive-set.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ExchangeOwner, OpenExchange, RequestHandler } from "../exchange/client-exchange.ts";
import { type HeadContext, readHead } from "../exchange/request-head.ts";
import { requestedUpgrade } from "../exchange/upgrade-request.ts";
import { openTunnel, type Tunnels } from "../exchange/upgrade-tunnel.ts";
import { Http1Request } from "./http1-request.ts";
import { CLIENT_IDLE_TIMEOUT_MS, LINGER_MS, MAX_LINGER_MS, MAX_PIPELINED_BYTES } from "./client-limits.ts";
import { Http1Response, type ResponseOwner, writeRefusal } from "./http1-response.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** Shared by all connections of a listener. */
export interface ConnectionContext extends HeadContext {
  readonly serve: RequestHandler;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly tunnels: Tunnels;
  /** No further requests are accepted. */
  readonly isDraining: boolean;
  /** Ends a connection with a TCP reset. */
  reset(socket: Socket): void;
  /** A request was refused with this status. */
  refused(status: number, reason: string): void;
  /** The connection is closed, or has become a tunnel. */
  forget(connection: ClientConnection): void;
}

/** An HTTP/1 connection of one client. Pipelined requests wait: they are served one after another. */
export class ClientConnection implements ExchangeOwner, ResponseOwner, RequestSink, IntrusiveItem {
  setIndex = 0;
  readonly socket: Socket;
  readonly #context: ConnectionContext;
  readonly #parser = new RequestParser(this);
  /** The latest request, until both it and its response have ended. */
  #request: Http1Request | null = null;
  #exchange: OpenExchange | null = null;
  #isResponseDone = false;
  #keepAlive = true;
  /** Bytes that arrived before they could be read. */
  #pipelined: Buffer | null = null;
  #isReading = false;
  /** The last response or a refusal is written: further bytes are discarded. */
  #isEnded = false;
  #lingerMs = 0;
  /** Approximate milliseconds without progress. */
  #stalledMs = 0;
  #hasReceived = false;
  #flushedBytes = 0;
  /** Age of an unfinished head, or of a new connection without one. */
  #headMs: number | null = null;
  #hasServed = false;

  constructor(socket: Socket, context: ConnectionContext) {
    this.socket = socket;
    this.#context = context;
    socket.on("data", this.#onData).on("end", this.#onEnd).on("error", ignoreError).on("close", this.#onClose);
    socket.on("drain", this.#continueReading).resume();
  }

  get isEnding(): boolean {
    return this.#context.isDraining;
  }

  /** There is no request on the connection, so it can be closed at any time. */
  get isIdle(): boolean {
    return this.#request === null && !this.#parser.isInHead;
  }

  /** Takes bytes that were already read from the socket. */
  receive(bytes: Buffer): void {
    this.#onData(bytes);
  }

  add(exchange: OpenExchange): void {
    this.#exchange = exchange;
  }

  remove(exchange: OpenExchange): void {
    if (this.#exchange === exchange) this.#exchange = null;
  }

  /**
   * Enforces the timeouts. A wait that began since the last call counts from this call on.
   * @param ms since the last call
   */
  checkTimeouts(ms: number): void {
    const flushed = this.socket.bytesWritten - this.socket.writableLength;
    const hasProgress = this.#hasReceived || flushed !== this.#flushedBytes || this.#isWaitingForPrimary;
    this.#stalledMs = hasProgress ? 0 : this.#stalledMs + ms;
    this.#hasReceived = false;
    this.#flushedBytes = flushed;
    if (this.#isEnded) this.#checkLinger(ms);
    else if (this.#request !== null || this.socket.writableLength > 0) {
      this.#destroyIfStalled(this.#context.idleTimeoutMs);
    } else if (this.#hasServed && !this.#parser.isInHead) this.#destroyIfStalled(CLIENT_IDLE_TIMEOUT_MS);
    else {
      this.#headMs = this.#headMs === null ? 0 : this.#headMs + ms;
      if (this.#headMs <= this.#context.headTimeoutMs) return;
      if (this.#parser.isInHead) this.refuse(REQUEST_TIMEOUT);
      else this.socket.destroy();
    }
  }

  head({ method, target, isHttp10, fields, bodyLength, isPersistent, expectsContinue }: ParsedRequestHead): boolean {
    const hasBody = bodyLength !== 0;
    const head = readHead({ method, url: target, isHttp10, rawHeaders: fields, hasBody }, this.#context);
    if ("refused" in head) {
      this.refuse(head);
      return false;
    }
    const upgrade = hasBody || isHttp10 || this.isEnding ? null : requestedUpgrade(fields);

    const request = new Http1Request(hasBody, this.#setFlow);
    this.#request = request;
    this.#isResponseDone = false;
    this.#hasServed = true;
    this.#headMs = null;
    if (expectsContinue) this.socket.write(CONTINUE, "latin1");
    const constraints = { isHead: method === "HEAD", isHttp10, keepAlive: isPersistent && upgrade === null };
    this.#context.serve(
      upgrade === null ? head : { ...head, upgrade, obstacle: "upgrade" },
      request,
      new Http1Response(this, constraints),
      this,
    );
    return true;
  }

  body(piece: Buffer): void {
    this.#request?.receive(piece);
  }

  end(trailers: RawHeaders): void {
    this.#request?.end(trailers);
    if (this.#isResponseDone) this.#next();
    // Only a socket that is read notices that the client has closed it.
    else if (this.socket.isPaused()) this.socket.resume();
  }

  /**
   * Responds to bytes that are not a request, and ends the connection. If they are in the body of a request, that request is
   * aborted, and the refusal is its response unless another one has begun.
   */
  refuse(refusal: Refusal): void {
    this.#context.refused(refusal.refused, refusal.reason);
    const exchange = this.#exchange;
    if (this.#request === null) return this.#endWith(writeRefusal(refusal));
    exchange?.abort();
    if (this.#isResponseDone || exchange === null) return this.#endWith("");
    if (!exchange.response.headersSent) return this.#endWith(writeRefusal(refusal));
    this.#isEnded = true;
    return void this.socket.destroy();
  }

  responseEnded(keepAlive: boolean): void {
    this.#isResponseDone = true;
    this.#keepAlive = keepAlive;
    if (this.#request?.complete === true || !keepAlive) this.#next();
  }

  /** Closes the connection at once. An incomplete response is cut with a reset, so that it does not look complete. */
  destroy(): void {
    const isComplete = this.#isResponseDone || this.#exchange?.response.headersSent !== true;
    if (isComplete && this.socket.writableLength === 0) this.socket.destroy();
    else this.reset();
  }

  reset(): void {
    this.#context.reset(this.socket);
  }

  switchTo(reason: string, fields: RawHeaders, upstream: Duplex): boolean {
    const { socket } = this;
    socket.off("data", this.#onData).off("end", this.#onEnd).off("error", ignoreError).off("close", this.#onClose);
    socket.off("drain", this.#continueReading).pause();
    if (this.#pipelined !== null) socket.unshift(this.#pipelined);
    this.#context.forget(this);
    openTunnel({ client: socket, upstream, reason, fields, tunnels: this.#context.tunnels });
    return true;
  }

  /** The client has sent everything and has received everything written so far; more of the response is to come. */
  get #isWaitingForPrimary(): boolean {
    return this.#exchange?.requestComplete === true && !this.#isResponseDone && this.socket.writableLength === 0;
  }

  get #canRead(): boolean {
    if (this.#isEnded) return false;
    // Responses to a client that does not read them would pile up here, so it gets no more of them.
    if (this.#request === null) return !this.socket.writableNeedDrain;
    return this.#request.isFlowing && !this.#request.complete;
  }

  readonly #onData = (bytes: Buffer): void => {
    // Between requests only a complete head counts as progress.
    if (this.#request !== null) this.#hasReceived = true;
    if (this.#isEnded) return;
    if (this.#pipelined === null && this.#canRead) return this.#read(bytes);
    this.#pipelined = this.#pipelined === null ? bytes : Buffer.concat([this.#pipelined, bytes]);
    if (this.#pipelined.length > MAX_PIPELINED_BYTES) this.socket.pause();
  };

  #read(bytes: Buffer): void {
    this.#isReading = true;
    let at = 0;
    while (at < bytes.length && this.#canRead) at = this.#parser.read(bytes, at);
    this.#isReading = false;
    if (at < bytes.length && !this.#isEnded) this.#pipelined = bytes.subarray(at);
  }

  readonly #continueReading = (): void => {
    if (this.#isReading || !this.#canRead) return;
    const pipelined = this.#pipelined;
    this.#pipelined = null;
    if (pipelined !== null) this.#read(pipelined);
    if (this.#pipelined === null) this.socket.resume();
  };

  readonly #setFlow = (isFlowing: boolean): void => {
    if (!isFlowing) this.socket.pause();
    // Deferred: the caller is not ready for the body, or for its end, before it returns.
    else if (!this.#isReading) queueMicrotask(this.#continueReading);
  };

  /** The response has ended, and so has the request, unless the connection ends with this response. */
  #next(): void {
    if (!this.#keepAlive) return this.#endWith("");
    this.#request = null;
    this.#exchange = null;
    this.#stalledMs = 0;
    this.#parser.begin();
    return this.#continueReading();
  }

  #checkLinger(ms: number): void {
    if (this.socket.writableLength > 0) return this.#destroyIfStalled(this.#context.idleTimeoutMs);
    this.#lingerMs += ms;
    return this.#lingerMs > MAX_LINGER_MS ? this.destroy() : this.#destroyIfStalled(LINGER_MS);
  }

  #destroyIfStalled(timeoutMs: number): void {
    if (this.#stalledMs > timeoutMs) this.destroy();
  }

  /** Writes the text as the last bytes, ends our side, and discards what the client still sends. */
  #endWith(text: string): void {
    this.#isEnded = true;
    this.#pipelined = null;
    this.#stalledMs = 0;
    this.#parser.stop();
    this.socket.end(text, "latin1");
    this.socket.resume();
  }

  /** A client that ends its side has gone away, and its request is aborted. Bytes that were already written are still sent. */
  readonly #onEnd = (): void => {
    if (this.#isEnded) return this.socket.destroySoon();
    const exchange = this.#isResponseDone ? null : this.#exchange;
    exchange?.abort();
    if (exchange?.response.headersSent !== true) return this.#endWith("");
    this.#isEnded = true;
    return exchange.response.cut();
  };

  readonly #onClose = (): void => {
    this.#isEnded = true;
    this.#pipelined = null;
    this.#exchange?.abort();
    this.#context.forget(this);
  };
}

function ignoreError(): void {
  // A close event follows each error and is handled instead.
}
