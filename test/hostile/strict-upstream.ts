import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An upstream with Node's strict parser, which is independent of shadowdiff's. */
export class StrictUpstream {
  /** Method and target of each request that was complete, in order. */
  readonly complete: string[] = [];
  /** Codes of the parser's errors, except for requests that were aborted. */
  readonly malformed: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.on("error", () => {});
      request.resume().once("end", () => {
        this.complete.push(`${request.method} ${request.url}`);
        response.end("ok\n");
      });
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (error.code !== "ECONNRESET" && error.code !== "HPE_INVALID_EOF_STATE")
        this.malformed.push(String(error.code));
      socket.destroy();
    });
  }

  static async start(): Promise<StrictUpstream> {
    const upstream = new StrictUpstream();
    upstream.#server.listen(0, "127.0.0.1");
    await once(upstream.#server, "listening");
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
