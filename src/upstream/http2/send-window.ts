import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";

/** The window of a new connection, in bytes (RFC 9113 §6.9.2). */
const INITIAL_BYTES = 65_535;
/** Servers return bytes that they have read late, mostly when half of the window is used: less than this share is not their habit. */
const SMALL_SHARE = 0.25;
/** How long a small window may stay as it is. */
const STUCK_MS = 1_000;

/**
 * The flow-control window for the request bodies of one connection. All of them share it, so an upstream that does not return the
 * bytes of a body that it discards blocks every later body on the connection. Tomcat returns none of a body that it has received
 * but not read when it responds, nor of one that is reset just as it ends its response.
 */
export class SendWindow {
  readonly #session: ClientHttp2Session;
  #largest = INITIAL_BYTES;
  /** Open streams with a request body. */
  #uploads = 0;
  /** The window at the last check. */
  #bytes = INITIAL_BYTES;
  #unchangedSince = 0;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** Notes that a stream has a request body. */
  addUpload(stream: ClientHttp2Stream): void {
    this.#uploads += 1;
    stream.once("close", () => (this.#uploads -= 1));
  }

  /** Most of the window was not returned, although no body is under way. */
  get isLost(): boolean {
    return this.#uploads === 0 && this.#isSmall(this.#measure());
  }

  /**
   * Called at intervals.
   * @returns whether bodies are under way, but neither moves one nor does the upstream return what it has received
   */
  isStuck(now: number): boolean {
    const bytes = this.#uploads === 0 ? this.#largest : this.#measure();
    if (bytes !== this.#bytes || !this.#isSmall(bytes)) this.#unchangedSince = now;
    this.#bytes = bytes;
    return now - this.#unchangedSince > STUCK_MS;
  }

  #isSmall(bytes: number): boolean {
    return bytes < this.#largest * SMALL_SHARE;
  }

  #measure(): number {
    // There is no state before the connection is open, nor after its end.
    const bytes = this.#session.state.remoteWindowSize ?? this.#largest;
    this.#largest = Math.max(this.#largest, bytes);
    return bytes;
  }
}
