import { afterEach, describe, expect, it } from "vitest";
import { rawResponse, Gateway, type GatewayOptions, RawClient, RawUpstream, talk } from "./proxy-harness.ts";
import { destination, forward, match, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function through(
  respond: Parameters<typeof RawUpstream.start>[0],
  options: Partial<GatewayOptions> = {},
): Promise<[Gateway, RawUpstream]> {
  const upstream = await RawUpstream.start(respond);
  const gateway = await Gateway.start({ primary: upstream.url, ...options });
  stops.push(
    async () => gateway.stop(),
    async () => upstream.stop(),
  );
  return [gateway, upstream];
}

const ok: Parameters<typeof RawUpstream.start>[0] = (socket) => socket.write(rawResponse("ok"));
const get = (target: string, ...lines: string[]): string =>
  [
    `GET ${target} HTTP/1.1`,
    ...(lines.some((line) => line.startsWith("Host:")) ? [] : ["Host: h"]),
    ...lines,
    "Connection: close",
    "",
    "",
  ].join("\r\n");
const requestLine = ({ received }: RawUpstream): string => received.slice(0, received.indexOf("\r\n"));

describe("a malformed chunk", () => {
  it.each([
    ["a size with 0x", "0x5\r\nhello\r\n"],
    ["a negative size", "-5\r\nhello\r\n"],
    ["a size beyond 64 bits", "10000000000000005\r\nhello\r\n"],
    ["an empty size", "\r\nhello\r\n"],
    ["a size that ends with LF alone", "5\nhello\r\n"],
    ["data longer than its size", "3\r\nhello\r\n"],
    ["data without a line end", "5\r\nhelloX"],
    ["CR alone after an extension", "5;a\rhello\r\n"],
  ])("%s: 400, and the request to the primary is aborted, not completed", async (_name, chunk) => {
    const [gateway, upstream] = await through(() => {});
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await expect.poll(() => upstream.received).toContain("\r\n1\r\na\r\n");
    client.send(`${chunk}0\r\n\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(upstream.received).not.toMatch(/\r\n0\r\n/);
    expect(gateway.refusals).toEqual([[400, "malformed"]]);
  });
});

describe("the target and Host never select the upstream address", () => {
  it.each([
    ["//evil", get("//evil/x"), "GET //evil/x HTTP/1.1"],
    ["a backslash", get("/\\evil/..\\x"), "GET /\\evil/..\\x HTTP/1.1"],
    ["an address of cloud metadata as Host", get("/latest", "Host: 169.254.169.254"), "GET /latest HTTP/1.1"],
    ["our own port as Host", get("/x", "Host: 127.0.0.1:9900"), "GET /x HTTP/1.1"],
    ["dots and their encodings", get("/a/../%2e%2e%2f//b"), "GET /a/../%2e%2e%2f//b HTTP/1.1"],
  ])("%s: the target arrives byte for byte", async (_name, request, line) => {
    const [gateway, upstream] = await through(ok);
    expect(await talk(gateway.port, request)).toMatch(/^HTTP\/1\.1 200 /);
    expect([requestLine(upstream), upstream.sockets.length]).toEqual([line, 1]);
  });

  it("routes match the same bytes that are sent: nothing is decoded or resolved", async () => {
    const upstream = await RawUpstream.start(ok);
    const forbidden = route(
      "admin",
      { type: "direct-response", status: 403, headers: [], body: "" },
      {
        matches: [match({ uri: { type: "path-prefix", value: "/admin" } })],
      },
    );
    const gateway = await Gateway.start({
      routes: [forbidden, route("all", forward([destination(subset("v1", upstream.url))]))],
    });
    stops.push(
      async () => gateway.stop(),
      async () => upstream.stop(),
    );
    expect(await talk(gateway.port, get("/admin/x"))).toMatch(/^HTTP\/1\.1 403 /);
    for (const target of ["/x/../admin", "/%61dmin", "//admin", "/./admin", "/Admin"]) {
      const before = upstream.received.length;
      expect(await talk(gateway.port, get(target))).toMatch(/^HTTP\/1\.1 200 /);
      expect(upstream.received.slice(before)).toMatch(/^GET /);
      expect(upstream.received.slice(before).split(" ", 2)[1]).toBe(target);
    }
  });
});

describe("fields of a request", () => {
  it("Connection cannot remove routing or framing fields", async () => {
    const [gateway, upstream] = await through(ok);
    const request =
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: close, host, content-length, x-forwarded-for, transfer-encoding\r\n" +
      "X-Forwarded-For: 1.2.3.4\r\nContent-Length: 5\r\n\r\nhello";
    expect(await talk(gateway.port, request)).toMatch(/^HTTP\/1\.1 200 /);
    const lines = upstream.received.toLowerCase().split("\r\n");
    expect(lines).toEqual(expect.arrayContaining(["host: h", "x-forwarded-for: 1.2.3.4", "content-length: 5"]));
    expect(lines.at(-1)).toBe("hello");
  });

  it("__proto__ and constructor are ordinary names, and prototypes stay unchanged", async () => {
    const [gateway, upstream] = await through(ok);
    await talk(gateway.port, get("/?__proto__[x]=1", "__proto__: polluted", "constructor: c"));
    expect(upstream.received).toContain("\r\n__proto__: polluted\r\nconstructor: c\r\n");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each([
    "Keep-Alive: 1",
    "Proxy-Connection: x",
    "Proxy-Authenticate: x",
    "TE: gzip;q=0.5",
    "Upgrade: h2c",
    "TE:",
    "Upgrade:",
  ])("%s is omitted and does no harm", async (line) => {
    const [gateway, upstream] = await through(ok);
    expect(await talk(gateway.port, get("/", line))).toMatch(/^HTTP\/1\.1 200 /);
    const name = line.slice(0, line.indexOf(":"));
    expect(upstream.received).not.toMatch(new RegExp(`^${name}:`, "im"));
  });
});

describe("trailers of a response", () => {
  it.each(["Host: evil", "Authorization: x", "Set-Cookie: a=1"])("%s stays a trailer", async (trailer) => {
    const [gateway] = await through((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailer}\r\n\r\n`),
    );
    const text = await talk(gateway.port, get("/"));
    const [head = "", rest] = text.split(/\r\n\r\n(.*)/s);
    expect(head).not.toContain(trailer);
    expect(rest).toBe(`2\r\nok\r\n0\r\n${trailer}\r\n\r\n`);
  });
});

describe("time", () => {
  it("an upload can exceed every idle timeout while it makes progress", async () => {
    const PIECES = 24;
    const [gateway, upstream] = await through(
      (socket, text) => {
        if (text.endsWith("end")) socket.write(rawResponse("ok"));
      },
      { idleTimeoutMs: 1_000, headTimeoutMs: 1_000, upstream: { idleTimeoutMs: 1_000, headTimeoutMs: 1_000 } },
    );
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: ${PIECES * 5 + 3}\r\n\r\n`);
    for (let piece = 0; piece < PIECES; piece += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      client.send("piece");
    }
    client.send("end");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 [^]*ok$/);
    expect(upstream.received).toMatch(new RegExp(`\r\n\r\n(?:piece){${PIECES}}end$`));
  });
});

describe("an HTTP/1.0 upstream", () => {
  it.each([
    ["with a length", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", rawResponse("ok")],
    [
      "whose body runs to the end",
      "HTTP/1.0 200 OK\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
  ])("%s: the response is framed correctly", async (_name, response, expected) => {
    const [gateway] = await through((socket) => socket.end(response));
    const text = await talk(gateway.port, get("/"));
    expect(text.split("\r\n").filter((line) => !line.startsWith("Connection:"))).toEqual(expected.split("\r\n"));
  });
});
