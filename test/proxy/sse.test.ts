import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { Front } from "./front.ts";
import { RawClient, RawUpstream } from "./harness.ts";
import { openHttp2 } from "./http2-exchange.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const event = (text: string): string => `${(text.length + 8).toString(16)}\r\ndata: ${text}\n\n\r\n`;

async function start(): Promise<[Front, RawUpstream]> {
  const upstream = await RawUpstream.start((socket) => socket.write(HEAD));
  const front = await Front.start({ upstream: upstream.url });
  stops.push(
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return [front, upstream];
}

// Each event is sent only when the one before has arrived: whoever held one back would wait for ever.
describe("server-sent events pass one by one, the head before the first", () => {
  it("over HTTP/1.1", async () => {
    const [front, upstream] = await start();
    const client = await RawClient.open(front.port);
    client.send("GET /events HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n");
    await client.until((text) => text.includes("text/event-stream\r\n") && text.endsWith("\r\n\r\n"));
    for (const text of ["one", "two", "three"]) {
      upstream.sockets[0]?.write(event(text));
      await client.until((all) => all.endsWith(event(text)));
    }
    client.close();
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
  });

  it("over HTTP/2", async () => {
    const [front, upstream] = await start();
    const session = openHttp2(front.url);
    stops.unshift(() => session.destroy());
    const stream = session.request({ ":path": "/events" });
    await once(stream, "response");
    for (const text of ["one", "two", "three"]) {
      const arrived = once(stream, "data");
      upstream.sockets[0]?.write(event(text));
      expect(String((await arrived)[0])).toBe(`data: ${text}\n\n`);
    }
  });
});
