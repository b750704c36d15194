import type { Duplex, Readable } from "node:stream";
import { SAFE_METHODS } from "../../http/request-semantics.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Http1Connection } from "./http1-connection.ts";
import { type RequestHead, requestHead } from "../../http/http1/request-writer.ts";
import type { RequestUpload, UploadOwner } from "./request-upload.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { CONNECTING, LegClock, OVER, RECEIVING, SENDING, WAITING } from "../leg-clock.ts";

/** One request on its way: what the caller holds, and what the connection tells. */
export class Http1Leg implements Leg, UploadOwner {
  readonly request: LegRequest;
  readonly head: RequestHead;
  /** The request asks for another protocol, and somebody could speak it. */
  readonly maySwitch: boolean;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  #connection: Http1Connection | null = null;
  #upload: RequestUpload | null = null;
  #wasSentAgain = false;

  constructor(request: LegRequest, limits: LegTimeouts, handler: ResponseHandler) {
    this.request = request;
    this.head = requestHead(request);
    this.maySwitch = request.upgrade != null && handler.switched !== undefined;
    this.#handler = handler;
    this.#clock = new LegClock(limits);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
  }

  get isPaused(): boolean {
    return this.#clock.paused;
  }

  /** The upstream has the whole request. */
  get isSent(): boolean {
    return this.#body === null || this.#upload?.isDone === true;
  }

  pause(): void {
    this.#clock.paused = true;
    this.#connection?.pause();
  }

  resume(): void {
    this.#clock.paused = false;
    this.#clock.move();
    this.#connection?.resume();
  }

  setDeadline(ms: number): void {
    this.#clock.setDeadline(ms);
  }

  abort(): void {
    if (this.#clock.phase !== OVER) this.#close();
  }

  /** Fails the leg if one of its limits has passed; called by the client's sweep. */
  checkLimits(now: number): void {
    const failure = this.#clock.overdue(now, this.#upload?.isHeldBack === true);
    if (failure !== null) this.fail(failure);
  }

  fail(failure: TransportFailure): void {
    if (this.#clock.phase === OVER) return;
    this.#close();
    this.#handler.fail(failure);
  }

  /** This connection is, or will be, the leg's own. */
  carriedBy(connection: Http1Connection): void {
    this.#connection = connection;
  }

  /**
   * The connection is open.
   * @returns false when the leg was given up at this news
   */
  start(connectMs: number | null): boolean {
    this.#clock.enter(SENDING);
    this.#handler.start(connectMs);
    return this.#clock.phase === SENDING;
  }

  /** The body is on its way. */
  uploads(upload: RequestUpload): void {
    this.#upload = upload;
  }

  bodyMoved(): void {
    this.#clock.move();
  }

  bodySent(): void {
    if (this.#clock.phase === SENDING) this.#clock.enter(WAITING);
  }

  bodyFailed(detail: string): void {
    this.fail({ kind: "internal", detail });
  }

  responseHead(status: number, reason: string, fields: RawHeaders): void {
    this.#clock.enter(RECEIVING);
    this.#handler.head(status, reason, fields);
  }

  responseBody(piece: Buffer): void {
    this.#clock.move();
    this.#handler.data(piece);
  }

  /** The connection is no longer the leg's. */
  responseEnd(trailers: RawHeaders): void {
    this.#connection = null;
    this.#close();
    this.#handler.end(trailers);
  }

  /** 101: the socket now belongs to the handler. */
  switched(reason: string, fields: RawHeaders, socket: Duplex): void {
    this.#connection = null;
    this.#close();
    this.#handler.switched?.(reason, fields, socket);
  }

  /**
   * Whether to send the request once more after a connection that was open already has ended without a byte of an answer:
   * the upstream closed it, idle, just as the request was written to it. RFC 9112 §9.3.1: a client may then repeat a
   * request that changes nothing. An upstream that ends every connection like that does so with a new one too, and that
   * is told.
   */
  goesAgain(): boolean {
    const { body, method } = this.request;
    if (this.#wasSentAgain || body !== null || !SAFE_METHODS.has(method)) return false;
    this.#wasSentAgain = true;
    this.#connection = null;
    this.#clock.enter(CONNECTING);
    return true;
  }

  #close(): void {
    this.#clock.enter(OVER);
    this.#upload?.stop();
    this.#connection?.drop();
    this.#connection = null;
    this.#body?.destroy();
  }
}
