import { once } from "node:events";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { remoteAddress } from "../../src/upstream/remote-address.ts";
import { ask, openHttp2 } from "../proxy/listener/http2-exchange.ts";
import { type Gateway, RawClient, rawResponse, type RawUpstream, talk } from "../proxy/proxy-harness.ts";
import { destination, forward, policy, route, subset } from "../proxy/route-builders.ts";
import { createGateways } from "./gateways.ts";

const { start, respondingWith } = createGateways();
const servers: Http2Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A gateway that keeps what explains differences, in front of a primary and one candidate for all methods. */
async function explaining(candidate?: RawUpstream): Promise<Gateway> {
  const [primary, other] = [
    await respondingWith(rawResponse("ok")),
    candidate ?? (await respondingWith(rawResponse("ok"))),
  ];
  const v2 = policy(subset("v2", other.url), { methods: new Set(["GET", "POST"]) });
  const gateway = await start({
    routes: [route("default", forward([destination(subset("v1", primary.url))], { candidates: [v2] }))],
  });
  gateway.collector.setExplains(true);
  return gateway;
}

const hostOf = ({ port }: RawUpstream): string => `127.0.0.1:${port}`;

describe("the protocol of a request", () => {
  it.each([
    ["HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"],
    ["HTTP/1.1", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"],
  ])("is that of the client: %s", async (protocol, request) => {
    const gateway = await explaining();
    await talk(gateway.port, request);
    await gateway.settle();
    expect(gateway.exchanges.map((exchange) => exchange.protocol)).toEqual([protocol]);
  });

  it("is that of the client: HTTP/2, although the upstreams speak HTTP/1.1", async () => {
    const gateway = await explaining();
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    expect((await ask(session, "/")).body).toBe("ok");
    session.close();
    await gateway.settle();
    expect(gateway.exchanges.map((exchange) => exchange.protocol)).toEqual(["HTTP/2"]);
  });
});

describe("the address of a leg", () => {
  it("is that of the connection that carried it: of a version with two URLs, the one that responded", async () => {
    const [primary, first, second] = [
      await respondingWith(rawResponse("ok")),
      await respondingWith(rawResponse("first")),
      await respondingWith(rawResponse("second")),
    ];
    const gateway = await start({
      routes: [
        route(
          "default",
          forward([destination(subset("v1", primary.url))], {
            candidates: [policy(subset("v2", first.url, second.url))],
          }),
        ),
      ],
    });
    const client = await RawClient.open(gateway.port);
    for (let count = 0; count < 5; count += 1) {
      client.received = Buffer.alloc(0);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await client.until((text) => text.endsWith("ok"));
      await gateway.settle();
    }
    client.close();
    const seen = gateway.exchanges.map((exchange) => {
      const capture = exchange.candidates[0]?.capture;
      return [exchange.primary.address, capture?.address, Buffer.from(capture?.body.bytes ?? []).toString()];
    });
    const [one, other] = [hostOf(first), hostOf(second)];
    expect(seen).toEqual(
      [0, 1, 0, 1, 0].map((which) => [hostOf(primary), which === 0 ? one : other, which === 0 ? "first" : "second"]),
    );
  });

  it("is known over HTTP/2 as well, and undefined without a connection", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const server = createServer((_request, response) => response.end("ok"));
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const gateway = await start({
      routes: [
        route(
          "default",
          forward([destination(subset("v1", primary.url))], {
            candidates: [
              policy({ ...subset("v2", `http://localhost:${port}`), protocol: "h2" }),
              policy(subset("gone", "http://127.0.0.1:1")),
            ],
          }),
        ),
      ],
    });
    await talk(gateway.port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    await gateway.settle();
    const captures = gateway.exchanges[0]?.candidates.map(({ capture }) => capture);
    expect(captures?.map(({ address, failure }) => [address, failure?.kind])).toEqual([
      [`127.0.0.1:${port}`, undefined],
      [undefined, "refused"],
    ]);
  });

  it("has brackets around an IPv6 address", () => {
    type Socket = Parameters<typeof remoteAddress>[0];
    expect(remoteAddress({ remoteAddress: "::1", remotePort: 80 } as Socket)).toBe("[::1]:80");
    expect(remoteAddress({} as Socket)).toBeUndefined();
  });
});

async function post(gateway: Gateway, type: string, body: Buffer, fields = ""): Promise<void> {
  const head = `POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: ${type}\r\n${fields}Content-Length: ${body.length}\r\n\r\n`;
  const client = await RawClient.open(gateway.port);
  client.send(head);
  // In pieces, which arrive one after another.
  for (let at = 0; at < body.length; at += 10_000) client.send(body.subarray(at, at + 10_000));
  await client.closed();
  await gateway.settle();
}

describe("the body of a request", () => {
  it.each([
    ["application/json", true],
    ["application/problem+json; charset=utf-8", true],
    ["Application/X-WWW-Form-Urlencoded", true],
    ["text/plain", false],
    ["application/jsonl", false],
    ["multipart/form-data; boundary=json", false],
  ])("of %s travels with a complete exchange: %s", async (type, travels) => {
    const gateway = await explaining(await respondingWith(rawResponse("no")));
    await post(gateway, type, Buffer.from('{"plan":"gold"}'));
    const body = gateway.exchanges[0]?.requestBody;
    expect(body && { ...body, bytes: Buffer.from(body.bytes).toString() }).toEqual(
      travels ? { bytes: '{"plan":"gold"}', length: 15, tailHash: null } : undefined,
    );
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("is cut after 16 KiB, while the upstreams get all of it", async () => {
    const candidate = await respondingWith(rawResponse("ok"));
    const gateway = await explaining(candidate);
    const text = Array.from({ length: 6_000 }, (_, index) => `field${index}`).join("&");
    await post(gateway, "application/x-www-form-urlencoded", Buffer.from(text));
    const body = gateway.exchanges[0]?.requestBody;
    expect([Buffer.from(body?.bytes ?? []).toString(), body?.length]).toEqual([text.slice(0, 16_384), text.length]);
    expect(candidate.received).toContain(text);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("is not kept if it is compressed, nor if nothing is explained", async () => {
    const gateway = await explaining();
    await post(gateway, "application/json", gzipSync('{"plan":"gold"}'), "Content-Encoding: gzip\r\n");
    gateway.collector.setExplains(false);
    await post(gateway, "application/json", Buffer.from('{"plan":"gold"}'));
    expect(gateway.exchanges.map(({ requestBody }) => requestBody)).toEqual([undefined, undefined]);
  });
});
