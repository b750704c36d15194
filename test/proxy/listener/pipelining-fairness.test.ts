import { afterEach, describe, expect, it } from "vitest";
import { Front } from "../front.ts";
import { Gateway, RawClient, rawResponse, RawUpstream, talk } from "../proxy-harness.ts";
import { match, route } from "../route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const CLIENTS = 60;
const AHEAD = 200;
/** For 12,000 responses on a busy machine. */
const PATIENCE = { interval: 250 };
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;
const requestsIn = (text: string): number => text.split("GET ").length - 1;

/** Opens clients that have many requests ahead. The listener has not accepted all of them yet. */
async function flood(port: number): Promise<RawClient[]> {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const client = await RawClient.open(port);
      client.send(get("/many").repeat(AHEAD));
      return client;
    }),
  );
  stops.unshift(() => {
    for (const client of clients) client.close();
  });
  return clients;
}

const responsesTo = (clients: readonly RawClient[]): number =>
  clients.reduce((sum, { text }) => sum + text.split("HTTP/1.1 ").length - 1, 0);

describe("clients with hundreds of pipelined requests each", () => {
  it("are served in turns, and a new client is served long before them", async () => {
    const upstream = await RawUpstream.start((socket, text) =>
      socket.write(rawResponse("x".repeat(2_000)).repeat(requestsIn(text))),
    );
    const front = await Front.start({ upstream: upstream.url });
    stops.push(
      async () => front.stop(),
      async () => upstream.stop(),
    );
    const clients = await flood(front.port);
    expect(await talk(front.port, get("/new").replace("h\r\n", "h\r\nConnection: close\r\n"))).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    expect(responsesTo(clients)).toBeLessThan(CLIENTS * 4);
    const counts = clients.map((client) => responsesTo([client]));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(AHEAD / 4);
    await expect.poll(() => responsesTo(clients), PATIENCE).toBe(CLIENTS * AHEAD);
  });

  it("are served in turns by a route that responds itself", async () => {
    const local = { type: "direct-response", status: 200, headers: [], body: "local" } as const;
    const gateway = await Gateway.start({ routes: [route("local", local, { matches: [match({})] })] });
    stops.push(async () => gateway.stop());
    const clients = await flood(gateway.port);
    expect(await talk(gateway.port, get("/new").replace("h\r\n", "h\r\nConnection: close\r\n"))).toMatch(/local$/);
    expect(responsesTo(clients)).toBeLessThan((CLIENTS * AHEAD) / 4);
    await expect.poll(() => responsesTo(clients), PATIENCE).toBe(CLIENTS * AHEAD);
  });
});
