import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { CHUNKED_BODY } from "../../http/http1/message-framing.ts";
import { type ParsedRequestHead, RequestParser, type RequestSink } from "../../http/http1/request-parser.ts";
import { type Refusal, REQUEST_TIMEOUT } from "../../http/refusal.ts";
import type { IntrusiveItem } from "../../lib/intrusive-set.ts";
import type { RawHeaders } from "../../model/capture.ts";
import type { ExchangeOwner, OpenExchange } from "../exchange/client-exchange.ts";
import { readHead, type ReceivedHead } from "../exchange/request-head.ts";
import { requestedUpgrade } from "../exchange/upgrade-request.ts";
import { openTunnel } from "../exchange/upgrade-tunnel.ts";
import { ClientClock, type ConnectionPhase, IdleMark } from "./client-clock.ts";
import { probeClient, SAME_FLIGHT_MS } from "./client-probe.ts";
import type { ConnectionContext } from "./http1-connection-context.ts";
import { Http1Request } from "./http1-request.ts";
import { MAX_PIPELINED_BYTES } from "./client-limits.ts";
import type { TurnTaker } from "../../lib/runtime/turn-queue.ts";
import { CONTINUE, Http1Response, type ResponseOwner, writeRefusal } from "./http1-response.ts";

/** An HTTP/1 connection of one client. Pipelined requests wait: they are served one after another. */
export class ClientConnection implements ExchangeOwner, ResponseOwner, RequestSink, TurnTaker, IntrusiveItem {
  setIndex = 0;
  readonly socket: Socket;
  readonly #context: ConnectionContext<ClientConnection>;
  readonly clock: ClientClock;
  readonly #idle: IdleMark;
  readonly #parser: RequestParser;
  readonly #describeClient: ReturnType<ConnectionContext["clientDescriber"]>;
  /** The latest request, until both it and its response have ended. */
  #request: Http1Request | null = null;
  #exchange: OpenExchange | null = null;
  #response: Http1Response | null = null;
  #isResponseDone = false;
  #keepAlive = true;
  /** Bytes that arrived before they could be read. */
  #pipelined: Buffer | null = null;
  #isReading = false;
  #awaitsTurn = false;
  /** The last response or a refusal is written: further bytes are discarded. */
  #isEnded = false;
  /** The client has ended its side, but may wait for its responses. */
  #isHalfClosed = false;
  #stopProbes: (() => void) | undefined;
  #wantsSwitch = false;

  constructor(socket: Socket, context: ConnectionContext<ClientConnection>) {
    this.socket = socket;
    this.#context = context;
    this.#describeClient = context.clientDescriber(socket);
    this.#parser = new RequestParser(this, context.requests.maxHeadBytes);
    this.clock = new ClientClock(context);
    this.#idle = new IdleMark(context.idleConnections);
    socket.on("data", this.#onData).on("end", this.#onEnd).on("error", ignoreError).on("close", this.#onClose);
    socket.on("drain", this.#onDrain).resume();
  }

  get isEnding(): boolean {
    return this.#context.isDraining || (this.#isHalfClosed && !this.#isReading && this.#pipelined === null);
  }

  /** There is no request on the connection, and the last response has left, so it can be closed at any time. */
  get isIdle(): boolean {
    const isFlushed = this.socket.writable && this.socket.writableLength === 0;
    return isFlushed && this.#request === null && !this.#parser.isInHead && this.#pipelined === null;
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
    const phase = this.#phase;
    if (!this.clock.isTimedOut(ms, phase, this.socket, this.#isWaitingForPrimary)) return;
    if (phase === "head" && this.socket.writableLength === 0) this.refuse(REQUEST_TIMEOUT);
    else this.destroy();
  }

  head({ method, target, isHttp10, fields, bodyLength, isPersistent, expectsContinue }: ParsedRequestHead): boolean {
    const hasBody = bodyLength !== 0;
    this.#idle.set(false);
    const pace = { pauseMs: this.clock.pauseMs, idleConnections: this.#context.idleConnections.count };
    const protocol = isHttp10 ? "HTTP/1.0" : "HTTP/1.1";
    const received: ReceivedHead = { method, url: target, isHttp10, protocol, rawHeaders: fields, hasBody, ...pace };
    const head = readHead(received, this.#context, this.#describeClient);
    if ("refused" in head) {
      this.refuse(head);
      return false;
    }
    const upgrade = hasBody || isHttp10 || this.isEnding || this.#isHalfClosed ? null : requestedUpgrade(fields);
    const request = new Http1Request(hasBody, bodyLength === CHUNKED_BODY, this);
    this.#request = request;
    this.#isResponseDone = false;
    this.clock.headReceived();
    const keepAlive = isPersistent && upgrade === null;
    const response = new Http1Response(this, { isHead: method === "HEAD", isHttp10, keepAlive });
    this.#response = response;
    if (expectsContinue) response.writeInterim(CONTINUE, []);
    this.#wantsSwitch = upgrade !== null;
    const served = upgrade === null ? head : ({ ...head, upgrade, obstacle: "upgrade" } as const);
    this.#context.serve(served, request, response, this);
    return true;
  }

  readonly takeWholeBody = (): Buffer | null => this.#parser.takeWholeBody();

  setFlow(isFlowing: boolean): void {
    if (!isFlowing) this.socket.pause();
    // Deferred: the caller is not ready for the body, or for its end, before it returns.
    else if (!this.#isReading) queueMicrotask(this.#continueReading);
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
    if (this.#request === null) this.#endWith(writeRefusal(refusal));
    else this.#abandon(writeRefusal(refusal));
  }

  /** Serves one pipelined request. */
  takeTurn(): boolean {
    const isNeeded = this.#pipelined !== null;
    this.#awaitsTurn = false;
    this.#continueReading();
    return isNeeded;
  }

  responseEnded(keepAlive: boolean): void {
    this.clock.responseEnded();
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
    socket.off("drain", this.#onDrain).pause();
    if (this.#pipelined !== null) socket.unshift(this.#pipelined);
    this.#context.forget(this);
    openTunnel({ client: socket, upstream, reason, fields, tunnels: this.#context.tunnels });
    return true;
  }

  /** The client has sent everything and has received everything written so far; more of the response is to come. */
  get #isWaitingForPrimary(): boolean {
    return this.#exchange?.requestComplete === true && !this.#isResponseDone && this.socket.writableLength === 0;
  }

  get #phase(): ConnectionPhase {
    if (this.#isEnded) return "ending";
    if (this.#request !== null) return "exchange";
    return this.#parser.isInHead ? "head" : "idle";
  }

  get #canRead(): boolean {
    if (this.#isEnded) return false;
    // Responses to a client that does not read them would pile up here, so it gets no more of them.
    if (this.#request === null) return !this.#awaitsTurn && !this.socket.writableNeedDrain;
    return this.#request.isFlowing && !this.#request.complete;
  }

  readonly #onData = (bytes: Buffer): void => {
    this.clock.received(this.#request !== null);
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
    if (this.#pipelined !== null) return;
    if (this.#isHalfClosed) this.#endIfServed();
    else this.socket.resume();
  };

  readonly #onDrain = (): void => {
    if (this.#request === null && this.#pipelined !== null) this.#awaitTurn();
    else this.#continueReading();
  };

  #awaitTurn(): void {
    if (!this.#awaitsTurn) this.#context.turns.wait(this);
    this.#awaitsTurn = true;
  }

  /** The response has ended, and so has the request, unless the connection ends with this response. */
  #next(): void {
    if (!this.#keepAlive) return this.#endWith("");
    this.#request = null;
    this.#exchange = null;
    this.clock.phaseChanged();
    this.#idle.set(true);
    this.#parser.begin();
    // Other connections come first: one client can have thousands of requests ahead.
    if (this.#isReading || this.#pipelined !== null) return this.#awaitTurn();
    return this.#continueReading();
  }

  /** Writes the text as the last bytes, ends our side, and discards what the client still sends. */
  #endWith(text: string): void {
    this.#isEnded = true;
    this.#pipelined = null;
    this.clock.phaseChanged();
    this.#parser.stop();
    this.socket.end(text, "latin1");
    this.socket.resume();
  }

  /** A client can end its side and wait for its responses, or it has closed the connection: only a write can tell. */
  readonly #onEnd = (): void => {
    if (this.#isEnded) return this.socket.destroySoon();
    this.#isHalfClosed = true;
    this.#endIfServed();
    if (this.#isEnded) return;
    const hasWaited = this.clock.silentMs > SAME_FLIGHT_MS;
    this.#stopProbes = probeClient(() => {
      if (!this.#isResponseDone) this.#response?.probe(hasWaited);
    });
  };

  /** Ends the connection of a half-closed client once everything that it has sent is served. An incomplete request is aborted. */
  #endIfServed(): void {
    if (this.#isEnded || (this.#pipelined !== null && !this.#wantsSwitch)) return;
    if (this.#request === null) this.#endWith("");
    else if (!this.#request.complete || this.#wantsSwitch) this.#abandon("");
  }

  /** Aborts the request in flight, and ends the connection. @param text sent in place of a response that has not begun */
  #abandon(text: string): void {
    const exchange = this.#exchange;
    exchange?.abort();
    if (this.#isResponseDone || exchange === null) return this.#endWith("");
    if (!exchange.response.headersSent) return this.#endWith(text);
    this.#isEnded = true;
    return exchange.response.cut();
  }

  readonly #onClose = (): void => {
    this.#idle.set(false);
    this.#isEnded = true;
    this.#pipelined = null;
    this.#stopProbes?.();
    this.#exchange?.abort();
    this.#context.forget(this);
  };
}

function ignoreError(): void {
  // A close event follows each error and is handled instead.
}
