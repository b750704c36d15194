import type { Duplex } from "node:stream";
import type { RawHeaders } from "../../model/capture.ts";
import type { ClientResponse } from "./client-exchange.ts";

/** Discards a response that no client waits for, as fast as it arrives. */
export class DiscardedResponse implements ClientResponse {
  #headersSent = false;

  get headersSent(): boolean {
    return this.#headersSent;
  }

  writeInterim(): void {}

  writeHead(): boolean {
    this.#headersSent = true;
    return true;
  }

  flushHead(): void {}

  write(): boolean {
    return true;
  }

  onceDrained(callback: () => void): void {
    callback();
  }

  end(_trailers: RawHeaders): void {}

  switchTo(_reason: string, _fields: RawHeaders, upstream: Duplex): boolean {
    upstream.destroy();
    return true;
  }

  cut(): void {}
}
