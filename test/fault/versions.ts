/**
 * The versions of a service for the fault suite, in a separate process, so that they do not slow the clients that measure. It
 * sends the ports to its parent process.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { bodyOf } from "./version-body.ts";

type Behave = (socket: Socket, target: string) => void;

const HEAD_END = "\r\n\r\n";
const TRICKLE_MS = 1_000;
const IDLE_CLOSE_MS = 2;
const GIGABYTE = 1024 ** 3;
const CHUNK = Buffer.alloc(64 * 1024, "x");

function responseTo(target: string): string {
  const body = bodyOf(target);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}${HEAD_END}${body}`;
}

function pour(socket: Socket, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= CHUNK.length;
      if (!socket.write(CHUNK)) return void socket.once("drain", more);
    }
  };
  more();
}

/** How each version handles a request. */
const BEHAVIORS: Readonly<Record<string, Behave>> = {
  primary: (socket, target) => socket.write(responseTo(target)),
  healthy: (socket, target) => socket.write(responseTo(target)),
  "hangs-before-head": () => {},
  "hangs-in-body": (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100${HEAD_END}half of`),
  resets: (socket) => socket.resetAndDestroy(),
  trickles(socket) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100${HEAD_END}`);
    const drip = setInterval(() => socket.write("x"), TRICKLE_MS);
    socket.once("close", () => clearInterval(drip));
  },
  "sends-1-GB"(socket) {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${GIGABYTE}${HEAD_END}`);
    pour(socket, GIGABYTE);
  },
  "sends-garbage": (socket) => socket.write("\u0000\u0001 this is not HTTP \r\n\r\n\r\n"),
  "closes-idle": (socket, target) =>
    socket.write(responseTo(target), () => setTimeout(() => socket.destroy(), IDLE_CLOSE_MS)),
  // A cleartext response fails the handshake of a TLS client.
  "fails-tls": (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
};

async function listen(behave: Behave): Promise<number> {
  const server = createServer((socket) => {
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      // A TLS ClientHello has no line ends, and gets its response at once.
      received += data[0] === 0x16 ? HEAD_END : data.toString("latin1");
      for (let end = received.indexOf(HEAD_END); end >= 0; end = received.indexOf(HEAD_END)) {
        const target = received.split(" ", 2)[1] ?? "";
        received = received.slice(end + HEAD_END.length);
        behave(socket, target);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const ports = Object.entries(BEHAVIORS).map(async ([name, behave]) => [name, await listen(behave)] as const);
process.send?.(Object.fromEntries(await Promise.all(ports)));
process.once("disconnect", () => process.exit(0));
