import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "./proxy-harness.ts";

let primary: RawUpstream;
let candidate: RawUpstream;
let gateway: Gateway;
beforeAll(async () => {
  primary = await RawUpstream.respondingWith(rawResponse("ok"));
  candidate = await RawUpstream.respondingWith(rawResponse("ok"));
  gateway = await Gateway.start({
    primary: primary.url,
    candidates: [{ url: candidate.url, methods: new Set(["GET", "POST", "OPTIONS"]) }],
    headTimeoutMs: 300,
  });
});
afterAll(async () => {
  await gateway.stop();
  await primary.stop();
  await candidate.stop();
});

const head = (...lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const post = (...lines: string[]): string => head("POST / HTTP/1.1", "Host: h", ...lines);

const refused: [string, string, number][] = [
  ["Content-Length with Transfer-Encoding", `${post("Content-Length: 3", "Transfer-Encoding: chunked")}0\r\n\r\n`, 400],
  ["Transfer-Encoding with Content-Length", `${post("Transfer-Encoding: chunked", "Content-Length: 3")}0\r\n\r\n`, 400],
  ["two Content-Lengths", `${post("Content-Length: 3", "Content-Length: 3")}abc`, 400],
  ["Content-Length with a comma", `${post("Content-Length: 3, 3")}abc`, 400],
  ["Content-Length with a sign", `${post("Content-Length: +3")}abc`, 400],
  ["negative Content-Length", `${post("Content-Length: -3")}abc`, 400],
  ["hexadecimal Content-Length", `${post("Content-Length: 0x3")}abc`, 400],
  ["empty Content-Length", `${post("Content-Length:")}abc`, 400],
  ["Transfer-Encoding that is not chunked", `${post("Transfer-Encoding: xchunked")}0\r\n\r\n`, 501],
  ["chunked twice", `${post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")}0\r\n\r\n`, 400],
  ["chunked with another coding", `${post("Transfer-Encoding: gzip, chunked")}0\r\n\r\n`, 501],
  ["Transfer-Encoding after a control character", `${post("Transfer-Encoding: \x0bchunked")}0\r\n\r\n`, 400],
  ["Transfer-Encoding in HTTP/1.0", `${head("POST / HTTP/1.0", "Transfer-Encoding: chunked")}0\r\n\r\n`, 400],
  ["a space before the colon", head("GET / HTTP/1.1", "Host : h"), 400],
  ["a folded field", head("GET / HTTP/1.1", "Host: h", "X-A: 1", " 2"), 400],
  ["a bare LF", "GET / HTTP/1.1\nHost: h\n\n", 400],
  ["a bare CR", "GET / HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\n\r\n", 400],
  ["NUL in a field", head("GET / HTTP/1.1", "Host: h", "X-A: a\0b"), 400],
  ["no Host", head("GET / HTTP/1.1", "X-A: 1"), 400],
  ["an empty Host", head("GET / HTTP/1.1", "Host:"), 400],
  ["two Hosts", head("GET / HTTP/1.1", "Host: h", "Host: h"), 400],
  ["two Hosts in HTTP/1.0", head("GET / HTTP/1.0", "Host: h", "Host: g"), 400],
  ["Host with a user", head("GET / HTTP/1.1", "Host: u@h"), 400],
  ["Host with a path", head("GET / HTTP/1.1", "Host: h/p"), 400],
  ["Host with a comma", head("GET / HTTP/1.1", "Host: h, g"), 400],
  ["Host with a space", head("GET / HTTP/1.1", "Host: h g"), 400],
  ["Host with a wrong port", head("GET / HTTP/1.1", "Host: h:8x"), 400],
  ["GET *", head("GET * HTTP/1.1", "Host: h"), 400],
  ["GET without a path in an absolute target of another host", head("GET http://g HTTP/1.1", "Host: h"), 400],
  ["a fragment in the target", head("GET /a#b HTTP/1.1", "Host: h"), 400],
  ["an absolute target of another host", head("GET http://evil/ HTTP/1.1", "Host: h"), 400],
  ["an absolute target with a user", head("GET http://u@h/ HTTP/1.1", "Host: h"), 400],
  ["a target with another scheme", head("GET ftp://h/ HTTP/1.1", "Host: h"), 400],
  ["a target outside ASCII", head("GET /\u00e9 HTTP/1.1", "Host: h"), 400],
  ["a target with a control character", head("GET /\x01 HTTP/1.1", "Host: h"), 400],
  ["TRACE", head("TRACE / HTTP/1.1", "Host: h"), 405],
  ["CONNECT", head("CONNECT h:443 HTTP/1.1", "Host: h:443"), 405],
  ["HTTP/2 in a request line", head("GET / HTTP/2.0", "Host: h"), 505],
  ["HTTP/0.9", head("GET / HTTP/0.9", "Host: h"), 505],
  ["an unknown expectation", `${post("Expect: 200-ok", "Content-Length: 3")}abc`, 417],
  ["a header of 17 KiB", head("GET / HTTP/1.1", "Host: h", `X-A: ${"a".repeat(17 * 1024)}`), 431],
  ["2,100 fields", head("GET / HTTP/1.1", "Host: h", ...Array.from({ length: 2_100 }, () => "a:b")), 431],
  ["1,001 fields", head("GET / HTTP/1.1", "Host: h", ...Array.from({ length: 1_000 }, () => "a:b")), 431],
  ["bytes that are not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
];

describe("a malformed or ambiguous request", () => {
  it.each(refused)("%s: refused, closed, and no byte reaches an upstream", async (_name, request, status) => {
    const before = gateway.refusals.length;
    const text = await talk(gateway.port, request);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\nConnection: close\r\n`));
    expect(text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    expect(gateway.refusals.slice(before).map(([code]) => code)).toEqual([status]);
    expect([primary.received, candidate.received]).toEqual(["", ""]);
  });

  it("is not counted as received", async () => {
    await gateway.settle();
    expect(gateway.accounting()).toEqual({});
  });

  it("gets a 405 that lists the allowed methods", async () => {
    expect(await talk(gateway.port, head("TRACE / HTTP/1.1", "Host: h"))).toContain("\r\nAllow: GET, HEAD, POST,");
  });

  it("a request after a refused one on the same connection is not served", async () => {
    const text = await talk(gateway.port, head("GET / HTTP/1.1", "Host: a,b") + head("GET / HTTP/1.1", "Host: h"));
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 400"]);
    expect(primary.received).toBe("");
  });

  it("an unfinished head gets a 408", async () => {
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
    expect(primary.received).toBe("");
  });
});

describe("a problem after valid requests", () => {
  it("gets its refusal after the responses to the valid requests", async () => {
    const slow = await RawUpstream.start((socket) => setTimeout(() => socket.write(rawResponse("good")), 50));
    const front = await Gateway.start({ primary: slow.url });
    const text = await talk(front.port, `${head("GET / HTTP/1.1", "Host: h")}nonsense\r\n\r\n`);
    expect(text.match(/HTTP\/1\.1 \d+|good/g)).toEqual(["HTTP/1.1 200", "good", "HTTP/1.1 400"]);
    await front.stop();
    await slow.stop();
  });

  it("a malformed chunk aborts the request to the primary and gets a 400", async () => {
    const reading = await RawUpstream.start(() => {});
    const front = await Gateway.start({ primary: reading.url });
    const client = await RawClient.open(front.port);
    client.send(`${post("Transfer-Encoding: chunked")}5\r\nhello\r\n`);
    await expect.poll(() => reading.received).toContain("hello");
    client.send("zz\r\nbad\r\n0\r\n\r\n");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
    await expect.poll(() => reading.sockets[0]?.destroyed).toBe(true);
    expect(reading.received).not.toContain("0\r\n\r\n");
    await front.stop();
    await reading.stop();
  });

  it("endless chunk extensions are refused", async () => {
    const reading = await RawUpstream.start(() => {});
    const front = await Gateway.start({ primary: reading.url });
    const text = await talk(front.port, `${post("Transfer-Encoding: chunked")}5;${"a".repeat(40_000)}\r\nhello\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    await front.stop();
    await reading.stop();
  });
});
