import type { DropReason } from "../../model/accounting.ts";
import type { ProtocolQuirk, RawHeaders, TransportFailure } from "../../model/capture.ts";
import type { MirroredExchange } from "../../model/mirror-stage.ts";

interface KeptRequestObserver {
  data(chunk: Buffer): void;
  forget(): void;
}

/** A mirrored exchange whose request is kept: its body is copied as it passes. */
export class KeptExchange implements MirroredExchange {
  readonly #exchange: MirroredExchange;
  readonly #kept: KeptRequestObserver;

  constructor(exchange: MirroredExchange, kept: KeptRequestObserver) {
    this.#exchange = exchange;
    this.#kept = kept;
  }

  sendCopies(isPrimarySent: boolean): void {
    this.#exchange.sendCopies(isPrimarySent);
  }

  requestWhole(body: Buffer): void {
    this.#kept.data(body);
    this.#exchange.requestWhole(body);
  }

  requestData(chunk: Buffer): void {
    this.#kept.data(chunk);
    this.#exchange.requestData(chunk);
  }

  requestEnd(): void {
    this.#exchange.requestEnd();
  }

  start(...connection: Parameters<MirroredExchange["start"]>): void {
    this.#exchange.start(...connection);
  }

  quirk(quirk: ProtocolQuirk): void {
    this.#exchange.quirk(quirk);
  }

  interim(status: number, headers: RawHeaders): void {
    this.#exchange.interim(status, headers);
  }

  head(status: number, headers: RawHeaders): void {
    this.#exchange.head(status, headers);
  }

  data(chunk: Buffer): void {
    this.#exchange.data(chunk);
  }

  end(trailers: RawHeaders): void {
    this.#exchange.end(trailers);
  }

  fail(failure: TransportFailure): void {
    this.#kept.forget();
    this.#exchange.fail(failure);
  }

  clientAborted(): void {
    this.#exchange.clientAborted();
  }

  drop(reason: DropReason): void {
    this.#kept.forget();
    this.#exchange.drop(reason);
  }
}
