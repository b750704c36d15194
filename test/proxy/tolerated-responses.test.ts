import { afterEach, describe, expect, it } from "vitest";
import { Gateway, RawClient, RawUpstream, rawResponse, talk, withoutHopFields } from "./proxy-harness.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

const GET = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKS = "5\r\nhello\r\n0\r\n\r\n";
const IN_CHUNKS = `Transfer-Encoding: chunked\r\n\r\n${CHUNKS}`;

async function upstreamOf(response: string): Promise<RawUpstream> {
  const upstream = await RawUpstream.respondingWith(Buffer.from(response, "latin1"));
  stops.push(upstream);
  return upstream;
}

async function gatewayOf(primary: string, candidate?: string): Promise<{ gateway: Gateway; upstream: RawUpstream }> {
  const upstream = await upstreamOf(primary);
  const candidates = candidate === undefined ? [] : [{ url: (await upstreamOf(candidate)).url }];
  const gateway = await Gateway.start({ primary: upstream.url, candidates });
  stops.unshift(gateway);
  return { gateway, upstream };
}

describe("the client receives a well-formed response", () => {
  it.each([
    ["lines of bare LF", "HTTP/1.1 200 OK\nX-A: b\nContent-Length: 5\n\nhello", rawResponse("hello", "X-A: b\r\n")],
    ["folded lines", `${OK}X-A: b\r\n\tc\r\nContent-Length: 5\r\n\r\nhello`, rawResponse("hello", "X-A: b c\r\n")],
    ["a space before the colon", rawResponse("hello", "X-A : b\r\n"), rawResponse("hello", "X-A: b\r\n")],
    [
      "control characters",
      rawResponse("hello", "X-A: \x01\x7f\x1b[0m\r\n"),
      rawResponse("hello", "X-A: \x01\x7f\x1b[0m\r\n"),
    ],
    ["NUL", rawResponse("hello", "X-A: a\0b\r\n"), rawResponse("hello", "X-A: a b\r\n")],
    ["HTTP/1.2", rawResponse("hello").replace("1.1", "1.2"), rawResponse("hello")],
    ["status 099", rawResponse("hello", "", "099 X"), rawResponse("hello", "", "099 X")],
    ["one length twice", rawResponse("hello", "Content-Length: 5\r\n"), rawResponse("hello")],
    ["a length and chunks", `${OK}Content-Length: 9\r\n${IN_CHUNKS}`, `${OK}${IN_CHUNKS}`],
    ["chunks in HTTP/1.0", `HTTP/1.0 200 OK\r\n${IN_CHUNKS}`, `${OK}${IN_CHUNKS}`],
    ["chunked in a list", `${OK}Transfer-Encoding: chunked,\r\n\r\n${CHUNKS}`, `${OK}${IN_CHUNKS}`],
    ["padded chunk sizes", `${OK}Transfer-Encoding: chunked\r\n\r\n005 \r\nhello\r\n0 \r\n\r\n`, `${OK}${IN_CHUNKS}`],
    ["chunks of bare LF", `${OK}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n`, `${OK}${IN_CHUNKS}`],
    [
      "control characters in trailers",
      `${OK}${IN_CHUNKS.slice(0, -2)}X-T: \x01\r\n\r\n`,
      `${OK}${IN_CHUNKS.slice(0, -2)}X-T: \x01\r\n\r\n`,
    ],
    [
      "a head of 200 KB",
      rawResponse("hello", `X: ${"a".repeat(200_000)}\r\n`),
      rawResponse("hello", `X: ${"a".repeat(200_000)}\r\n`),
    ],
    ["3,000 fields", rawResponse("hello", "X: a\r\n".repeat(3_000)), rawResponse("hello", "X: a\r\n".repeat(3_000))],
  ])("of %s", async (_name, response, expected) => {
    const { gateway } = await gatewayOf(response);
    const received = withoutHopFields(await talk(gateway.port, GET));
    expect(received === expected || received.slice(0, 1_000)).toBe(true);
  });
});

describe("what follows a tolerated response never becomes another one", () => {
  it.each([
    ["a bare LF", "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nfirst"],
    ["a length twice", rawResponse("first", "Content-Length: 5\r\n")],
    ["a length and chunks", `${OK}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n`],
    ["a padded chunk size", `${OK}Transfer-Encoding: chunked\r\n\r\n5 \r\nfirst\r\n0\r\n\r\n`],
    ["a folded trailer", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\nX: 1\r\n 2\r\n\r\n`],
  ])("%s", async (_name, response) => {
    const upstream = await RawUpstream.start((socket, text) => {
      socket.write(text.includes("/first") ? response : rawResponse("second"));
      // After the response was read, as if it answered the next request.
      if (text.includes("/first")) setTimeout(() => socket.write(rawResponse("smuggled")), 5);
    });
    const gateway = await Gateway.start({ primary: upstream.url });
    stops.push(gateway, upstream);
    const client = await RawClient.open(gateway.port);
    client.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until((text) => text.includes("first"));
    client.send("GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const text = await client.closed();
    expect(text).toContain("second");
    expect(text).not.toContain("smuggled");
    expect(upstream.sockets.length).toBe(2);
  });
});

describe("a capture", () => {
  const plain = rawResponse("hello");
  const hint = (link: string): string => `HTTP/1.1 103 Early Hints\r\nLink: ${link}\r\n\r\n${plain}`;

  it("has the quirks of a response, which make it differ from a response without them", async () => {
    const { gateway } = await gatewayOf(plain, "HTTP/1.2 200 OK\nContent-Length: 5\n\nhello");
    await talk(gateway.port, GET);
    await gateway.settle();
    const [{ primary, candidates } = {}] = gateway.exchanges;
    expect(primary?.quirks).toEqual([]);
    expect(candidates?.[0]).toMatchObject({ identical: false, sameBody: true });
    expect(candidates?.[0]?.capture.quirks).toEqual(["bare-lf", "http-version"]);
  });

  it("is identical if both responses have the same quirks and interim responses", async () => {
    const quirky = hint("</a>").replaceAll("\r\n", "\n");
    const { gateway } = await gatewayOf(quirky, quirky);
    await talk(gateway.port, GET);
    await gateway.settle();
    const [{ primary, candidates } = {}] = gateway.exchanges;
    expect(primary?.quirks).toEqual(["bare-lf"]);
    expect(primary?.interims).toEqual([":status", "103", "Link", "</a>"]);
    expect(candidates?.[0]?.identical).toBe(true);
  });

  it("has the interim responses except 100 and 102, redacted", async () => {
    const interims =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 E\r\nSet-Cookie: s=secret\r\n\r\n";
    const { gateway } = await gatewayOf(hint("</a>"), `${interims}${hint("</b>")}`);
    await talk(gateway.port, GET);
    await gateway.settle();
    const [{ primary, candidates } = {}] = gateway.exchanges;
    expect(primary?.interims).toEqual([":status", "103", "Link", "</a>"]);
    const seen = candidates?.[0]?.capture.interims ?? [];
    expect(seen.filter((text) => !text.startsWith("s="))).toEqual([
      ":status",
      "103",
      "Set-Cookie",
      ":status",
      "103",
      "Link",
      "</b>",
    ]);
    expect(seen.join()).not.toContain("secret");
  });
});
