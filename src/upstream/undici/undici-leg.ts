import type { Duplex, Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { STATUS_CODES } from "../../http/node-http.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { ConnectionStats, ConnectionReceiver } from "./measured-connection.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { LegClock } from "../leg-clock.ts";
import { isRetryableOnStaleConnection } from "../stale-connection-retry.ts";
import { toTransportFailure } from "../transport-failure.ts";

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** A leg through undici: undici's handler and our leg in one object. */
export class UndiciLeg implements Leg, Dispatcher.DispatchHandler, ConnectionReceiver {
  connection: ConnectionStats | null = null;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  readonly #dispatch: (leg: UndiciLeg) => void;
  readonly #isRetryable: boolean;
  /** Legs whose timeouts the client checks. */
  readonly #watched: Set<UndiciLeg>;
  #controller: Dispatcher.DispatchController | null = null;
  /** The connection has carried another request before. */
  #isReused = false;
  /** Bytes that the connection had received before this request. */
  #receivedBefore = 0;

  constructor(
    request: LegRequest,
    timeouts: LegTimeouts,
    handler: ResponseHandler,
    watched: Set<UndiciLeg>,
    dispatch: (leg: UndiciLeg) => void,
  ) {
    this.#handler = handler;
    this.#clock = new LegClock(timeouts);
    this.#dispatch = dispatch;
    this.#isRetryable = isRetryableOnStaleConnection(request);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
    this.#watched = watched;
    watched.add(this);
    dispatch(this);
  }

  pause(): void {
    this.#clock.isPaused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#clock.isPaused = false;
    this.#clock.recordProgress();
    this.#controller?.resume();
  }

  setDeadline(ms: number): void {
    this.#clock.setDeadline(ms);
  }

  abort(): void {
    if (this.#clock.phase === "over") return;
    this.#close();
    this.#cut();
  }

  /** Fails the leg if one of its timeouts has passed; called by the client's sweep. */
  checkTimeouts(now: number): void {
    const failure = this.#clock.checkTimeouts(now, this.#body?.isPaused() === true);
    if (failure === null) return;
    this.#close();
    this.#cut();
    this.#handler.fail(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const connectMs = this.connection?.takeConnectMs() ?? null;
    this.#controller = controller;
    this.#isReused = connectMs === null;
    this.#receivedBefore = this.connection?.bytesReceived ?? 0;
    // The leg was aborted while the connection was opening, when undici had nothing to abort yet.
    if (this.#clock.phase === "over") return this.#cut();
    this.#clock.enter("sending");
    return this.#handler.start(connectMs);
  }

  onRequestSent(): void {
    if (this.#clock.phase === "sending") this.#clock.enter("waiting");
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    reason: string | undefined,
  ): void {
    if (this.#clock.phase === "over") return;
    if (status === SWITCHING_PROTOCOLS) {
      return this.#fail({
        kind: "protocol",
        detail: "the upstream switched protocols without being asked to",
      });
    }
    // RFC 9110 §15.2: a proxy may drop interim responses; the final one follows.
    if (status < FIRST_FINAL_STATUS) return;
    const fields = fieldsOf(controller.rawHeaders);
    if (hasUnknownTransferCoding(fields)) {
      return this.#fail({ kind: "protocol", detail: "the response has a transfer coding other than chunked" });
    }
    this.#clock.enter("receiving");
    this.#handler.head(status, toLatin1(reason ?? ""), fields);
  }

  /** The upstream sent a 101 that the request asked for, and undici has released the socket. */
  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    if (this.#clock.phase === "over" || this.#handler.switched === undefined) return void socket.destroy();
    this.#close();
    this.#handler.switched(STATUS_CODES[SWITCHING_PROTOCOLS] ?? "", fieldsOf(controller.rawHeaders), socket);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#clock.phase === "over") return;
    this.#clock.recordProgress();
    countStreamedBytes(chunk.length);
    this.#handler.data(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#clock.phase === "over") return;
    const cause = this.connection?.socketError ?? null;
    if (cause !== null) return this.#fail(toTransportFailure(cause, true));
    this.#close();
    this.#handler.end(fieldsOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#clock.phase === "over") return;
    const failure = toTransportFailure(error, this.#clock.phase === "receiving");
    if (failure.kind === "reset" && this.#wasStale()) return this.#retry();
    this.#close();
    this.#handler.fail(failure);
  }

  onBodySent(): void {
    this.#clock.recordProgress();
  }

  /** Whether the upstream closed an idle connection before it sent any byte of a response. */
  #wasStale(): boolean {
    return this.#isRetryable && this.#isReused && this.connection?.bytesReceived === this.#receivedBefore;
  }

  #retry(): void {
    this.#controller = null;
    // A failure before the next start concerns a new connection.
    this.#isReused = false;
    this.#clock.enter("connecting");
    // Deferred: undici is still handling the closed connection, and others can be closing at the same time.
    setImmediate(() => {
      if (this.#clock.phase === "connecting") this.#dispatch(this);
    });
  }

  #fail(failure: TransportFailure): void {
    this.#close();
    this.#cut();
    this.#handler.fail(failure);
  }

  #close(): void {
    this.#clock.enter("over");
    this.#watched.delete(this);
    this.#body?.destroy();
  }

  #cut(): void {
    this.#controller?.abort(new Error("leg ended"));
  }
}

/** RFC 9112 §6.1: only chunked is decoded here; the effect of another coding would be lost on the way. */
function hasUnknownTransferCoding(fields: RawHeaders): boolean {
  return fields.some(
    (name, index) =>
      index % 2 === 0 &&
      name.toLowerCase() === "transfer-encoding" &&
      fields[index + 1]?.trim().toLowerCase() !== "chunked",
  );
}

/** Returns one character per byte, as it is written to the client; undici decodes the reason phrase as UTF-8. */
function toLatin1(reason: string): string {
  return Buffer.from(reason).toString("latin1");
}

/** Returns names and values in turn as they were on the wire, one character per byte. */
function fieldsOf(raw: Dispatcher.DispatchController["rawHeaders"]): RawHeaders {
  if (!Array.isArray(raw)) return [];
  return raw.map((field: Buffer | string) => (typeof field === "string" ? field : field.toString("latin1")));
}
