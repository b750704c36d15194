import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { rawResponse, Gateway, RawClient, RawUpstream, talk, withoutHopFields } from "./proxy-harness.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function through(upstream: RawUpstream): Promise<Gateway> {
  const gateway = await Gateway.start({ primary: upstream.url });
  stops.push(gateway, upstream);
  return gateway;
}

async function bothWays(response: string | Buffer, method = "GET", close = false): Promise<[string, string]> {
  const upstream = await RawUpstream.respondingWith(response, close);
  const gateway = await through(upstream);
  const request = `${method} /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`;
  const direct = await RawClient.open(upstream.port);
  direct.send(request);
  const expected = close
    ? await direct.closed()
    : await direct.until((text) => text.length === Buffer.from(response).length);
  direct.close();
  return [withoutHopFields(expected), withoutHopFields(await talk(gateway.port, request))];
}

const latin1 = (head: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(head, "latin1"), body]);
const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));

describe("the client receives the primary's response byte for byte", () => {
  const cases: [string, string | Buffer, string?][] = [
    ["JSON", rawResponse('{"a":1}', "Content-Type: application/json\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")],
    [
      "gzip",
      latin1(
        `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync("x".repeat(999)).length}\r\n\r\n`,
        gzipSync("x".repeat(999)),
      ),
    ],
    ["binary", latin1(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`, bytes)],
    ["204", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"],
    ["an empty 401", rawResponse("", 'WWW-Authenticate: Basic realm="x"\r\n', "401 Unauthorized")],
    ["304 with a length", 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 123\r\n\r\n'],
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 123\r\nX-A: 1\r\n\r\n", "HEAD"],
    ["a custom reason phrase", Buffer.from(rawResponse("x", "", "299 Très  bien!"))],
    ["a reason phrase that is not UTF-8", Buffer.from(rawResponse("x", "", "299 Tr\u00e8s \u00ff"), "latin1")],
    ["no reason phrase", rawResponse("x", "", "299 ")],
    [
      "duplicate fields in odd case and order",
      rawResponse("x", "x-B: 2\r\nSET-cookie: a=1\r\nX-b: 1\r\nset-Cookie: b=2\r\nX-EMPTY:\r\n").replace(
        "X-EMPTY:",
        "X-EMPTY: ",
      ),
    ],
    ["field values outside ASCII", rawResponse("x", "X-A: \u00e9\u00ff\r\n")],
    ["__proto__ as a field", rawResponse("x", "__proto__: y\r\nconstructor: z\r\n")],
    [
      "chunked with trailers",
      "HTTP/1.1 200 OK\r\nTrailer: X-Sum, x-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-Sum: 2\r\n\r\n",
    ],
    [
      "a trailer that is named like a length",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n",
    ],
  ];
  it.each(cases)("%s", async (_name, response, method) => {
    const buffer = typeof response === "string" ? Buffer.from(response, "latin1") : response;
    const [direct, proxied] = await bothWays(buffer, method);
    expect(proxied).toBe(direct);
  });

  it("a body that ends with the connection becomes chunked", async () => {
    const [, proxied] = await bothWays("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nhello", "GET", true);
    expect(proxied).toBe("HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  });

  it("hop-by-hop fields of the primary are not forwarded", async () => {
    const fields =
      "Connection: close, X-Hop, Content-Length\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nX-End: 1\r\n";
    const [, proxied] = await bothWays(rawResponse("x", fields), "GET", true);
    expect(proxied).toBe("HTTP/1.1 200 OK\r\nX-End: 1\r\nContent-Length: 1\r\n\r\nx");
  });

  it("interim responses are forwarded without their hop-by-hop fields, except a 100 that the client did not ask for", async () => {
    const processing = "HTTP/1.1 102 Processing\r\n\r\n".repeat(21);
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nLink: </y>\r\n";
    const response = `HTTP/1.1 100 Continue\r\n\r\n${processing}${hints}Connection: close\r\n\r\n${rawResponse("done")}`;
    const [, proxied] = await bothWays(response);
    // A 102 is of no use once the final response is there.
    expect(proxied).toBe(`${hints}\r\n${rawResponse("done")}`);
  });

  it("an announcement of trailers is omitted where none can follow", async () => {
    const [, proxied] = await bothWays("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 9\r\n\r\n", "HEAD");
    expect(proxied).toBe("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  });
});

async function receivedFrom(request: string): Promise<string> {
  const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
  const gateway = await through(upstream);
  await talk(gateway.port, request);
  return upstream.received;
}

describe("the primary receives", () => {
  it("the target and the fields of the client, without hop-by-hop fields, with our mark", async () => {
    const request =
      "GET /a/../b/%2e%2e%2f//x?q=%zz&y HTTP/1.1\r\nHost: example.test:81\r\nX-b: 1\r\nx-B: 2\r\nVia: 1.0 front\r\n" +
      "Connection: close, X-Secret, Host, X-Forwarded-For\r\nX-Secret: s\r\nX-Forwarded-For: 1.2.3.4\r\nTE: gzip, trailers\r\n" +
      "Keep-Alive: 3\r\nProxy-Connection: x\r\nProxy-Authorization: y\r\nUpgrade: h2c\r\n\r\n";
    expect(await receivedFrom(request)).toBe(
      "GET /a/../b/%2e%2e%2f//x?q=%zz&y HTTP/1.1\r\nHost: example.test:81\r\nX-b: 1\r\nx-B: 2\r\n" +
        "Via: 1.0 front\r\nX-Forwarded-For: 1.2.3.4\r\nTE: trailers\r\nShadowdiff-Hop: 1\r\n\r\n",
    );
  });

  it("its own authority as Host when an HTTP/1.0 client sends none", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const gateway = await through(upstream);
    expect(await talk(gateway.port, "GET / HTTP/1.0\r\n\r\n")).toBe(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    );
    expect(upstream.received).toBe(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${upstream.port}\r\nShadowdiff-Hop: 1\r\n\r\n`);
  });

  it("only the path of an absolute target that names the same host", async () => {
    const text = await receivedFrom("GET http://H.test/p?q HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n");
    expect(text).toMatch(/^GET \/p\?q HTTP\/1\.1\r\nHost: h\.test\r\n/);
  });

  it("the body, streamed before it has ended", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("world")) socket.write(rawResponse("ok"));
    });
    const gateway = await through(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    await expect.poll(() => upstream.received).toContain("hello");
    client.send("world");
    await client.until((text) => text.endsWith("\r\n\r\nok"));
    expect(upstream.received).toMatch(/Content-Length: 10\r\n(?:.+\r\n)*\r\nhelloworld$/);
    client.close();
  });

  it("a chunked body", async () => {
    const text = await receivedFrom(
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    );
    expect(text).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n$/);
  });

  it("the body after the listener has responded to 100-continue", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("hello")) socket.write(rawResponse("ok"));
    });
    const gateway = await through(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    await client.until((text) => text.endsWith("ok"));
    expect(upstream.received).not.toMatch(/expect/i);
    client.close();
  });
});

function one(method: string, path: string): string {
  return `${method} /${path} HTTP/1.1\r\nHost: h\r\n\r\n`;
}

describe("connections", () => {
  it("pipelined requests get their responses in order", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      const name = /^(?:GET|HEAD) \/(\w+)/.exec(text)?.[1] ?? "";
      const reply = text.startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : rawResponse(name);
      if (name === "slow") setTimeout(() => socket.write(reply), 50);
      else socket.write(reply);
    });
    const gateway = await through(upstream);
    const client = await RawClient.open(gateway.port);
    client.send(one("GET", "slow") + one("HEAD", "head") + one("GET", "last"));
    const text = withoutHopFields(await client.until((text) => text.endsWith("last")));
    expect(text).toBe(`${rawResponse("slow")}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n${rawResponse("last")}`);
    client.close();
  });

  it("an HTTP/1.0 client gets a chunked response decoded, until the end of the connection", async () => {
    const upstream = await RawUpstream.respondingWith(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n2\r\nhi\r\n0\r\nX-A: 1\r\n\r\n",
    );
    const gateway = await through(upstream);
    expect(await talk(gateway.port, "GET / HTTP/1.0\r\nHost: h\r\n\r\n")).toBe(
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi",
    );
  });

  it("a head is forwarded before its body is available", async () => {
    const upstream = await RawUpstream.respondingWith("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    const gateway = await through(upstream);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const head = await client.until((text) => text.includes("\r\n\r\n"));
    expect(head).toMatch(/\r\n\r\n$/);
    upstream.sockets[0]?.write("ok");
    await client.until((text) => text.endsWith("\r\n\r\nok"));
    client.close();
  });

  it("draining finishes a request in flight and closes its connection", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(rawResponse("late")), 100));
    const gateway = await through(upstream);
    const idle = await RawClient.open(gateway.port);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await expect.poll(() => upstream.received).not.toBe("");
    await gateway.listener.drain(5_000);
    expect(withoutHopFields(await client.closed())).toBe(rawResponse("late"));
    await idle.closed();
  });
});
