import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { runLoad } from "../../../src/commands/demo/demo-load.ts";
import { demoRequests } from "../../../src/commands/demo/demo-traffic.ts";

let server: Server;
afterEach(() => server.close());

async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(handler as () => void);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const OPTIONS = { requests: demoRequests(60), connections: 3, perSecond: 1e6, signal: new AbortController().signal };

describe("runLoad", () => {
  it("sends all requests once, over no more connections than allowed", async () => {
    const seen: string[] = [];
    const sockets = new Set<unknown>();
    const url = await listen((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      sockets.add(request.socket);
      response.end("{}");
    });
    const counts: number[] = [];
    const result = await runLoad({
      ...OPTIONS,
      requests: demoRequests(60),
      url,
      onProgress: (count) => counts.push(count),
    });
    expect(result).toEqual({ succeeded: 60, failed: 0 });
    expect(seen.sort()).toEqual([...demoRequests(60)].map(({ method, path }) => `${method} ${path}`).sort());
    expect(sockets.size).toBe(3);
    expect(counts).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  it("counts failed requests and continues", async () => {
    let count = 0;
    const url = await listen((request, response) =>
      count++ % 3 === 2 ? response.end("{}") : request.socket.destroy(),
    );
    const result = await runLoad({ ...OPTIONS, requests: demoRequests(10), url, connections: 1, onProgress: () => {} });
    expect(result).toEqual({ succeeded: 3, failed: 7 });
  });

  it("stops on abort, after the requests in flight", async () => {
    const stop = new AbortController();
    const url = await listen((_, response) => response.end("{}"));
    const onProgress = (count: number): void => void (count === 7 && stop.abort());
    const result = await runLoad({
      ...OPTIONS,
      requests: demoRequests(1000),
      url,
      connections: 1,
      signal: stop.signal,
      onProgress,
    });
    expect(result).toEqual({ succeeded: 7, failed: 0 });
  });

  it("does not exceed the request rate", async () => {
    const url = await listen((_, response) => response.end("{}"));
    const begin = performance.now();
    await runLoad({ ...OPTIONS, requests: demoRequests(21), url, perSecond: 100, onProgress: () => {} });
    expect(performance.now() - begin).toBeGreaterThan(195);
  });

  it("makes up for at most half a second after a pause", async () => {
    let count = 0;
    const url = await listen((_, response) => void setTimeout(() => response.end("{}"), count++ === 0 ? 1000 : 0));
    const begin = performance.now();
    await runLoad({
      ...OPTIONS,
      requests: demoRequests(101),
      url,
      connections: 1,
      perSecond: 100,
      onProgress: () => {},
    });
    // A second, 50 requests at once, and 50 at the configured rate.
    expect(performance.now() - begin).toBeGreaterThan(1450);
  });
});
