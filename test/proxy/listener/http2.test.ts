import { execFile } from "node:child_process";
import { once } from "node:events";
import { constants, type ClientHttp2Session } from "node:http2";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { requireTool } from "../../tools/require-tool.ts";
import { Front, type FrontOptions } from "../front.ts";
import { answer, RawClient, RawUpstream, talk } from "../proxy-harness.ts";
import { answerOf, ask, openHttp2 } from "./http2-exchange.ts";

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

async function answering(bytes: string | Buffer, close = false): Promise<[Front, ClientHttp2Session]> {
  return through(await RawUpstream.answering(bytes, close));
}

describe("HTTP/2 in cleartext: what the client gets", () => {
  it("is the primary's answer: status, fields in their order and number, bytes", async () => {
    const [, session] = await answering(
      answer(
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

  it("has no fields of a connection, and no Date that the primary did not send", async () => {
    const [, session] = await answering(
      answer("x", "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n"),
      true,
    );
    expect((await ask(session, "/")).fields).toEqual(["content-length", "1"]);
  });

  it("are trailers of a chunked answer", async () => {
    const [, session] = await answering(
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
    ["an empty 401", answer("", "X-A: 1\r\n", "401 U"), "GET", 401, ["x-a", "1", "content-length", "0"]],
  ])("is a head alone: %s", async (_name, response, method, status, fields) => {
    const [, session] = await answering(response);
    const got = await ask(session, "/", { ":method": method });
    expect(got).toEqual({ status, fields, headOnly: true, body: "", trailers: [], rstCode: 0 });
  });

  it("is a gateway error when nobody listens", async () => {
    const gone = await RawUpstream.answering("");
    const [front, session] = await through(gone);
    await gone.stop();
    const got = await ask(session, "/");
    expect([got.status, got.fields.slice(-2)]).toEqual([502, ["proxy-status", "shadowdiff; error=connection_refused"]]);
    expect(front.ends).toEqual([{ clientStatus: 502, primaryStatus: 0 }]);
  });

  it("is a reset when the primary breaks off, never an end that looks right", async () => {
    const [, session] = await answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true);
    const got = await ask(session, "/");
    expect(got).toMatchObject({ status: 200, rstCode: constants.NGHTTP2_INTERNAL_ERROR });
  });

  it("is a head before its body is there", async () => {
    const upstream = await RawUpstream.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    const [, session] = await through(upstream);
    const stream = session.request({ ":path": "/" });
    await once(stream, "response");
    upstream.sockets[0]?.write("ok");
    expect((await answerOf(stream)).body).toBe("ok");
  });

  it("comes in any order for many requests on one connection", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      const name = /^GET \/(\w+)/.exec(text)?.[1] ?? "";
      setTimeout(() => socket.write(answer(name)), name === "slow" ? 60 : 0);
    });
    const [, session] = await through(upstream);
    const order: string[] = [];
    await Promise.all(["slow", "a", "b"].map(async (name) => order.push((await ask(session, `/${name}`)).body)));
    expect(order.at(-1)).toBe("slow");
    expect(order.toSorted()).toEqual(["a", "b", "slow"]);
  });
});

async function received(fields: Record<string, string | string[]>): Promise<string> {
  const upstream = await RawUpstream.answering(answer("ok"));
  const [, session] = await through(upstream);
  await ask(session, "/a/../b?q=%zz", fields);
  return upstream.received;
}

describe("HTTP/2 in cleartext: what the primary gets", () => {
  it("is one request of HTTP/1.1: :authority as Host, one Cookie, the mark of our hop", async () => {
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

  it("is the body as it comes, chunked when its length is not known", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("\r\n0\r\n")) socket.write(answer("ok"));
    });
    const [, session] = await through(upstream);
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.write("hello");
    await expect.poll(() => upstream.received).toContain("5\r\nhello");
    stream.end("world");
    expect((await answerOf(stream)).body).toBe("ok");
    expect(upstream.received).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n$/);
  });

  it("is not told to wait: 100-continue is answered here", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("hello")) socket.write(answer("ok"));
    });
    const [, session] = await through(upstream);
    const stream = session.request({ ":method": "POST", ":path": "/", expect: "100-continue", "content-length": "5" });
    await once(stream, "continue");
    stream.end("hello");
    expect((await answerOf(stream)).body).toBe("ok");
    expect(upstream.received).not.toMatch(/expect/i);
  });

  it("is aborted when the client resets the stream; the connection goes on", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("/next")) socket.write(answer("next"));
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

describe("HTTP/2 in cleartext: what is refused", () => {
  it.each([
    ["TRACE", { ":method": "TRACE" }, 405],
    ["a Host that says otherwise", { ":authority": "a.test", host: "b.test" }, 400],
    ["an authority with a wrong port", { ":authority": "h:8x" }, 400],
    ["a header section of 17 KiB", { "x-a": "a".repeat(17 * 1024) }, 431],
    ["a value with a space at its end", { "x-a": "v " }, 400],
    ["an unknown expectation", { expect: "200-ok" }, 417],
  ])("%s: by the rules of HTTP/1.1, and the connection goes on", async (_name, fields, status) => {
    const upstream = await RawUpstream.answering(answer("ok"));
    const [front, session] = await through(upstream);
    const got = await ask(session, "/", fields);
    expect(got.status).toBe(status);
    expect(got.fields).not.toContain("connection");
    expect(front.refusals.map(([code]) => code)).toEqual([status]);
    expect(upstream.received).toBe("");
    expect((await ask(session, "/")).status).toBe(200);
  });

  it("CONNECT", async () => {
    const [front, session] = await answering(answer("ok"));
    const stream = session.request({ ":method": "CONNECT", ":authority": "h:1" });
    stream.end();
    expect((await answerOf(stream)).status).toBe(405);
    expect(front.refusals).toEqual([[405, "method"]]);
  });

  it.each([
    ["an authority with a user", { ":authority": "u@h" }],
    ["a path without a slash", { ":path": "x" }],
    ["GET *", { ":path": "*" }],
  ])("%s: the stream is reset by the parser, and the connection goes on", async (_name, fields) => {
    const upstream = await RawUpstream.answering(answer("ok"));
    const [, session] = await through(upstream);
    const got = await ask(session, "/", fields);
    expect([got.status, got.rstCode === 0, upstream.received]).toEqual([0, false, ""]);
    expect((await ask(session, "/")).status).toBe(200);
  });

  it("more streams than announced wait, or are refused; none is lost", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(answer("x")), 20));
    const [, session] = await through(upstream);
    await once(session, "remoteSettings");
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
    const all = await Promise.all(Array.from({ length: 250 }, async () => ask(session, "/")));
    expect(all.filter(({ body }) => body === "x")).toHaveLength(250);
  });

  it("a client that resets its streams as fast as it can (CVE-2023-44487) loses its connection", async () => {
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

describe("HTTP/2 in cleartext: pace and ends", () => {
  const SIZE = 8 * 1024 * 1024;

  it("a client that does not read holds the primary back, and gets every byte in the end", async () => {
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
    await expect.poll(still, { interval: 150, timeout: 10_000 }).toBe(true);
    expect(sent).toBeLessThan(SIZE * 3);
    let got = 0;
    stream.on("data", (data: Buffer) => (got += data.length));
    await once(stream, "end");
    expect(got).toBe(SIZE * 4);
  });

  it("a primary that does not read holds the client back", async () => {
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
    await expect.poll(still, { interval: 150, timeout: 10_000 }).toBe(true);
    expect(before).toBeLessThan(SIZE * 3);
    stream.destroy();
  });

  it("a client that stops inside a body is reset at the idle limit; one that waits for the primary is not", async () => {
    const upstream = await RawUpstream.start((socket, text) => {
      if (text.includes("/slow")) setTimeout(() => socket.write(answer("slow")), 500);
    });
    const [, session] = await through(upstream, { listener: { idleTimeoutMs: 150 } });
    const stalled = session.request({ ":method": "POST", ":path": "/stalled" });
    stalled.write("x");
    const [slow, got] = await Promise.all([ask(session, "/slow"), answerOf(stalled)]);
    expect(slow.body).toBe("slow");
    expect(got.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("draining warns the client, answers what is under way, and closes", async () => {
    const upstream = await RawUpstream.start((socket) => setTimeout(() => socket.write(answer("late")), 100));
    const [front, session] = await through(upstream);
    const late = ask(session, "/");
    await expect.poll(() => upstream.received).not.toBe("");
    const warned = once(session, "goaway");
    await front.listener.drain(5_000);
    expect((await late).body).toBe("late");
    expect((await warned)[0]).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it("at the end of the grace what is left is cut", async () => {
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

  it("decide also when they come one by one", async () => {
    const [front] = await answering(answer("ok"));
    const client = await RawClient.open(front.port);
    for (const byte of PREFACE + EMPTY_SETTINGS) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const acknowledged = EMPTY_SETTINGS.replace("\x04\0", "\x04\x01");
    expect(await client.until((text) => text.includes(acknowledged))).not.toContain("HTTP/1.1");
    client.close();
  });

  it("that begin like the preface and are HTTP/1.1 reach it whole", async () => {
    const upstream = await RawUpstream.answering(answer("ok"));
    const [front] = await through(upstream);
    const client = await RawClient.open(front.port);
    client.send("P");
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send("UT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    await client.until((text) => text.endsWith("ok"));
    expect(upstream.received).toMatch(/^PUT \/x [^]*hi$/);
    client.close();
  });

  it("that never come do not keep a connection, nor a listener that drains", async () => {
    const [front] = await answering(answer("ok"));
    const short = await through(await RawUpstream.answering(""), { listener: { headTimeoutMs: 100 } });
    const silent = await RawClient.open(short[0].port);
    expect(await silent.closed()).toBe("");
    const other = await RawClient.open(front.port);
    await front.listener.drain(200);
    expect(await other.closed()).toBe("");
  });

  it("that are the preface, with nothing behind it, do not keep a connection", async () => {
    const [front] = await through(await RawUpstream.answering(""), { listener: { headTimeoutMs: 100 } });
    const client = await RawClient.open(front.port);
    client.send(PREFACE);
    expect(await client.closed()).not.toContain("HTTP/1.1");
  });

  it("are the only place for the preface: behind a request it is a version that is not served", async () => {
    const [front] = await answering(answer("ok"));
    const text = await talk(front.port, `GET / HTTP/1.1\r\nHost: h\r\n\r\n${PREFACE}`);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 505"]);
    expect(front.refusals).toEqual([[505, "version"]]);
  });
});

describe("clients in use", () => {
  it("curl with prior knowledge, curl with an upgrade that is ignored, nghttp", async () => {
    const upstream = await RawUpstream.answering(answer("ok"));
    const [front] = await through(upstream);
    const curl = async (...args: string[]): Promise<string> =>
      (await run(requireTool("curl"), ["-sS", "-w", " %{http_version}", ...args, front.url])).stdout;
    expect(await curl("--http2-prior-knowledge")).toBe("ok 2");
    expect(await curl("--http2")).toBe("ok 1.1");
    expect((await run(requireTool("nghttp"), [front.url])).stdout).toBe("ok");
  });

  it("h2load: 1,000 requests, 10 at once on each of 3 connections, none fails", async () => {
    const [front] = await answering(answer("ok"));
    const { stdout } = await run(requireTool("h2load"), ["-n", "1000", "-c", "3", "-m", "10", front.url]);
    expect(stdout).toContain("1000 succeeded, 0 failed, 0 errored, 0 timeout");
  });
});
