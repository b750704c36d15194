import { CONTENT_LENGTH } from "./http1-grammar.ts";
const TIMEOUT_HINT = /(?:^|[\s,;])timeout=(\d{1,6})(?=$|[\s,;])/i;
const MS_PER_SECOND = 1000;

const UPGRADE_LENGTH = "upgrade".length;
const CONNECTION_LENGTH = "connection".length;
const CONTENT_LENGTH_LENGTH = "content-length".length;
const TRANSFER_ENCODING_LENGTH = "transfer-encoding".length;

/** What the fields of a response head say of its framing and of its connection. */
export class Framing {
  /** -1 when no field says it. */
  length = -1;
  chunked = false;
  close = false;
  keepAlive = false;
  upgrade = false;
  /** For how long, in milliseconds, the upstream says that it keeps an idle connection; -1 when it does not say. */
  keepsMs = -1;
  /** Why it is not clear where the response ends. */
  problem = "";

  begin(): void {
    this.length = -1;
    this.chunked = false;
    this.close = false;
    this.keepAlive = false;
    this.upgrade = false;
    this.keepsMs = -1;
    this.problem = "";
  }

  /** The lengths of names tell most fields apart without a look at them. */
  see(name: string, value: string): void {
    switch (name.length) {
      case UPGRADE_LENGTH:
        if (name.toLowerCase() === "upgrade") this.upgrade = true;
        break;
      case CONNECTION_LENGTH:
        this.#seeConnection(name.toLowerCase(), value);
        break;
      case CONTENT_LENGTH_LENGTH:
        if (name.toLowerCase() === "content-length") this.#seeLength(value);
        break;
      case TRANSFER_ENCODING_LENGTH:
        if (name.toLowerCase() === "transfer-encoding") this.#seeCoding(value);
        break;
    }
  }

  /** RFC 9112 §6.3: a message with both may be an attempt to smuggle another one. */
  judge(isOldVersion: boolean): void {
    if (this.chunked && this.length !== -1) this.problem = "the answer has both a length and a transfer coding";
    if (this.chunked && isOldVersion) this.problem = "HTTP/1.0 has no transfer codings";
  }

  #seeConnection(name: string, value: string): void {
    if (name === "keep-alive") {
      const [, seconds] = TIMEOUT_HINT.exec(value) ?? [];
      if (seconds !== undefined) this.keepsMs = Number(seconds) * MS_PER_SECOND;
    } else if (name === "connection") {
      for (const member of value.toLowerCase().split(",")) {
        const option = member.trim();
        if (option === "close") this.close = true;
        else if (option === "keep-alive") this.keepAlive = true;
      }
    }
  }

  #seeLength(value: string): void {
    if (this.length !== -1) this.problem = "the answer has more than one Content-Length";
    else if (CONTENT_LENGTH.test(value)) this.length = Number(value);
    else this.problem = "the Content-Length of the answer is no number";
  }

  /** RFC 9112 §6.1: of the codings only chunked is undone here; what another one did would be lost on the way. */
  #seeCoding(value: string): void {
    if (this.chunked || value.toLowerCase() !== "chunked") {
      this.problem = "the transfer coding of the response is not understood";
    }
    this.chunked = true;
  }
}
