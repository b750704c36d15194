import { afterEach, describe, expect, it } from "vitest";
import { encodeFrame, encodeHeaders, END_STREAM, FrameClient } from "./listener/http2-frames.ts";
import { endsRequest, FrameServer } from "../upstream/http2/frame-server.ts";
import { Gateway, talk } from "./proxy-harness.ts";
import { destination, forward, route, subset } from "./route-builders.ts";

const PIECE = 1_000;

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

interface Upload {
  readonly gateway: Gateway;
  readonly server: FrameServer;
  /** Payload and END_STREAM of the DATA frames that the upstream has received. */
  readonly frames: { readonly bytes: number; readonly ends: boolean }[];
}

/** A proxy in front of an upstream that responds to the last byte of a body, as a server of HTTP/1.1 behind Envoy does. */
async function startUpload(size: number): Promise<Upload> {
  const frames: Upload["frames"] = [];
  const server = await FrameServer.start({
    onFrame(connection, frame) {
      const { type, flags, stream, payload } = frame;
      if (type === "HEADERS" && endsRequest(frame)) connection.respond(stream);
      if (type !== "DATA") return;
      frames.push({ bytes: payload.length, ends: (flags & END_STREAM) !== 0 });
      if (payload.length > 0 && totalOf(frames) === size) connection.respond(stream);
    },
  });
  const upstream = { ...subset("v1", server.url), protocol: "h2" as const };
  const gateway = await Gateway.start({ routes: [route("r", forward([destination(upstream)]))] });
  stops.push(gateway, server);
  return { gateway, server, frames };
}

function totalOf(frames: Upload["frames"]): number {
  return frames.reduce((sum, { bytes }) => sum + bytes, 0);
}

describe("the last byte of an upload with a Content-Length carries END_STREAM", () => {
  const size = 2 * PIECE;
  const get = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "h"];
  const put = [":method", "PUT", ...get.slice(2), "content-length", `${size}`];

  it("of a client of HTTP/1.1", async () => {
    const { gateway, frames } = await startUpload(size);
    const head = `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`;
    expect(await talk(gateway.port, head + "x".repeat(size))).toMatch(/^HTTP\/1\.1 200 [^]*ok/);
    expect(frames).toEqual([{ bytes: size, ends: true }]);
  });

  it("of a client of HTTP/2, also when the last piece follows another one before that is sent", async () => {
    const { gateway, frames } = await startUpload(size);
    const client = await FrameClient.open(gateway.port);
    // The connection to the upstream is there.
    client.sendHeaders(1, get, END_STREAM);
    await client.until((all) => all.some((frame) => frame.stream === 1 && endsRequest(frame)));
    const piece = Buffer.alloc(PIECE);
    client.raw.send(
      Buffer.concat([
        encodeHeaders(3, put),
        encodeFrame("DATA", 0, 3, piece),
        encodeFrame("DATA", END_STREAM, 3, piece),
      ]),
    );
    await client.until((all) => all.some((frame) => frame.stream === 3 && endsRequest(frame)));
    expect(frames).toEqual([
      { bytes: PIECE, ends: false },
      { bytes: PIECE, ends: true },
    ]);
    client.raw.close();
  });

  it("of a client of HTTP/2 that sends the end apart: the response does not begin before it", async () => {
    const { gateway, server, frames } = await startUpload(size);
    const client = await FrameClient.open(gateway.port);
    client.sendHeaders(1, put);
    client.send("DATA", 0, 1, Buffer.alloc(PIECE));
    await expect.poll(() => totalOf(frames)).toBe(PIECE);
    client.send("DATA", 0, 1, Buffer.alloc(PIECE));
    // What was written to the upstream before this request has arrived with it.
    client.sendHeaders(3, get, END_STREAM);
    await client.until((all) => all.some((frame) => frame.stream === 3 && endsRequest(frame)));
    expect([totalOf(frames), server.connections.length]).toEqual([PIECE, 1]);
    client.send("DATA", END_STREAM, 1, Buffer.alloc(0));
    await client.until((all) => all.some((frame) => frame.stream === 1 && endsRequest(frame)));
    expect(frames.slice(1)).toEqual([{ bytes: PIECE, ends: true }]);
    client.raw.close();
  });
});
