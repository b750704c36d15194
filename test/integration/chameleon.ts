import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const TRICKLE_MS = 1_000;
const ENDLESS_CHUNK = Buffer.alloc(16 * 1024, "x");
/** Long enough for the response to be read first, shorter than the pause of a client. */
const IDLE_CLOSE_MS = 5;

/** Handles one request, correctly or not. */
type Behavior = (socket: Socket, target: string) => void;

/** The ways in which a version can handle a request. For a refused connection, stop the version. */
export const BEHAVIORS = {
  healthy: (socket, target) => socket.write(expectedResponse(target)),
  /** No response head. */
  hungHead: () => {},
  /** An incomplete body. */
  hungBody: (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100${HEAD_END}half of`),
  reset: (socket) => socket.resetAndDestroy(),
  resetInBody(socket) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100${HEAD_END}half of`, () => socket.resetAndDestroy());
  },
  trickle(socket) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100${HEAD_END}`);
    const drip = setInterval(() => socket.write("x"), TRICKLE_MS);
    socket.once("close", () => clearInterval(drip));
  },
  endless(socket) {
    socket.write(`HTTP/1.1 200 OK${HEAD_END}`);
    const pour = (): void => {
      while (!socket.destroyed && socket.write(ENDLESS_CHUNK));
    };
    socket.on("drain", pour);
    pour();
  },
  garbage: (socket) => socket.write("\u0000\u0001 this is not HTTP \r\n\r\n\r\n"),
  /** A complete response, and another one without a request. */
  chatter: (socket, target) => socket.write(expectedResponse(target) + expectedResponse("/unsolicited")),
  /** A complete response on a connection that is closed shortly after. */
  closeIdle(socket, target) {
    socket.write(expectedResponse(target), () => setTimeout(() => socket.destroy(), IDLE_CLOSE_MS));
  },
} as const satisfies Record<string, Behavior>;

/** The body of the correct response to a target. */
export function expectedBody(target: string): string {
  return JSON.stringify({ target, text: "the expected response" });
}

function expectedResponse(target: string): string {
  const body = expectedBody(target);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
}

/** A version of a service that can fail in many ways, on one port. It only supports requests without a body. */
export class Chameleon {
  behavior: keyof typeof BEHAVIORS = "healthy";
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  #port = 0;

  /** Listens on a free port the first time, and then on the same one. */
  async start(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening, and closes every connection. */
  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.dropConnections();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      for (let end = received.indexOf(HEAD_END); end >= 0; end = received.indexOf(HEAD_END)) {
        const target = received.split(" ", 2)[1] ?? "";
        received = received.slice(end + HEAD_END.length);
        BEHAVIORS[this.behavior](socket, target);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
