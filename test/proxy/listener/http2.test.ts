import { execFile } from "node:child_process";
import { once } from "node:events";
import { constants, type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { requireTool } from "../../tools/require-tool.ts";
import { Front, type FrontOptions } from "../front.ts";
import { rawResponse, RawClient, RawUpstream, talk } from "../proxy-harness.ts";
import { END_STREAM, FrameClient } from "./http2-frames.ts";
import { responseOf, ask, openHttp2 } from "./http2-exchange.ts";

const run = promisify(execFile);
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function through(
  upstream: RawUpstream,
  options: Partial<FrontOptions> = {},
): Promise<[Front, ClientHttp2Session]> {
  const front = await Front.start({ upstream: upstream.url, ...options });
  const session = openHttp2(front.url);
  stops.push(
    () => session.destroy(),
    async () => front.stop(),
    async () => upstream.stop(),
  );
  return [front, session];
}

async function connectTo(bytes: string | Buffer, close = false): Promise<[Front, ClientHttp2Session]> {
  return through(await RawUpstream.respondingWith(bytes, close));
}

describe("HTTP/2 in cleartext: the client receives", () => {
  it("the primary's response: status, fields in the same order and number, bytes", async () => {
    const [, session] = await connectTo(
      rawResponse(
        "h\u00e9llo",
        "X-b: 2\r\nSet-Cookie: a=1\r\nx-B: 1\r\nset-cookie: b=2\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n",
      ),
    );
    expect(await ask(session, "/")).toEqual({
      status: 200,
      fields: [
        "x-b",
        "2",
        "set-cookie",
        "a=1",
        "x-b",
        "1",
        "set-cookie",
        "b=2",
        "content-type",
        "a/b",
        "content-type",
        "c/d",
        "content-length",
        "6",
      ],
      headOnly: false,
      body: Buffer.from("h\u00e9llo").toString("latin1"),
      trailers: [],
      rstCode: 0,
    });
  });

  it("no connection fields, and no Date that the primary did not send", async () => {
    const [, session] = await connectTo(
      rawResponse("x", "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n"),
      true,
    );
    expect((await ask(session, "/")).fields).toEqual(["content-length", "1"]);
  });

  it("the trailers of a chunked response", async () => {
    const [, session] = await connectTo(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n",
    );
    expect(await ask(session, "/")).toMatchObject({
      body: "hello",
      trailers: ["x-sum", "1", "x-sum", "2"],
      rstCode: 0,
    });
  });

  it.each([
    ["204", "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", "GET", 204, ["x-a", "1"]],
    ["304", 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', "GET", 304, ["etag", '"x"']],
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n", "HEAD", 200, ["content-length", "123"]],
    ["an empty 401", rawResponse("", "X-A: 1\r\n", "401 U"), "GET", 401, ["x-a", "1", "content-length", "0"]],
  ])("a head that ends the stream: %s", async (_name, response, method, status, fields) => {
    const [, session] = await connectTo(response);
    const got = await ask(session, "/", { ":method": method });
    expect(got).toEqual({ status, fields, headOnly: true, body: "", trailers: [], rstCode: 0 });
  });

  it("a gateway error when no upstream listens", async () => {
    const gone = await RawUpstream.respondingWith("");
    const [front, session] = await through(gone);
    await gone.stop();
    const got = await ask(session, "/");
    expect([got.status, got.fields.slice(-2)]).toEqual([502, ["proxy-status", "shadowdiff; error=connection_refused"]]);
    expect(front.ends).toEqual([{ clientStatus: 502, primaryStatus: 0 }]);
  });

  it("a reset when the primary disconnects, not an orderly end", async () => {
    const [, session] = await connectTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true);
    const got = await ask(session, "/");
    expect(got).toMatchObject({ status: 200, rstCode: constants.NGHTTP2_INTERNAL_ERROR });
  });

  it("the head before the body is available", async () => {
    const upstream = await RawUpstream.respondingWith("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    const [, session] = await through(upstream);
    const stream = session.request({ ":path": "/" });
    await once(stream, "response");
    upstream.sockets[0]?.write("ok");
    expect((await responseOf(stream)).body).toBe("ok");
  });

  it("responses in any order for concurrent requests on one connection", async () => {
    const waiting = new Map<string, Socket>();
    const upstream = await RawUpstream.start((socket, text) => {
      waiting.set(/^GET \/(\w+)/.exec(text)?.[1] ?? "", socket);
    });
    const [, session] = await through(upstream);
    const asked = new Map(["first", "second", "third"].map((name) => [name, ask(session, `/${name}`)]));
    await expect.poll(() => waiting.size).toBe(3);
    for (const name of ["third", "first", "second"]) {
      waiting.get(name)?.write(rawResponse(name));
      expect((await asked.get(name))?.body).toBe(name);
    }
  });
});

async function received(fields: Record<string, string | string[]>): Promise<string> {
  const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
  const [, session] = await through(upstream);
  await ask(session, "/a/../b?q=%zz", fields);
  return upstream.received;
}

describe("HTTP/2 in cleartext: the primary receives", () => {
  it("an HTTP/1.1 request: :authority as Host, one Cookie, the mark of our hop", async () => {
    const text = await received({
      ":authority": "Example.test:81",
      cookie: ["a=1", "b=2"],
      "x-a": "1",
      te: "trailers",
    });
    expect(text).toBe(
      "GET /a/../b?q=%zz HTTP/1.1\r\nhost: Example.test:81\r\ncookie: a=1; b=2\r\nx-a: 1\r\n" +
        "te: trailers\r\nShadowdiff-Hop: 1\r\n\r\n",
    );
  });

  it("the body as it arrives, chunked when its length is unknown", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("\r\n0\r\n")) socket.write(rawResponse("ok"));
    });
    const [, session] = await through(upstream);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.write("hello");
    await expect.poll(() => upstream.received).toContain("5\r\nhello");
    stream.end("world");
    expect((await responseOf(stream)).body).toBe("ok");
    expect(upstream.received).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n$/);
  });

  it("no expectation: the listener responds to 100-continue", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("hello")) socket.write(rawResponse("ok"));
    });
    const [, session] = await through(upstream);
    const stream = session.request({ ":method": "POST", ":path": "/", expect: "100-continue", "content-length": "5" });
    await once(stream, "continue");
    stream.end("hello");
    expect((await responseOf(stream)).body).toBe("ok");
    expect(upstream.received).not.toMatch(/expect/i);
  });

  it("an abort when the client resets the stream; the connection stays open", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("/next")) socket.write(rawResponse("next"));
    });
    const [front, session] = await through(upstream);
    const stream = session.request({ ":path": "/hang" });
    stream.on("error", () => {});
    await expect.poll(() => upstream.received).toContain("/hang");
    stream.close(constants.NGHTTP2_CANCEL);
    await expect.poll(() => upstream.sockets[0]?.destroyed).toBe(true);
    expect(front.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
    expect((await ask(session, "/next")).body).toBe("next");
  });
});

describe("HTTP/2 in cleartext: the end of a client's connection", () => {
  it.each(["FIN", "RST"])("by %s aborts all its requests, also responses that it does not read", async (end) => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("/large")) socket.write(rawResponse("x".repeat(1024 * 1024)));
    });
    const [front] = await through(upstream);
    const client = await FrameClient.open(front.port);
    // A window of 0 bytes for each stream, so that the listener has nothing to write and no write can fail.
    client.send("SETTINGS", 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));
    for (const [index, path] of ["/large", "/silent", "/large", "/silent"].entries()) {
      const head = [":method", "GET", ":scheme", "http", ":authority", "h", ":path", path];
      client.sendHeaders(2 * index + 1, head, END_STREAM);
    }
    await expect.poll(() => upstream.sockets.length).toBe(4);
    await client.until((frames) => frames.filter(({ type }) => type === "HEADERS").length === 2);
    if (end === "FIN") client.raw.socket.end();
    else client.raw.socket.resetAndDestroy();
    await expect.poll(() => upstream.sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(front.ends.map(({ clientStatus }) => clientStatus).toSorted((a, b) => a - b)).toEqual([0, 0, 200, 200]);
    client.raw.close();
  });
});

describe("HTTP/2 in cleartext: refused requests", () => {
  it.each([
    ["TRACE", { ":method": "TRACE" }, 405],
    ["a Host that differs from :authority", { ":authority": "a.test", host: "b.test" }, 400],
    ["an authority with a wrong port", { ":authority": "h:8x" }, 400],
    ["a header section of 17 KiB", { "x-a": "a".repeat(17 * 1024) }, 431],
    ["a value with a space at its end", { "x-a": "v " }, 400],
    ["an unknown expectation", { expect: "200-ok" }, 417],
  ])("%s: by the rules of HTTP/1.1, and the connection stays open", async (_name, fields, status) => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [front, session] = await through(upstream);
    const got = await ask(session, "/", fields);
    expect(got.status).toBe(status);
    expect(got.fields).not.toContain("connection");
    expect(front.refusals.map(([code]) => code)).toEqual([status]);
    expect(upstream.received).toBe("");
    expect((await ask(session, "/")).status).toBe(200);
  });

  it("CONNECT", async () => {
    const [front, session] = await connectTo(rawResponse("ok"));
    const stream = session.request({ ":method": "CONNECT", ":authority": "h:1" });
    stream.end();
    expect((await responseOf(stream)).status).toBe(405);
    expect(front.refusals).toEqual([[405, "method"]]);
  });

  it.each([
    ["an authority with a user", { ":authority": "u@h" }],
    ["a path without a slash", { ":path": "x" }],
    ["GET *", { ":path": "*" }],
  ])("%s: the parser resets the stream, and the connection stays open", async (_name, fields) => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [, session] = await through(upstream);
    const got = await ask(session, "/", fields);
    expect([got.status, got.rstCode === 0, upstream.received]).toEqual([0, false, ""]);
    expect((await ask(session, "/")).status).toBe(200);
  });

  it("streams beyond the announced maximum wait or are refused; no request is lost", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(rawResponse("x")), 20));
    const [, session] = await through(upstream);
    await once(session, "remoteSettings");
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
    const all = await Promise.all(Array.from({ length: 250 }, async () => ask(session, "/")));
    expect(all.filter(({ body }) => body === "x")).toHaveLength(250);
  });

  it("a client that resets its streams as fast as it can (CVE-2023-44487) is disconnected", async () => {
    const upstream = await RawUpstream.start(() => {});
    const [front, session] = await through(upstream);
    await once(session, "remoteSettings");
    let opened = 0;
    while (!session.destroyed && !session.closed && opened < 5_000) {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      opened += 1;
      if (opened % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => session.destroyed).toBe(true);
    expect(front.heads.length).toBeLessThan(1_000);
    const other = openHttp2(front.url);
    stops.unshift(() => other.destroy());
    const stream = other.request({ ":path": "/other" });
    stream.on("error", () => {});
    await expect.poll(() => front.heads.at(-1)?.target).toBe("/other");
  });
});

describe("HTTP/2 in cleartext: backpressure and shutdown", () => {
  const SIZE = 8 * 1024 * 1024;

  it("a client that does not read slows the primary down, and finally receives every byte", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const upstream = await RawUpstream.start((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE * 4}\r\n\r\n`);
      const more = (): void => {
        while (sent < SIZE * 4) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
      };
      more();
    });
    const [, session] = await through(upstream);
    const stream = session.request({ ":path": "/" });
    await once(stream, "response");
    let before = -1;
    const still = (): boolean => {
      const same = sent === before;
      before = sent;
      return same;
    };
    await expect.poll(still, { interval: 150 }).toBe(true);
    expect(sent).toBeLessThan(SIZE * 3);
    let got = 0;
    stream.on("data", (data: Buffer) => (got += data.length));
    await once(stream, "end");
    expect(got).toBe(SIZE * 4);
  });

  it("a primary that does not read slows the client down", async () => {
    const upstream = await RawUpstream.start((socket) => socket.pause());
    const [, session] = await through(upstream);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => {});
    stream.end(Buffer.alloc(SIZE * 4, "x"));
    let before = -1;
    const still = (): boolean => {
      const now = session.socket.bytesWritten;
      const same = now === before && now > 0;
      before = now;
      return same;
    };
    await expect.poll(still, { interval: 150 }).toBe(true);
    expect(before).toBeLessThan(SIZE * 3);
    stream.destroy();
  });

  it("a client that stops within a body is reset after the idle timeout; one that waits for the primary is not", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("/slow")) setTimeout(() => socket.write(rawResponse("slow")), 500);
    });
    const [, session] = await through(upstream, { listener: { idleTimeoutMs: 150 } });
    const stalled = session.request({ ":method": "POST", ":path": "/stalled" });
    stalled.write("x");
    const [slow, got] = await Promise.all([ask(session, "/slow"), responseOf(stalled)]);
    expect(slow.body).toBe("slow");
    expect(got.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("draining sends a GOAWAY, serves requests in flight, and closes", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(rawResponse("late")), 100));
    const [front, session] = await through(upstream);
    const late = ask(session, "/");
    await expect.poll(() => upstream.received).not.toBe("");
    const warned = once(session, "goaway");
    await front.listener.drain(5_000);
    expect((await late).body).toBe("late");
    expect((await warned)[0]).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("remaining streams are cut at the end of the grace period", async () => {
    const upstream = await RawUpstream.start(() => {});
    const [front, session] = await through(upstream);
    const hanging = ask(session, "/");
    await expect.poll(() => upstream.received).not.toBe("");
    await front.listener.drain(100);
    expect((await hanging).status).toBe(0);
    expect(front.ends).toEqual([{ clientStatus: 0, primaryStatus: 0 }]);
  });
});

describe("the first bytes of a connection", () => {
  const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const EMPTY_SETTINGS = "\0\0\0\x04\0\0\0\0\0";

  it("select the version even when they arrive one by one", async () => {
    const [front] = await connectTo(rawResponse("ok"));
    const client = await RawClient.open(front.port);
    for (const byte of PREFACE + EMPTY_SETTINGS) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const acknowledged = EMPTY_SETTINGS.replace("\x04\0", "\x04\x01");
    expect(await client.until((text) => text.includes(acknowledged))).not.toContain("HTTP/1.1");
    client.close();
  });

  it("that begin like the preface but are HTTP/1.1 are not lost", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [front] = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send("P");
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send("UT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    await client.until((text) => text.endsWith("ok"));
    expect(upstream.received).toMatch(/^PUT \/x [^]*hi$/);
    client.close();
  });

  it("that never arrive do not keep a draining listener open", async () => {
    const [front] = await connectTo(rawResponse("ok"));
    const silent = await RawClient.open(front.port);
    await front.listener.drain(200);
    expect(await silent.closed()).toBe("");
  });

  it("that are a part of the preface keep a connection open for the head timeout", async () => {
    const [front] = await through(await RawUpstream.respondingWith(""), { listener: { headTimeoutMs: 100 } });
    const client = await RawClient.open(front.port);
    client.send(PREFACE.slice(0, 9));
    expect(await client.closed()).toBe("");
  });

  it("that are only the preface do not keep a connection open", async () => {
    const [front] = await through(await RawUpstream.respondingWith(""), { listener: { headTimeoutMs: 100 } });
    const client = await RawClient.open(front.port);
    client.send(PREFACE);
    expect(await client.closed()).not.toContain("HTTP/1.1");
  });

  it("must contain the preface: after a request it is an unsupported version", async () => {
    const [front] = await connectTo(rawResponse("ok"));
    const text = await talk(front.port, `GET / HTTP/1.1\r\nHost: h\r\n\r\n${PREFACE}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 505"]);
    expect(front.refusals).toEqual([[505, "version"]]);
  });
});

describe("real clients", () => {
  it("curl with prior knowledge, curl with an upgrade that is ignored, nghttp", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    const [front] = await through(upstream);
    const curl = async (...args: string[]): Promise<string> =>
      (await run(requireTool("curl"), ["-sS", "-w", " %{http_version}", ...args, front.url])).stdout;
    expect(await curl("--http2-prior-knowledge")).toBe("ok 2");
    expect(await curl("--http2")).toBe("ok 1.1");
    expect((await run(requireTool("nghttp"), [front.url])).stdout).toBe("ok");
  });

  it("h2load: 1,000 requests, 10 concurrent on each of 3 connections, without a failure", async () => {
    const [front] = await connectTo(rawResponse("ok"));
    const { stdout } = await run(requireTool("h2load"), ["-n", "1000", "-c", "3", "-m", "10", front.url]);
    expect(stdout).toContain("1000 succeeded, 0 failed, 0 errored, 0 timeout");
  });
});
