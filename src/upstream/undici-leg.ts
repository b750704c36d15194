import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { RawHeaders, TransportFailure } from "../model/capture.ts";
import type { Connection, ConnectionUser } from "./connection.ts";
import type { Leg, LegHandler, LegLimits, LegRequest } from "./leg.ts";
import { toTransportFailure } from "./transport-failure.ts";

/** A switch to another protocol that nobody asked for. */
const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;
/** RFC 9110 §9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/**
 * Connecting, sending the request, waiting for the head, receiving the body, over. Numbers, because order matters.
 */
const CONNECTING = 0;
const SENDING = 1;
const WAITING = 2;
const RECEIVING = 3;
const OVER = 4;

/** One request on its way through undici: undici's handler and our leg in a single object. */
export class UndiciLeg implements Leg, Dispatcher.DispatchHandler, ConnectionUser {
  connection: Connection | null = null;
  readonly #handler: LegHandler;
  readonly #limits: LegLimits;
  readonly #body: Readable | null;
  /** Sends the request. */
  readonly #dispatch: (leg: UndiciLeg) => void;
  readonly #maySendAgain: boolean;
  /** Legs whose limits are watched. */
  readonly #watched: Set<UndiciLeg>;
  readonly #began = performance.now();
  /** When the leg must have ended, and how long it was given, if somebody has said so. */
  #deadline: { readonly at: number; readonly ms: number } | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  /** The connection had carried another request. */
  #reused = false;
  /** What the connection had received before this request. */
  #receivedBefore = 0;
  #phase = CONNECTING;
  /** When the present wait began, for the limits on head and idle time. */
  #since = this.#began;
  #moved = false;
  #paused = false;

  constructor(
    request: LegRequest,
    limits: LegLimits,
    handler: LegHandler,
    watched: Set<UndiciLeg>,
    dispatch: (leg: UndiciLeg) => void,
  ) {
    this.#handler = handler;
    this.#limits = limits;
    this.#dispatch = dispatch;
    this.#maySendAgain = request.body === null && SAFE_METHODS.has(request.method);
    this.#body = request.body === null || Buffer.isBuffer(request.body) ? null : request.body;
    this.#watched = watched;
    watched.add(this);
    dispatch(this);
  }

  pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#moved = true;
    this.#controller?.resume();
  }

  endWithin(ms: number): void {
    this.#deadline = { at: performance.now() + ms, ms };
  }

  abort(): void {
    if (this.#phase === OVER) return;
    this.#close();
    this.#cut();
  }

  /** Fails the leg if one of its limits has passed; called by the client's sweep. */
  checkLimits(now: number): void {
    const failure = this.#overdue(now);
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
    if (this.#phase === OVER) return this.#cut();
    this.#enter(SENDING);
    return this.#handler.start(connectMs);
  }

  onRequestSent(): void {
    if (this.#phase === SENDING) this.#enter(WAITING);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    reason: string | undefined,
  ): void {
    if (this.#phase === OVER) return;
    if (status === SWITCHING_PROTOCOLS) {
      return this.#fail({ kind: "protocol", detail: "switched protocols without being asked" });
    }
    // RFC 9110 §15.2: interim answers may be dropped; the final one follows.
    if (status < FIRST_FINAL_STATUS) return;
    const fields = fieldsOf(controller.rawHeaders);
    if (hasUnknownTransferCoding(fields)) {
      return this.#fail({ kind: "protocol", detail: "the transfer coding of the response is not understood" });
    }
    this.#enter(RECEIVING);
    this.#handler.head(status, asWritten(reason ?? ""), fields);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === OVER) return;
    this.#moved = true;
    this.#handler.data(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#phase === OVER) return;
    const cause = this.connection?.socketError ?? null;
    if (cause !== null) return this.#fail(toTransportFailure(cause, true));
    this.#close();
    this.#handler.end(fieldsOf(controller.rawTrailers));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase === OVER) return;
    const failure = toTransportFailure(error, this.#phase === RECEIVING);
    if (failure.kind === "reset" && this.#wasStale()) return this.#sendAgain();
    this.#close();
    this.#handler.fail(failure);
  }

  #overdue(now: number): TransportFailure | null {
    if (this.#moved) {
      this.#moved = false;
      this.#since = now;
    }
    const { headMs, idleMs, totalMs } = this.#limits;
    if (totalMs > 0 && now - this.#began > totalMs) return late(`not complete after ${totalMs} ms`);
    if (this.#deadline !== null && now > this.#deadline.at) {
      return late(`not complete ${this.#deadline.ms} ms after the primary`);
    }
    const waited = now - this.#since;
    switch (this.#phase) {
      case SENDING: // Slow only if the upstream does not take what is there; a client may take its time.
        return this.#body?.isPaused() === true && waited > idleMs ? late(`took no body for ${idleMs} ms`) : null;
      case WAITING:
        return waited > headMs ? late(`no response head for ${headMs} ms`) : null;
      case RECEIVING: // Slow only if it is not we who hold it back.
        return !this.#paused && waited > idleMs ? late(`no body for ${idleMs} ms`) : null;
      default:
        return null;
    }
  }

  onBodySent(): void {
    this.#moved = true;
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
    this.#enter(CONNECTING);
    // Not within undici's handling of the closed connection; others may be closed just now, too.
    setImmediate(() => {
      if (this.#phase === CONNECTING) this.#dispatch(this);
    });
  }

  #enter(phase: number): void {
    this.#phase = phase;
    this.#since = performance.now();
    this.#moved = false;
  }

  #fail(failure: TransportFailure): void {
    this.#close();
    this.#cut();
    this.#handler.fail(failure);
  }

  #close(): void {
    this.#phase = OVER;
    this.#watched.delete(this);
    this.#body?.destroy();
  }

  #cut(): void {
    this.#controller?.abort(new Error("leg ended"));
  }
}

function late(detail: string): TransportFailure {
  return { kind: "timeout", detail };
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
