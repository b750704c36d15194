import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { ClientResponse } from "../../../src/proxy/exchange/client-exchange.ts";
import { waitForEndOfTurn } from "../../../src/lib/runtime/end-of-turn.ts";
import { Listener } from "../../../src/proxy/listener/listener.ts";
import { Front } from "../front.ts";
import { FORWARDED, REQUESTS } from "../route-builders.ts";
import { RawClient, RawUpstream, talk } from "../proxy-harness.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const KEPT = "Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n";
const CLOSED = "Connection: close\r\n";

const CHUNKED = "Transfer-Encoding: chunked\r\n";
const chunked = (fields: string): string => `HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`;
const lengthHead = (hop: string): string => `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${hop}\r\n`;
const bare = (hop: string, framing = ""): string => `HTTP/1.1 200 OK\r\n${hop}${framing}\r\n`;

/** Returns the bytes that a client receives when this function writes the response. */
async function answeredBy(respond: (response: ClientResponse) => void): Promise<string> {
  const listener = new Listener({
    serve: (_head, _request, response) => respond(response),
    requests: REQUESTS,
    forwarded: FORWARDED,
    headTimeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    refused() {},
  });
  stops.push(async () => listener.drain(0));
  const port = await listener.listen({ host: "127.0.0.1", port: 0 }, false);
  return talk(port, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
}

describe("the framing of a response", () => {
  const RESPONSES = {
    length: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    chunks: `${chunked("")}2\r\nok\r\n0\r\nX-T: 1\r\n\r\n`,
    none: `${chunked("")}0\r\n\r\n`,
    204: "HTTP/1.1 204 No Content\r\n\r\n",
    304: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
  };

  it.each([
    ["GET", "HTTP/1.1", "length", `${lengthHead(KEPT)}ok`],
    ["GET", "HTTP/1.0", "length", `${lengthHead(KEPT)}ok`],
    ["HEAD", "HTTP/1.1", "length", lengthHead(KEPT)],
    ["HEAD", "HTTP/1.0", "length", lengthHead(KEPT)],
    ["GET", "HTTP/1.1", "chunks", `${bare(KEPT, CHUNKED)}2\r\nok\r\n0\r\nX-T: 1\r\n\r\n`],
    ["GET", "HTTP/1.0", "chunks", `${bare(CLOSED)}ok`],
    ["HEAD", "HTTP/1.1", "chunks", bare(KEPT)],
    ["HEAD", "HTTP/1.0", "chunks", bare(KEPT)],
    ["GET", "HTTP/1.1", "none", `${bare(KEPT, CHUNKED)}0\r\n\r\n`],
    ["GET", "HTTP/1.0", "none", bare(CLOSED)],
    ["GET", "HTTP/1.1", 204, `HTTP/1.1 204 No Content\r\n${KEPT}\r\n`],
    ["GET", "HTTP/1.0", 204, `HTTP/1.1 204 No Content\r\n${KEPT}\r\n`],
    ["GET", "HTTP/1.1", 304, `HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n${KEPT}\r\n`],
    ["GET", "HTTP/1.0", 304, `HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n${KEPT}\r\n`],
  ] as const)(
    "%s of %s with keep-alive: %s, and the next response is found",
    async (method, version, name, expected) => {
      const upstream = await RawUpstream.start((socket, text) => {
        const bytes = text.includes("/next") ? RESPONSES.length : RESPONSES[name];
        socket.write(text.startsWith("HEAD") ? bytes.slice(0, bytes.indexOf("\r\n\r\n") + 4) : bytes);
      });
      const front = await Front.start({ upstream: upstream.url });
      stops.push(
        async () => front.stop(),
        async () => upstream.stop(),
      );
      const request = `${method} / ${version}\r\nHost: h\r\nConnection: keep-alive\r\n\r\n`;
      const text = await talk(front.port, `${request}GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
      expect(text).toBe(expected.includes(CLOSED) ? expected : `${expected}${lengthHead(CLOSED)}ok`);
    },
  );
});

describe("a response in a turn in which others have been written", () => {
  const others = { endTurn() {} };
  const begin = (response: ClientResponse): void => {
    waitForEndOfTurn(others);
    response.writeHead(200, "OK", ["Content-Length", "4"]);
    response.write(Buffer.from("ab"));
  };
  const head = `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${CLOSED}\r\n`;

  it("is complete", async () => {
    const text = await answeredBy((response) => {
      begin(response);
      response.write(Buffer.from("cd"));
      response.end([]);
    });
    expect(text).toBe(`${head}abcd`);
  });

  it("that is cut has what came before", async () => {
    const text = await answeredBy((response) => {
      begin(response);
      response.cut();
    });
    expect(text).toBe(`${head}ab`);
  });
});

describe("writeHead rejects an ambiguous head", () => {
  it.each<[string, number, string, string[]]>([
    ["an interim status", 199, "OK", []],
    ["a status of four digits", 1_000, "OK", []],
    ["a status that is not a number", Number.NaN, "OK", []],
    ["a line end in the reason", 200, "OK\r\nX: y", []],
    ["a reason with a character of more than one byte", 200, "\u010a", []],
    ["a line end in a value", 200, "OK", ["X", "a\r\nSet-Cookie: b"]],
    ["a second response in a value", 200, "OK", ["X", "a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]],
    ["LF in a value", 200, "OK", ["X", "a\nb"]],
    ["CR in a value", 200, "OK", ["X", "a\rb"]],
    ["NUL in a value", 200, "OK", ["X", "a\0b"]],
    ["characters whose low bytes are CR LF", 200, "OK", ["X", "a\u010d\u010ab"]],
    ["a line end in a name", 200, "OK", ["X\r\nY", "a"]],
    ["a colon in a name", 200, "OK", ["X:", "a"]],
    ["no name", 200, "OK", ["", "a"]],
    ["a line end in a field that is omitted", 200, "OK", ["Connection", "a\r\nb"]],
    ["two lengths", 200, "OK", ["Content-Length", "2", "content-length", "2"]],
    ["a length in a list", 200, "OK", ["Content-Length", "2, 2"]],
    ["a length with a sign", 200, "OK", ["Content-Length", "+2"]],
    ["an empty length", 200, "OK", ["Content-Length", ""]],
  ])("%s", async (_name, status, reason, fields) => {
    let isTaken = true;
    const text = await answeredBy((response) => {
      isTaken = response.writeHead(status, reason, fields);
      response.writeHead(500, "Oops", ["Content-Length", "2"]);
      response.write(Buffer.from("no"));
      response.end([]);
    });
    expect([isTaken, text]).toEqual([false, `HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n${CLOSED}\r\nno`]);
  });

  it("omits ambiguous trailers", async () => {
    const text = await answeredBy((response) => {
      response.writeHead(200, "OK", []);
      response.end(["X", "a\r\n\r\nHTTP/1.1 200 OK"]);
    });
    expect(text).toBe(`HTTP/1.1 200 OK\r\n${CLOSED}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`);
  });
});

describe("a body whose length differs from its Content-Length", () => {
  const head = `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n${CLOSED}\r\n`;
  it.each([
    ["shorter", ["ab"], `${head}ab`],
    ["longer", ["ab", "cd"], `${head}ab`],
    ["longer in one write", ["abcd"], ""],
    ["empty", [], ""],
  ])("%s: the connection ends without a byte beyond the length", async (_name, pieces, expected) => {
    const text = await answeredBy((response) => {
      response.writeHead(200, "OK", ["Content-Length", "3"]);
      // Separate writes: the end of the connection would overtake buffered bytes.
      const next = (index: number): void => {
        const piece = pieces[index];
        if (piece === undefined) return response.end([]);
        if (response.write(Buffer.from(piece))) setTimeout(next, 20, index + 1);
        return undefined;
      };
      next(0);
    });
    expect(text).toBe(expected);
  });

  it.each([
    ["shorter", "hello", "5000"],
    ["longer", "hello world", "5"],
  ])(
    "%s, from an HTTP/2 upstream: it is cut, and nothing follows that looks like a response",
    async (_name, body, length) => {
      const server = createServer();
      server.on("sessionError", () => {});
      server.on("stream", (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders) => {
        stream.on("error", () => {});
        stream.respond({ ":status": 200, "content-length": length });
        stream.end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const front = await Front.start({ upstream, protocol: "h2" });
      stops.push(
        async () => front.stop(),
        () => server.close(),
      );
      const client = await RawClient.open(front.port);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2));
      const [head = "", rest = "", ...more] = (await client.closed()).split(/(?<=\r\n\r\n)/);
      expect(head).toMatch(new RegExp(`^HTTP/1\\.1 200 OK\\r\\ncontent-length: ${length}\\r\\n`));
      expect([rest.length < Number(length), more]).toEqual([true, []]);
    },
  );
});
