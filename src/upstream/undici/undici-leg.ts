import { STATUS_CODES } from "../../http/node-http.ts";
import type { Duplex, Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { SAFE_METHODS } from "../../http/request-semantics.ts";
import { countStreamedBytes } from "../../lib/garbage-collection.ts";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { ConnectionStats, ConnectionReceiver } from "./measured-connection.ts";
import type { Leg, ResponseHandler, LegTimeouts, LegRequest } from "../leg.ts";
import { CONNECTING, LegClock, OVER, RECEIVING, SENDING, WAITING } from "../leg-clock.ts";
import { toTransportFailure } from "../transport-failure.ts";

/** A switch to another protocol that nobody asked for. */
const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** One request on its way through undici: undici's handler and our leg in a single object. */
export class UndiciLeg implements Leg, Dispatcher.DispatchHandler, ConnectionReceiver {
  connection: ConnectionStats | null = null;
  readonly #handler: ResponseHandler;
  readonly #clock: LegClock;
  readonly #body: Readable | null;
  /** Sends the request. */
  readonly #dispatch: (leg: UndiciLeg) => void;
  readonly #maySendAgain: boolean;
  /** Legs whose limits are watched. */
  readonly #watched: Set<UndiciLeg>;
  #controller: Dispatcher.DispatchController | null = null;
  /** The connection had carried another request. */
  #reused = false;
  /** What the connection had received before this request. */
  #receivedBefore = 0;

  constructor(
    request: LegRequest,
    limits: LegTimeouts,
    handler: ResponseHandler,
    watched: Set<UndiciLeg>,
    dispatch: (leg: UndiciLeg) => void,
  ) {
    this.#handler = handler;
    this.#clock = new LegClock(limits);
    this.#dispatch = dispatch;
    this.#maySendAgain = request.body === null && SAFE_METHODS.has(request.method);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
    this.#watched = watched;
    watched.add(this);
    dispatch(this);
  }

  pause(): void {
    this.#clock.paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#clock.paused = false;
    this.#clock.move();
    this.#controller?.resume();
  }

  setDeadline(ms: number): void {
    this.#clock.setDeadline(ms);
  }

  abort(): void {
    if (this.#clock.phase === OVER) return;
    this.#close();
    this.#cut();
  }

  /** Fails the leg if one of its limits has passed; called by the client's sweep. */
  checkLimits(now: number): void {
    const failure = this.#clock.overdue(now, this.#body?.isPaused() === true);
    if (failure === null) return;
    this.#close();
    this.#cut();
    this.#handler.fail(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const connectMs = this.connection?.takeConnectMs() ?? null;
    this.#controller = controller;
    this.#reused = connectMs === null;
    this.#receivedBefore = this.connection?.bytesReceived ?? 0;
    // Given up while the connection was being opened: undici had nothing to abort until now.
    if (this.#clock.phase === OVER) return this.#cut();
    this.#clock.enter(SENDING);
    return this.#handler.start(connectMs);
  }

  onRequestSent(): void {
    if (this.#clock.phase === SENDING) this.#clock.enter(WAITING);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    reason: string | undefined,
  ): void {
    if (this.#clock.phase === OVER) return;
    if (status === SWITCHING_PROTOCOLS) {
      return this.#fail({ kind: "protocol", detail: "switched protocols without being asked" });
    }
    // RFC 9110 §15.2: interim answers may be dropped; the final one follows.
    if (status < FIRST_FINAL_STATUS) return;
    const fields = fieldsOf(controller.rawHeaders);
    if (hasUnknownTransferCoding(fields)) {
      return this.#fail({ kind: "protocol", detail: "the transfer coding of the response is not understood" });
    }
    this.#clock.enter(RECEIVING);
    this.#handler.head(status, asWritten(reason ?? ""), fields);
  }

  /** 101 to a request that asked for it: undici has let go of the socket. */
  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    _headers: unknown,
    socket: Duplex,
  ): void {
    if (this.#clock.phase === OVER || this.#handler.switched === undefined) return void socket.destroy();
    this.#close();
    this.#handler.switched(STATUS_CODES[SWITCHING_PROTOCOLS] ?? "", fieldsOf(controller.rawHeaders), socket);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#clock.phase === OVER) return;
    this.#clock.move();
    countStreamedBytes(chunk.length);
    this.#handler.data(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#clock.phase === OVER) return;
    const cause = this.connection?.socketError ?? null;
    if (cause !== null) return this.#fail(toTransportFailure(cause, true));
    this.#close();
    this.#handler.end(fieldsOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#clock.phase === OVER) return;
    const failure = toTransportFailure(error, this.#clock.phase === RECEIVING);
    if (failure.kind === "reset" && this.#wasStale()) return this.#sendAgain();
    this.#close();
    this.#handler.fail(failure);
  }

  onBodySent(): void {
    this.#clock.move();
  }

  /**
   * Whether the upstream closed an idle connection at the moment when this request was written to it, and not a byte of an
   * answer came. RFC 9112 §9.3.1: a client may then repeat a request that changes nothing. An upstream that ends every
   * connection like that does so with a new one too, and that is told.
   */
  #wasStale(): boolean {
    return this.#maySendAgain && this.#reused && this.connection?.bytesReceived === this.#receivedBefore;
  }

  #sendAgain(): void {
    this.#controller = null;
    // What happens before the next start happens on no such connection.
    this.#reused = false;
    this.#clock.enter(CONNECTING);
    // Not within undici's handling of the closed connection; others may be closed just now, too.
    setImmediate(() => {
      if (this.#clock.phase === CONNECTING) this.#dispatch(this);
    });
  }

  #fail(failure: TransportFailure): void {
    this.#close();
    this.#cut();
    this.#handler.fail(failure);
  }

  #close(): void {
    this.#clock.enter(OVER);
    this.#watched.delete(this);
    this.#body?.destroy();
  }

  #cut(): void {
    this.#controller?.abort(new Error("leg ended"));
  }
}

/** RFC 9112 §6.1: of the transfer codings only chunked is undone here; what another one did would be lost on the way. */
function hasUnknownTransferCoding(fields: RawHeaders): boolean {
  return fields.some(
    (name, index) =>
      index % 2 === 0 &&
      name.toLowerCase() === "transfer-encoding" &&
      fields[index + 1]?.trim().toLowerCase() !== "chunked",
  );
}

/** undici decodes the reason phrase as UTF-8; what goes to a client are its bytes, one per character. */
function asWritten(reason: string): string {
  return Buffer.from(reason).toString("latin1");
}

/** Names and values as they were on the wire, one character per byte. */
function fieldsOf(raw: Dispatcher.DispatchController["rawHeaders"]): RawHeaders {
  if (!Array.isArray(raw)) return [];
  return raw.map((field: Buffer | string) => (typeof field === "string" ? field : field.toString("latin1")));
}
