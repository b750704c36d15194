import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Front } from "../front.ts";
import { rawResponse, RawUpstream, talk } from "../proxy-harness.ts";
import { END_STREAM, type Frame, FrameClient } from "./http2-frames.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const STREAMS = 100;
const BODY = Buffer.alloc(100_000, "x");
const GET = [":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/large"];
const NEW_CLIENT = "GET /new HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const INITIAL_WINDOW_SIZE = 4;
const ENHANCE_YOUR_CALM = 11;
const RESPONSE = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n`),
  BODY,
]);

/** Requests for a large body that have reached the upstream. They get no response before they are released. */
class HeldRequests {
  readonly #sockets: Socket[] = [];
  #areReleased = false;

  get count(): number {
    return this.#sockets.length;
  }

  add(socket: Socket): void {
    this.#sockets.push(socket);
    if (this.#areReleased) socket.end(RESPONSE);
  }

  release(): void {
    this.#areReleased = true;
    for (const socket of this.#sockets) socket.end(RESPONSE);
  }
}

async function startFront(held: HeldRequests): Promise<Front> {
  const upstream = await RawUpstream.start((socket, text) => {
    if (text.startsWith("GET /new ")) socket.write(rawResponse("new"));
    else held.add(socket);
  });
  const limits = { headMs: 60_000, idleMs: 60_000 };
  const front = await Front.start({ upstream: upstream.url, listener: { idleTimeoutMs: 60_000 }, limits });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return front;
}

/** Opens clients that accept heads only, one after another. */
async function openClients(port: number, held: HeldRequests, count: number, streams: number): Promise<FrameClient[]> {
  const clients: FrameClient[] = [];
  while (clients.length < count) {
    const client = await FrameClient.open(port);
    stops.unshift(() => client.raw.close());
    clients.push(client);
    client.send("SETTINGS", 0, 0, setting(INITIAL_WINDOW_SIZE, 0));
    requestMore(client, 0, streams);
    await expect.poll(() => held.count, { interval: 10 }).toBe(clients.length * streams);
  }
  return clients;
}

/** @param from requests before this call @param to requests after it */
function requestMore(client: FrameClient, from: number, to: number): void {
  for (let index = from; index < to; index += 1) client.sendHeaders(2 * index + 1, GET, END_STREAM);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function setting(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), u32(value)]);
}

function resets(clients: readonly FrameClient[]): number[] {
  const frames = clients.flatMap((client) => client.frames.filter(({ type }) => type === "RST_STREAM"));
  return frames.map(({ payload }) => payload.readUInt32BE(0));
}

function headsOf(client: FrameClient): number {
  return client.frames.filter(({ type }) => type === "HEADERS").length;
}

function isEnd({ type, flags }: Frame): boolean {
  return type === "DATA" && flags === END_STREAM;
}

/** Returns when the listener has read everything that was sent. */
async function ping(client: FrameClient): Promise<void> {
  client.send("PING", 0, 0, Buffer.alloc(8));
  await client.until((frames) => frames.some(({ type }) => type === "PING"));
}

describe("responses that clients do not read", () => {
  it("hold 32 MiB, and their connections get no further streams until they are read", async () => {
    const held = new HeldRequests();
    const front = await startFront(held);
    const clients = await openClients(front.port, held, 8, 90);
    held.release();
    await Promise.all(clients.map(async (client) => client.raw.until(() => headsOf(client) === 90)));
    for (const client of clients) requestMore(client, 90, STREAMS);
    await Promise.all(clients.map(async (client) => ping(client)));
    expect(await talk(front.port, NEW_CLIENT)).toMatch(/new$/);
    expect(front.heads.length).toBe(721);

    const [reader, ...others] = clients;
    reader?.send("SETTINGS", 0, 0, setting(INITIAL_WINDOW_SIZE, RESPONSE.length));
    reader?.send("WINDOW_UPDATE", 0, 0, u32(STREAMS * RESPONSE.length));
    await reader?.until((frames) => frames.filter(isEnd).length === STREAMS);
    expect(front.heads.length).toBe(731);
    expect(resets(clients)).toEqual([]);

    for (const { raw } of others) raw.close();
    await expect.poll(() => front.ends.length).toBe(731);
    expect(await talk(front.port, NEW_CLIENT)).toMatch(/new$/);
    expect(front.heads.length).toBe(732);
  });

  it("are reset beyond 96 MiB, if they arrive after all of their streams have started", async () => {
    const held = new HeldRequests();
    const front = await startFront(held);
    const clients = await openClients(front.port, held, 20, STREAMS);
    held.release();
    await expect.poll(() => new Set(resets(clients))).toEqual(new Set([ENHANCE_YOUR_CALM]));
    expect(await talk(front.port, NEW_CLIENT)).toMatch(/new$/);
    // 32 MiB are 512 streams with 64 KiB each.
    expect(resets(clients).length).toBeLessThan(20 * STREAMS - 512);
  });
});
