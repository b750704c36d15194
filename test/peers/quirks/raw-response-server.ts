import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { QuirkCase } from "./response-quirks.ts";

/** An upstream that sends the bytes of a case: the target `/n` asks for case n. */
export class RawResponseServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(cases: readonly QuirkCase[]) {
    this.#server = createServer((socket) => this.#serve(socket, cases));
  }

  static async start(cases: readonly QuirkCase[]): Promise<RawResponseServer> {
    const server = new RawResponseServer(cases);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, cases: readonly QuirkCase[]): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      for (let end = received.indexOf("\r\n\r\n"); end !== -1; end = received.indexOf("\r\n\r\n")) {
        const [, index] = /^[A-Z]+ \S*\/(\d+) /.exec(received) ?? [];
        received = received.slice(end + 4);
        const response = cases[Number(index)];
        if (response === undefined) return socket.destroy();
        socket.write(response.bytes, "latin1");
        if (response.staysOpen !== true) socket.end();
      }
      return undefined;
    });
  }
}
