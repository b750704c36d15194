import type { Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { writeRequestHead, type WrittenRequestHead } from "../../http/http1/request-writer.ts";
import { relieveDescriptors } from "../../lib/runtime/descriptors.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { Leg, LegRequest, LegTimeouts, ResponseHandler } from "../leg.ts";
import { LegClock } from "../leg-clock.ts";
import { remoteAddress } from "../remote-address.ts";
import { isRetryableOnStaleConnection } from "../stale-connection-retry.ts";
import type { UpstreamHealth } from "../upstream-health.ts";
import type { RequestUpload, UploadOwner } from "./request-upload.ts";

/** The connection that carries a leg. */
export interface LegCarrier {
  pause(): void;
  resume(): void;
  /** Closes the connection without calling the leg. */
  drop(): void;
}

/** A leg over HTTP/1.1. The caller controls it, and its connection reports to it. */
export class Http1Leg implements Leg, UploadOwner {
  readonly request: LegRequest;
  readonly head: WrittenRequestHead;
  /** The request asks for another protocol, and the handler can switch to it. */
  readonly canSwitch: boolean;
  /** The request can be sent once more when the upstream closes an idle connection. */
  readonly isRepeatable: boolean;
  readonly #handler: ResponseHandler;
  readonly #health: UpstreamHealth | null;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  #carrier: LegCarrier | null = null;
  #upload: RequestUpload | null = null;
  #isUploadOver = false;
  #wasRetried = false;

  constructor(
    request: LegRequest,
    timeouts: LegTimeouts,
    handler: ResponseHandler,
    health: UpstreamHealth | null = null,
  ) {
    this.request = request;
    this.head = writeRequestHead(request);
    this.canSwitch = request.upgrade != null && handler.switched !== undefined;
    this.isRepeatable = isRetryableOnStaleConnection(request);
    this.#handler = handler;
    this.#health = health;
    this.#clock = new LegClock(timeouts);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
  }

  get isPaused(): boolean {
    return this.#clock.isPaused;
  }

  /** The complete request was written. */
  get isSent(): boolean {
    return this.#body === null || this.#upload?.isDone === true;
  }

  /** The head of the final response has arrived. */
  get hasHead(): boolean {
    return this.#clock.phase === "receiving";
  }

  pause(): void {
    this.#clock.isPaused = true;
    this.#carrier?.pause();
  }

  resume(): void {
    this.#clock.isPaused = false;
    this.#clock.recordProgress();
    this.#carrier?.resume();
  }

  setDeadline(ms: number): void {
    this.#clock.setDeadline(ms);
  }

  abort(): void {
    if (this.#clock.phase !== "over") this.#close();
  }

  /** Fails the leg if one of its timeouts has passed; called by the client's sweep. */
  checkTimeouts(now: number): void {
    const failure = this.#clock.checkTimeouts(now, this.#upload?.isBlocked === true);
    if (failure !== null) this.fail(failure);
  }

  fail(failure: TransportFailure): void {
    if (this.#clock.phase === "over") return;
    this.#close();
    this.#handler.fail(this.#health?.requestFailed(failure) ?? failure);
  }

  /** Assigns the connection, which can still be opening. */
  setCarrier(carrier: LegCarrier): void {
    this.#carrier = carrier;
  }

  /**
   * The connection is open.
   * @returns false when the handler has aborted the leg in response
   */
  start(connectMs: number | null, socket: Socket): boolean {
    this.#clock.enter("sending");
    this.#handler.start(connectMs, remoteAddress(socket));
    return this.#clock.phase === "sending";
  }

  setUpload(upload: RequestUpload): void {
    this.#upload = upload;
  }

  bodyProgressed(): void {
    this.#clock.recordProgress();
  }

  bodySent(): void {
    if (this.#clock.phase === "sending") this.#clock.enter("waiting");
  }

  /** The upstream takes no more of the request. Its response can still come. */
  uploadFailed(): void {
    this.#upload?.stop();
    this.#body?.pause();
    this.#isUploadOver = true;
  }

  bodyFailed(detail: string): void {
    this.fail({ kind: "internal", detail });
  }

  responseQuirk(quirk: ProtocolQuirk): void {
    this.#handler.quirk(quirk);
  }

  responseInterim(status: number, fields: RawHeaders): void {
    this.#clock.recordProgress();
    this.#handler.interim(status, fields);
  }

  responseHead(status: number, reason: string, fields: RawHeaders): void {
    this.#clock.enter("receiving");
    this.#health?.responded();
    // The rest of the client's request is discarded, so that the client gets to read the response.
    if (this.#isUploadOver) this.#body?.destroy();
    this.#handler.head(status, reason, fields);
  }

  responseBody(piece: Buffer): void {
    this.#clock.recordProgress();
    this.#handler.data(piece);
  }

  /** The connection no longer belongs to the leg. */
  responseEnd(trailers: RawHeaders): void {
    this.#carrier = null;
    this.#close();
    this.#handler.end(trailers);
  }

  /** The upstream sent 101: the socket belongs to the handler now. */
  switched(reason: string, fields: RawHeaders, socket: Duplex): void {
    this.#carrier = null;
    this.#close();
    this.#handler.switched?.(reason, fields, socket);
  }

  /**
   * Prepares the one retry if no descriptor was free for a connection, so that nothing was sent.
   * @returns whether the request can be retried
   */
  retryOpening({ kind }: TransportFailure): boolean {
    if (kind !== "descriptors" || this.#wasRetried) return false;
    this.#wasRetried = true;
    this.#carrier = null;
    relieveDescriptors();
    // A copy may have given way itself.
    return this.#clock.phase !== "over";
  }

  /**
   * Prepares the one retry on a stale connection.
   * @param isUnwritten no byte of the request has left
   * @returns whether the request can be retried
   */
  retryOnStaleConnection(isUnwritten: boolean): boolean {
    // A body that has ended is not read twice.
    const canRepeat = isUnwritten ? this.#body?.readableEnded !== true : this.isRepeatable;
    if (this.#wasRetried || !canRepeat) return false;
    this.#wasRetried = true;
    this.#upload?.rewind();
    this.#upload = null;
    this.#carrier = null;
    this.#clock.enter("connecting");
    return true;
  }

  #close(): void {
    this.#clock.enter("over");
    this.#upload?.stop();
    this.#carrier?.drop();
    this.#carrier = null;
    this.#body?.destroy();
  }
}
