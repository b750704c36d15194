import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { setImmediate as immediate, setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";

export type Field = readonly [name: string, value: string];

/** A response as it was on the wire, without its framing. */
export interface RawResponse {
  /** Status codes and fields of the 1xx responses before it, in order. */
  readonly interim: readonly { readonly status: number; readonly fields: readonly Field[] }[];
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
  readonly body: Buffer;
  readonly trailers: readonly Field[];
  /** The body ended as its framing says. */
  readonly isComplete: boolean;
}

interface Head {
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly Field[];
}

const PATIENCE_MS = 20_000;
const CONTINUE_MS = 1_000;
const PIECE = 64 * 1_024;

/** A client of HTTP/1.1 that sends the given bytes and understands every legal response. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isEnded = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no bytes for ${PATIENCE_MS} ms`)));
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("error", (error) => (this.#error = error));
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.#isEnded = true;
        this.#wake();
      });
    }
  }

  /** @param url `http://host:port`, or `https://` with any certificate */
  static async connect(url: string): Promise<RawClient> {
    const { protocol, hostname: host, port } = new URL(url);
    const options = { host, port: Number(port), allowHalfOpen: true };
    if (protocol === "https:") {
      const socket = connectTls({ ...options, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
      await once(socket, "secureConnect");
      return new RawClient(socket);
    }
    const socket = connectTcp(options);
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /**
   * Sends in pieces and stops when a response arrives, as a client does that watches the connection (RFC 9112 §9.5).
   * @param isPatient waits after each piece: a write to a connection that was reset discards a response that was not read yet
   */
  async send(bytes: Buffer, isPatient: boolean): Promise<void> {
    for (let at = 0; at < bytes.length && this.#received.length === 0 && !this.#isEnded; at += PIECE) {
      if (!this.#socket.write(bytes.subarray(at, at + PIECE))) await this.#drained();
      if (isPatient) await delay(1);
      else await immediate();
    }
  }

  /**
   * Waits for the response to `Expect: 100-continue`, but not indefinitely (RFC 9110 §10.1.1).
   * @returns false if it is a final response; 100 is consumed
   */
  async continues(): Promise<boolean> {
    const start = "HTTP/1.1 100";
    const patience = delay(CONTINUE_MS);
    const until = performance.now() + CONTINUE_MS;
    while (this.#received.length < start.length && !this.#isEnded) {
      if (performance.now() >= until) return true;
      await Promise.race([this.#moreBytes(), patience]);
    }
    if (!this.#received.toString("latin1").startsWith(start)) return false;
    await this.#head();
    return true;
  }

  /** Reads the response to a request with this method. @throws if the connection ends before the end of its head */
  async read(method: string): Promise<RawResponse> {
    const interim: { status: number; fields: readonly Field[] }[] = [];
    for (;;) {
      const head = await this.#head();
      const isInterim = head.status >= 100 && head.status < 200 && head.status !== 101;
      if (!isInterim) return { interim, ...head, ...(await this.#bodyOf(head, method)) };
      interim.push({ status: head.status, fields: head.fields });
    }
  }

  get hasEnded(): boolean {
    return this.#isEnded && this.#received.length === 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #drained(): Promise<void> {
    const abort = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([once(this.#socket, "drain", abort), woken]).catch(() => undefined);
    abort.abort();
  }

  async #moreBytes(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0)
        return this.#take(end + 1)
          .toString("latin1")
          .replace(/\r?\n$/, "");
      if (this.#isEnded) {
        const [message, cause] = [`the connection ended after ${this.#received.length} bytes`, this.#error];
        throw new Error(cause === undefined ? message : `${message}: ${cause.message}`);
      }
      await this.#moreBytes();
    }
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #fields(): Promise<Field[]> {
    const fields: Field[] = [];
    for (let line = await this.#line(); line !== ""; line = await this.#line()) {
      const colon = line.indexOf(":");
      fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
    }
    return fields;
  }

  async #head(): Promise<Head> {
    const line = await this.#line();
    const [, status, reason] = /^HTTP\/\d\.\d (\d{3}) ?(.*)$/.exec(line) ?? [];
    if (status === undefined) throw new Error(`not a status line: ${JSON.stringify(line.slice(0, 200))}`);
    return { status: Number(status), reason: reason ?? "", fields: await this.#fields() };
  }

  /** RFC 9112 §6.3. */
  async #bodyOf(
    { status, fields }: Head,
    method: string,
  ): Promise<Pick<RawResponse, "body" | "trailers" | "isComplete">> {
    if (method === "HEAD" || status === 204 || status === 304) {
      return { body: Buffer.alloc(0), trailers: [], isComplete: true };
    }
    const value = (wanted: string): string | undefined =>
      fields.find(([name]) => name.toLowerCase() === wanted)?.[1].toLowerCase();
    if (value("transfer-encoding")?.endsWith("chunked") === true) return this.#chunks();
    const length = value("content-length");
    const wanted = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    while (this.#received.length < wanted && !this.#isEnded) await this.#moreBytes();
    const body = this.#take(Math.min(wanted, this.#received.length));
    const isComplete = length === undefined ? this.#error === undefined : body.length === wanted;
    return { body, trailers: [], isComplete };
  }

  async #chunks(): Promise<Pick<RawResponse, "body" | "trailers" | "isComplete">> {
    const chunks: Buffer[] = [];
    try {
      for (;;) {
        const size = Number.parseInt(await this.#line(), 16);
        if (size === 0) return { body: Buffer.concat(chunks), trailers: await this.#fields(), isComplete: true };
        while (this.#received.length < size && !this.#isEnded) await this.#moreBytes();
        chunks.push(this.#take(size));
        await this.#line();
      }
    } catch {
      return { body: Buffer.concat(chunks), trailers: [], isComplete: false };
    }
  }
}
