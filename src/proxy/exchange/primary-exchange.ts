import { STATUS_CODES } from "../../http/node-http.ts";
import type { Duplex } from "node:stream";
import type { RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { HeaderChange } from "../../http/header-changes.ts";
import type { Leg, ResponseHandler } from "../../upstream/leg.ts";
import type { ClientRequest, ClientResponse, OpenExchange } from "./client-exchange.ts";
import { gatewayError } from "./gateway-error.ts";
import { forwardedResponseFields } from "../../http/forwarded-headers.ts";

/** Whoever wants to know what the primary answers. None of these may throw or wait. */
export interface PrimaryObserver {
  start(connectMs: number | null): void;
  head(status: number, headers: RawHeaders): void;
  data(chunk: Buffer): void;
  end(trailers: RawHeaders): void;
  fail(failure: TransportFailure): void;
  clientAborted(): void;
  /** There is no memory for what the client sends. */
  outOfBudget(): void;
}

/** How an exchange with the primary ended. */
export interface ExchangeEnd {
  /** Of the answer that the client got; 0 when it got none. */
  readonly clientStatus: number;
  /** Of the primary's answer; 0 when it gave none. */
  readonly primaryStatus: number;
  readonly seconds: number;
}

export interface PrimaryExchangeOptions {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly observer: PrimaryObserver | null;
  /** What is done, in turn, to the fields that the client gets; the observer gets them as the primary sent them. */
  readonly changes: readonly (HeaderChange | null | undefined)[];
  readonly ended: (exchange: PrimaryExchange, end: ExchangeEnd) => void;
}

const SWITCHING_PROTOCOLS = 101;
const MS_PER_SECOND = 1000;

/** One client request at the primary: writes the primary's answer to the client while it arrives. */
export class PrimaryExchange implements ResponseHandler, OpenExchange {
  readonly response: ClientResponse;
  readonly #request: ClientRequest;
  readonly #observer: PrimaryObserver | null;
  readonly #changes: readonly (HeaderChange | null | undefined)[];
  readonly #ended: (exchange: PrimaryExchange, end: ExchangeEnd) => void;
  readonly #began = performance.now();
  #leg: Leg | null = null;
  #over = false;
  #aborted = false;
  #primaryStatus = 0;
  /** Something besides the head was written. */
  #wroteBody = false;

  constructor({ request, response, observer, changes, ended }: PrimaryExchangeOptions) {
    this.#request = request;
    this.response = response;
    this.#observer = observer;
    this.#changes = changes;
    this.#ended = ended;
  }

  get requestComplete(): boolean {
    return this.#request.complete;
  }

  /** The leg is known only after it was sent; a failure may come before. */
  carriedBy(leg: Leg): void {
    this.#leg = leg;
  }

  /** The client is gone. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#observer?.clientAborted();
    if (this.#over) return;
    this.#leg?.abort();
    this.#finish(this.#primaryStatus);
  }

  outOfRoom(): void {
    this.#observer?.outOfBudget();
    this.abort();
  }

  start(connectMs: number | null): void {
    this.#observer?.start(connectMs);
  }

  head(status: number, reason: string, headers: RawHeaders): void {
    this.#primaryStatus = status;
    this.#observer?.head(status, headers);
    if (!this.response.writeHead(status, reason, this.#clientFields(headers))) {
      this.#leg?.abort();
      return this.fail({ kind: "protocol", detail: "the response head cannot be passed on" });
    }
    // The body mostly follows at once and shares a packet with the head; a head alone must not wait for it.
    process.nextTick(flushIfAlone, this);
  }

  /** The client comes first, here and at the end; who observes may take its time. */
  data(chunk: Buffer): void {
    this.#wroteBody = true;
    const takesMore = this.response.write(chunk);
    this.#observer?.data(chunk);
    if (takesMore) return;
    this.#leg?.pause();
    this.response.onceDrained(() => this.#leg?.resume());
  }

  end(trailers: RawHeaders): void {
    this.#wroteBody = true;
    this.response.end(trailers);
    this.#observer?.end(trailers);
    this.#finish(this.#primaryStatus);
  }

  /** Upgrades are not mirrored, so nobody else is to be told. */
  switched(reason: string, headers: RawHeaders, socket: Duplex): void {
    this.#primaryStatus = SWITCHING_PROTOCOLS;
    if (this.response.switchTo(reason, headers, socket)) return this.#finish(SWITCHING_PROTOCOLS);
    return this.fail({ kind: "protocol", detail: "the switch of protocols cannot be passed on" });
  }

  fail(failure: TransportFailure): void {
    this.#observer?.fail(failure);
    if (this.response.headersSent) {
      // First, or the end of the client's connection would look like an abort by the client.
      this.#finish(this.#primaryStatus);
      return this.response.cut();
    }
    const { status, fields, body } = gatewayError(failure);
    this.response.writeHead(status, STATUS_CODES[status] ?? "", fields);
    this.response.write(Buffer.from(body));
    this.response.end([]);
    this.#finish(status);
  }

  /** Lets the client have a head whose body is not there yet. */
  flushHead(): void {
    if (!this.#wroteBody && !this.#over) this.response.flushHead();
  }

  #clientFields(headers: RawHeaders): RawHeaders {
    let fields: RawHeaders = forwardedResponseFields(headers);
    for (const change of this.#changes) fields = change?.(fields) ?? fields;
    return fields;
  }

  #finish(clientStatus: number): void {
    this.#over = true;
    const seconds = (performance.now() - this.#began) / MS_PER_SECOND;
    this.#ended(this, { clientStatus, primaryStatus: this.#primaryStatus, seconds });
  }
}

function flushIfAlone(exchange: PrimaryExchange): void {
  exchange.flushHead();
}
