import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

const HEAD_END = "\r\n\r\n";
const TRICKLE_MS = 1_000;
const ENDLESS_CHUNK = Buffer.alloc(16 * 1024, "x");
/** Longer than an answer needs to be taken for one on an idle connection, shorter than a client's pause. */
const IDLE_CLOSE_MS = 5;

/** Answers one request, in whatever way. */
type Behaviour = (socket: Socket, target: string) => void;

/** What a version may do to a request. `refused` is no behaviour: nobody listens. */
export const BEHAVIOURS = {
  well: (socket, target) => socket.write(wellAnswer(target)),
  /** Silence instead of a head. */
  hungHead: () => {},
  /** Silence inside the body. */
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
  garbage: (socket) => socket.write("\u0000\u0001 this is no HTTP \r\n\r\n\r\n"),
  /** A whole answer, and more than was asked for. */
  chatter: (socket, target) => socket.write(wellAnswer(target) + wellAnswer("/unasked")),
  /** A whole answer on a connection that is closed a moment later, without a word. */
  closeIdle(socket, target) {
    socket.write(wellAnswer(target), () => setTimeout(() => socket.destroy(), IDLE_CLOSE_MS));
  },
} as const satisfies Record<string, Behaviour>;

/** The body that a well version answers to a target. */
export function wellBody(target: string): string {
  return JSON.stringify({ target, text: "the right answer" });
}

function wellAnswer(target: string): string {
  const body = wellBody(target);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
}

/** A version of a service that can be made to fail in many ways, on one port. It knows requests without bodies only. */
export class Chameleon {
  behaviour: keyof typeof BEHAVIOURS = "well";
  readonly #sockets = new Set<Socket>();
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  #port = 0;

  /** Listens, the first time on a free port, then on the same one. */
  async start(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens any more, and every connection is gone. */
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
        BEHAVIOURS[this.behaviour](socket, target);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
