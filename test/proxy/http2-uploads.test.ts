import { afterEach, expect, it } from "vitest";
import { END_STREAM } from "./listener/http2-frames.ts";
import { FrameServer, uint32 } from "../upstream/http2/frame-server.ts";
import { Gateway, talk } from "./proxy-harness.ts";
import { destination, forward, route, subset } from "./route-builders.ts";

const SIZE = 200_000;

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

it("the last byte of an upload with a Content-Length carries END_STREAM, even when the upstream reads slowly", async () => {
  const received: number[] = [];
  let hasEnded: boolean | undefined;
  const server = await FrameServer.start({
    onFrame(connection, { type, flags, stream, payload }) {
      if (type !== "DATA" || hasEnded !== undefined) return;
      received.push(payload.length);
      const total = received.reduce((sum, bytes) => sum + bytes, 0);
      if (total === SIZE) {
        hasEnded = (flags & END_STREAM) !== 0;
        return connection.respond(stream);
      }
      connection.send("WINDOW_UPDATE", 0, 0, uint32(payload.length));
      return connection.send("WINDOW_UPDATE", 0, stream, uint32(payload.length));
    },
  });
  const upstream = { ...subset("v1", server.url), protocol: "h2" as const };
  const gateway = await Gateway.start({ routes: [route("r", forward([destination(upstream)]))] });
  stops.push(gateway, server);
  const head = `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\nConnection: close\r\n\r\n`;
  expect(await talk(gateway.port, head + "x".repeat(SIZE))).toMatch(/^HTTP\/1\.1 200 [^]*ok/);
  expect(hasEnded).toBe(true);
});
