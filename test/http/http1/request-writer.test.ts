import { once } from "node:events";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { Http1Client } from "../../../src/upstream/http1/http1-client.ts";
import type { LegRequest } from "../../../src/upstream/leg.ts";
import { rawResponse, RawUpstream } from "../../proxy/proxy-harness.ts";
import { GET, LIMITS, run, RecordingHandler } from "../../upstream/recording-handler.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(respond: Parameters<typeof RawUpstream.start>[0]): Promise<[RawUpstream, Http1Client]> {
  const raw = await RawUpstream.start(respond);
  const client = new Http1Client(raw.url, 500);
  stops.push(
    async () => client.destroy(),
    async () => raw.stop(),
  );
  return [raw, client];
}

/** Starts an upstream that responds once it has received this ending. */
async function respondingAfter(ending: string): Promise<[RawUpstream, Http1Client]> {
  const [raw, client] = await upstream((socket) => {
    if (raw.received.endsWith(ending)) socket.write(rawResponse("ok"));
  });
  return [raw, client];
}

/** Returns the bytes that the upstream receives. */
async function written(request: Partial<LegRequest>, ending: string): Promise<string> {
  const [raw, client] = await respondingAfter(ending);
  const handler = await run(client, LIMITS, { ...GET, ...request });
  expect(handler.body).toBe("ok");
  return raw.received;
}

/** Creates a body stream as the proxy does. */
function body(...chunks: (string | Buffer)[]): Readable {
  return Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: true },
  );
}

describe("a written request", () => {
  it("contains its line and its fields, byte for byte in order, and nothing else", async () => {
    const headers = ["X-b", "1", "hOST", "h:81", "x-B", "", "Accept", "caf\xe9\t\xff"];
    expect(await written({ target: "/a/../b//%zz?q=\xe9", headers }, "\r\n\r\n")).toBe(
      "GET /a/../b//%zz?q=\xe9 HTTP/1.1\r\nX-b: 1\r\nhOST: h:81\r\nx-B: \r\nAccept: caf\xe9\t\xff\r\n\r\n",
    );
  });

  it("announces an empty body once where a body is expected", async () => {
    expect(await written({ method: "POST" }, "\r\n\r\n")).toBe(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
    );
    const headers = ["content-length", "0", "Host", "h"];
    expect(await written({ method: "POST", headers }, "\r\n\r\n")).toBe(
      "POST / HTTP/1.1\r\ncontent-length: 0\r\nHost: h\r\n\r\n",
    );
    expect(await written({ method: "DELETE" }, "\r\n\r\n")).toBe("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n");
  });

  it("announces the length of a buffered body, which is in the same packet", async () => {
    let pieces = 0;
    const [raw, client] = await upstream((socket) => {
      pieces += 1;
      if (raw.received.endsWith("hello")) socket.write(rawResponse("ok"));
    });
    await run(client, LIMITS, { ...GET, method: "POST", body: Buffer.from("hello") });
    expect(raw.received).toBe("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    expect(pieces).toBe(1);
  });

  it("keeps the Content-Length of its fields", async () => {
    const headers = ["content-LENGTH", "5", "Host", "h"];
    const expected = "PUT / HTTP/1.1\r\ncontent-LENGTH: 5\r\nHost: h\r\n\r\nhello";
    expect(await written({ method: "PUT", headers, body: Buffer.from("hello") }, "hello")).toBe(expected);
    expect(await written({ method: "PUT", headers, body: body("he", "", "llo") }, "hello")).toBe(expected);
  });

  it("contains a large buffered body completely", async () => {
    const large = Buffer.alloc(1_000_000, "x");
    const text = await written({ method: "PUT", body: large }, "xxxxx".repeat(200_000));
    expect(text).toBe(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n${large.toString()}`);
  });

  it("is chunked when the length of its body is unknown; an empty piece does not end it", async () => {
    expect(await written({ method: "POST", body: body("hello", "", " world!") }, "0\r\n\r\n")).toBe(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n",
    );
    expect(await written({ method: "POST", body: body() }, "0\r\n\r\n")).toBe(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
  });

  it("contains the trailers that are known at the end of a chunked body", async () => {
    let ended = false;
    const stream = body("hello").once("end", () => (ended = true));
    const trailers = (): string[] => (ended ? ["X-Sum", "1", "x-Sum", "\xe9"] : ["too", "early"]);
    expect(await written({ method: "POST", body: stream, trailers }, "\r\n\r\n")).toMatch(
      /\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nx-Sum: \xe9\r\n\r\n$/,
    );
  });

  it("lets its head go ahead of a body that is not there yet", async () => {
    const [raw, client] = await respondingAfter("0\r\n\r\n");
    const stream = new Readable({ objectMode: true, read() {} });
    const handler = new RecordingHandler();
    client.send({ ...GET, method: "POST", body: stream }, LIMITS, handler);
    await expect.poll(() => raw.received).toMatch(/chunked\r\n\r\n$/);
    stream.push(Buffer.from("hello"));
    await expect.poll(() => raw.received).toMatch(/5\r\nhello\r\n$/);
    stream.push(null);
    await handler.over;
    expect(handler.body).toBe("ok");
  });

  it("contains the upgrade after its own fields", async () => {
    expect(await written({ upgrade: "x/1" }, "\r\n\r\n")).toBe(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x/1\r\n\r\n",
    );
  });
});

describe("an unwritable request fails without a byte written", () => {
  it.each<[string, Partial<LegRequest>]>([
    ["CR LF in a value", { headers: ["X", "1\r\nY: 2"] }],
    ["a bare LF in a value", { headers: ["X", "1\nY: 2"] }],
    ["a bare CR in a value", { headers: ["X", "1\rY: 2"] }],
    ["NUL in a value", { headers: ["X", "1\0"] }],
    ["a character whose low byte is LF", { headers: ["X", "1\u010aY: 2"] }],
    ["CR LF in a name", { headers: ["X: 1\r\nY", "2"] }],
    ["a space after a name", { headers: ["Host ", "h"] }],
    ["an empty name", { headers: ["", "h"] }],
    ["a space in the target", { target: "/ HTTP/1.1\r\nX: 1\r\n\r\nGET /" }],
    ["an empty target", { target: "" }],
    ["a space in the method", { method: "GET /x" }],
    ["CR LF in the upgrade protocol", { upgrade: "x\r\nY: 2" }],
    ["a connection field", { headers: ["Connection", "close"] }],
    ["a transfer coding", { headers: ["transfer-ENCODING", "chunked"] }],
    ["an upgrade field", { headers: ["Upgrade", "x"] }],
    ["an expectation", { headers: ["Expect", "100-continue"] }],
    ["a length without a body", { headers: ["Content-Length", "5"] }],
    ["two lengths", { headers: ["Content-Length", "5", "content-length", "5"], body: Buffer.from("hello") }],
    ["a length that is not a number", { headers: ["Content-Length", "0x5"], body: Buffer.from("hello") }],
    ["a length that is not the body's", { headers: ["Content-Length", "4"], body: Buffer.from("hello") }],
  ])("%s", async (_name, request) => {
    const [raw, client] = await upstream((socket) => socket.write(rawResponse("ok")));
    const handler = await run(client, LIMITS, { ...GET, ...request });
    expect(handler.events).toEqual([["fail", "internal"]]);
    expect(handler.detail).toMatch(/^the request cannot be sent: [ -~]+$/);
    expect(raw.sockets).toEqual([]);
  });
});

const SMUGGLED = ["X", "1\r\n\r\nGET /smuggled HTTP/1.1"];

describe("a body that contradicts its request", () => {
  it("too long: the leg fails, and no excess byte is written", async () => {
    const [raw, client] = await upstream(() => {});
    const headers = ["Host", "h", "Content-Length", "5"];
    const stream = body("hello", "GET /smuggled HTTP/1.1\r\n\r\n");
    const handler = await run(client, LIMITS, { ...GET, method: "POST", headers, body: stream });
    expect(handler.events).toEqual(["start", ["fail", "internal"]]);
    expect(handler.detail).toBe("the request body is longer than its Content-Length");
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
    expect(raw.received).not.toContain("smuggled");
  });

  it("too short: the leg fails, and the connection is closed", async () => {
    const [raw, client] = await upstream(() => {});
    const headers = ["Host", "h", "Content-Length", "6"];
    const handler = await run(client, LIMITS, { ...GET, method: "POST", headers, body: body("hello") });
    expect([handler.events.at(-1), handler.detail]).toEqual([
      ["fail", "internal"],
      "the request body is shorter than its Content-Length",
    ]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
  });

  it.each<[string, (stream: Readable) => unknown]>([
    ["fails", (stream) => stream.destroy(new Error("canary"))],
    ["is destroyed before its end", (stream) => stream.destroy()],
  ])("%s: the leg fails, and no last chunk is written", async (_name, stop) => {
    const [raw, client] = await upstream(() => {});
    const stream = new Readable({ objectMode: true, read() {} });
    const handler = new RecordingHandler();
    client.send({ ...GET, method: "POST", body: stream }, LIMITS, handler);
    stream.push(Buffer.from("hello"));
    await expect.poll(() => raw.received).toMatch(/hello\r\n$/);
    stop(stream);
    await handler.over;
    expect([handler.events.at(-1), handler.detail]).toEqual([["fail", "internal"], "the request body failed"]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
    expect(raw.received).toMatch(/hello\r\n$/);
  });

  it("is destroyed before there is a connection: the leg fails", async () => {
    const [raw, client] = await upstream(() => {});
    const stream = body("hello");
    stream.destroy();
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body: stream });
    expect(handler.events).toEqual(["start", ["fail", "internal"]]);
    expect(raw.received).toBe("");
  });

  it("has an unwritable trailer: the leg fails, and no last chunk is written", async () => {
    const [raw, client] = await upstream(() => {});
    const request = { ...GET, method: "POST", body: body("hello"), trailers: () => SMUGGLED };
    const handler = await run(client, LIMITS, request);
    expect([handler.events.at(-1), handler.detail]).toEqual([
      ["fail", "internal"],
      "a trailer of the request cannot be sent",
    ]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
    expect(raw.received).not.toMatch(/smuggled|\r\n0\r\n/);
  });
});

describe("an upload", () => {
  const CHUNK = Buffer.alloc(64 * 1024, "x");

  /** Creates an endless body that counts the bytes read. */
  function endless(): { stream: Readable; taken: () => number } {
    let taken = 0;
    const stream = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        taken += CHUNK.length;
        this.push(CHUNK);
      },
    });
    return { stream, taken: () => taken };
  }

  it("is written at the pace of the upstream, and fails when the upstream stalls", async () => {
    const [, client] = await upstream((socket) => socket.pause());
    const { stream, taken } = endless();
    const limits = { ...LIMITS, idleMs: 300 };
    const handler = await run(client, limits, { ...GET, method: "POST", body: stream });
    expect([handler.events.at(-1), handler.detail]).toEqual([
      ["fail", "timeout"],
      "did not read the request body for 300 ms",
    ]);
    expect(taken()).toBeLessThan(16 * 1024 * 1024);
    expect(stream.destroyed).toBe(true);
  });

  it("with an early response: the response is passed on, the rest is not sent, the connection is not reused", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.startsWith("POST")) socket.write(rawResponse("early", "", "413 Too Much"));
      if (text.startsWith("GET")) socket.write(rawResponse("next"));
    });
    const stream = new Readable({ objectMode: true, read() {} });
    stream.push(Buffer.from("hello"));
    const handler = await run(client, LIMITS, { ...GET, method: "POST", body: stream });
    expect([handler.body, handler.events.at(-1)]).toEqual(["early", ["end", []]]);
    expect(stream.destroyed).toBe(true);
    await once(raw.sockets[0] ?? stream, "close");
    expect((await run(client)).body).toBe("next");
    expect(raw.sockets).toHaveLength(2);
  });

  it("with an early response that ends after the upload: the connection is reused", async () => {
    const [raw, client] = await upstream((socket, text) => {
      if (text.startsWith("POST")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
      if (text.endsWith("0\r\n\r\n")) socket.write("2");
      if (text.startsWith("GET")) socket.write(rawResponse("next"));
    });
    const stream = new Readable({ objectMode: true, read() {} });
    stream.push(Buffer.from("hello"));
    const handler = new RecordingHandler();
    client.send({ ...GET, method: "POST", body: stream }, LIMITS, handler);
    await expect.poll(() => handler.body).toBe("1");
    stream.push(null);
    await handler.over;
    expect([handler.body, (await run(client)).body, raw.sockets.length]).toEqual(["12", "next", 1]);
  });

  it("that is aborted releases its body and its connection", async () => {
    const [raw, client] = await upstream(() => {});
    const { stream } = endless();
    const handler = new RecordingHandler();
    const leg = client.send({ ...GET, method: "POST", body: stream }, LIMITS, handler);
    await expect.poll(() => raw.received).not.toBe("");
    leg.abort();
    expect(stream.destroyed).toBe(true);
    expect([stream.listenerCount("data"), stream.listenerCount("end")]).toEqual([0, 0]);
    await expect.poll(() => raw.sockets[0]?.destroyed).toBe(true);
    expect(handler.events).toEqual(["start"]);
  });
});
