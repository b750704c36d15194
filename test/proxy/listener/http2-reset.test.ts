import { once } from "node:events";
import { createServer, get, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { Front } from "../front.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const END_HEADERS_AND_STREAM = 5;
const FRAME_HEAD = 9;
const CANCEL = uint32(8);
const LARGEST_WINDOW = 0x7fff_ffff;
const INITIAL_WINDOW = 65_535;
const MEGABYTE = 1024 * 1024;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Encodes a frame (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(payload.length, 0, 3);
  return Buffer.concat([length, Buffer.from([type, flags]), uint32(stream), payload]);
}

/** Encodes a literal without indexing (RFC 7541 §6.2.2). */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** Responds to `/x/10` with ten megabytes of x. */
async function startPrimary(): Promise<Server> {
  const server = createServer((req, res) => {
    const [, letter = "", megabytes = ""] = (req.url ?? "").split("/");
    const chunk = Buffer.alloc(64 * 1024, letter);
    res.setHeader("Content-Length", Number(megabytes) * MEGABYTE);
    let left = Number(megabytes) * 16;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!res.write(chunk)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return server;
}

async function download(url: string): Promise<Set<number>> {
  return new Promise((resolve, reject) => {
    get(url, (res) => {
      const letters = new Set<number>();
      res.on("data", (chunk: Buffer) => {
        for (const byte of chunk) letters.add(byte);
      });
      res.on("end", () => resolve(letters));
      res.on("error", reject);
    }).on("error", reject);
  });
}

/** Returns the bytes of all DATA frames. */
function bodiesIn(bytes: Buffer): Buffer {
  const bodies: Buffer[] = [];
  for (let at = 0; at + FRAME_HEAD <= bytes.length;) {
    const end = at + FRAME_HEAD + bytes.readUIntBE(at, 3);
    if (bytes[at + 3] === DATA) bodies.push(bytes.subarray(at + FRAME_HEAD, end));
    at = end;
  }
  return Buffer.concat(bodies);
}

describe("an HTTP/2 client that resets a stream with unread bytes", () => {
  it("never reads bytes of another client's response", async () => {
    const primary = await startPrimary();
    const upstream = `http://127.0.0.1:${(primary.address() as AddressInfo).port}`;
    const front = await Front.start({ upstream });
    stops.push(async () => front.stop());
    const socket = connect(Number(new URL(front.url).port), "127.0.0.1");
    stops.push(() => socket.destroy());
    const received: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    await once(socket, "connect");
    socket.pause();
    const largeWindow = Buffer.concat([Buffer.from([0, 4]), uint32(LARGEST_WINDOW)]);
    const head = [
      literal(":method", "GET"),
      literal(":scheme", "http"),
      literal(":authority", "a"),
      literal(":path", "/a/10"),
    ];
    socket.write(
      Buffer.concat([
        Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        frame(SETTINGS, 0, 0, largeWindow),
        frame(WINDOW_UPDATE, 0, 0, uint32(LARGEST_WINDOW - INITIAL_WINDOW)),
        frame(HEADERS, END_HEADERS_AND_STREAM, 1, Buffer.concat(head)),
      ]),
    );
    await delay(500);
    socket.write(frame(RST_STREAM, 0, 1, CANCEL));
    await delay(100);
    const others = await Promise.all(Array.from({ length: 12 }, async () => download(`${front.url}/b/3`)));
    expect(others).toEqual(others.map(() => new Set(Buffer.from("b"))));
    socket.resume();
    await delay(500);
    const mine = bodiesIn(Buffer.concat(received));
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.includes("b")).toBe(false);
  });
});
