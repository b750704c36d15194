import { describe, expect, it } from "vitest";
import { rawResponse, RawClient, type RawUpstream, talk } from "../proxy/proxy-harness.ts";
import { createGateways } from "./gateways.ts";

const { start, upstream, respondingWith } = createGateways();

/** Responds when so many bytes have arrived. */
async function reading(bytes: number): Promise<RawUpstream> {
  let got = 0;
  return upstream((socket, text) => {
    got += text.length;
    if (got >= bytes) socket.write(rawResponse("ok"));
  });
}

const GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const POST = new Set(["POST"]);
const SIZE = 24 * 1024 * 1024;
const count = ({ received }: RawUpstream): number => received.match(/^(?:GET|POST) /gm)?.length ?? 0;

describe("the memory for one candidate", () => {
  it("is limited: a candidate that does not read is dropped at its budget; client, other candidate and secondary receive everything", async () => {
    const [primary, quick, secondary] = [await reading(SIZE), await reading(SIZE), await reading(SIZE)];
    const slow = await upstream((socket) => socket.pause());
    const gateway = await start({
      primary: primary.url,
      candidates: [
        { url: slow.url, methods: POST, timeoutMs: 60_000, maxBufferedBytes: 256 * 1024 },
        { url: quick.url, methods: POST, timeoutMs: 60_000, maxBufferedBytes: 2 * SIZE },
      ],
      secondary: { url: secondary.url, timeoutMs: 60_000, maxBufferedBytes: 2 * SIZE },
      capture: { maxBufferedBytes: 8 * SIZE },
    });
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\n\r\n`);
    client.send(Buffer.alloc(SIZE, "x"));
    await client.until((text) => text.endsWith("ok"));
    await gateway.settle();
    expect(gateway.accounting("candidate-0")).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.accounting("candidate-1")).toEqual({ received: 1, mirrored: 1 });
    expect(quick.received).toBe(primary.received);
    expect(secondary.received).toBe(primary.received);
    expect(gateway.exchanges).toMatchObject([
      {
        primary: { subset: "primary", failure: null },
        secondary: { identical: true },
        candidates: [{ identical: true, capture: { subset: "candidate-1", failure: null } }],
      },
    ]);
    expect(slow.sockets[0]?.bytesRead).toBeLessThan(SIZE);
    expect(gateway.collector.heldBytes).toBe(0);
    client.close();
  });

  it("is limited: a candidate whose response is too large is dropped; the other one is compared", async () => {
    const primary = await respondingWith(rawResponse("x".repeat(5_000)));
    const [large, small] = [
      await respondingWith(rawResponse("y".repeat(5_000))),
      await respondingWith(rawResponse("z".repeat(3_000))),
    ];
    const bound = { maxBufferedBytes: 4_000 };
    const gateway = await start({
      primary: primary.url,
      candidates: [
        { url: large.url, ...bound },
        { url: small.url, ...bound },
      ],
      secondary: { url: large.url, ...bound },
    });
    // Twice, to show that the first request has freed its memory.
    for (const turn of [1, 2]) {
      expect(await talk(gateway.port, GET)).toMatch(/x{5000}$/);
      await gateway.settle();
      expect(gateway.accounting("candidate-0")).toEqual({ received: turn, "dropped:bytes": turn });
      expect(gateway.accounting("candidate-1")).toEqual({ received: turn, mirrored: turn });
    }
    expect(gateway.exchanges.map(({ secondary, candidates }) => [secondary, candidates.length])).toEqual([
      [null, 1],
      [null, 1],
    ]);
    expect(gateway.drops).toEqual(["candidate-0", "secondary", "candidate-0", "secondary"]);
    expect(gateway.collector.heldBytes).toBe(0);
  });
});

describe("a secondary that hangs", () => {
  it("occupies no slot of the candidates; above its own limit, exchanges continue without it", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await respondingWith(rawResponse("ok"));
    const hanging = await upstream(() => {});
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, maxInFlight: 1 }],
      secondary: { url: hanging.url, timeoutMs: 3_000, maxInFlight: 2 },
    });
    for (let sent = 1; sent <= 6; sent += 1) {
      expect(await talk(gateway.port, GET)).toMatch(/ok$/);
      await expect.poll(() => gateway.legs.filter(([role]) => role === "candidate").length).toBe(sent);
    }
    expect(gateway.drops).toEqual(Array(4).fill("secondary"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 6, mirrored: 6 });
    expect(count(hanging)).toBe(2);
    const pairs = gateway.exchanges.map(({ secondary }) => secondary?.capture.failure?.kind ?? "none");
    expect(pairs.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "none",
      "none",
      "none",
      "none",
      "timeout",
      "timeout",
    ]);
  });
});

describe("a candidate with endless responses", () => {
  it("opens its circuit breaker, same as one that hangs", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const endless = await upstream((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const flood = setInterval(() => socket.write(`10000\r\n${"x".repeat(65_536)}\r\n`), 1);
      socket.on("close", () => clearInterval(flood));
    });
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: endless.url, timeoutMs: 10_000, breaker: { failures: 2, openMs: 60_000 } }],
    });
    const breakers = [];
    for (let sent = 0; sent < 4; sent += 1) {
      await talk(gateway.port, GET);
      await gateway.mirror.drain(10_000);
      breakers.push(...gateway.mirror.breakers);
    }
    const place = { route: "default", candidate: "candidate-0" };
    expect(breakers).toEqual([
      { ...place, state: "closed", failures: 1, opens: 0 },
      { ...place, state: "open", failures: 2, opens: 1 },
      { ...place, state: "open", failures: 2, opens: 1 },
      { ...place, state: "open", failures: 2, opens: 1 },
    ]);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 4, mirrored: 2, "dropped:breaker": 2 });
    expect(gateway.exchanges.map(({ candidates }) => candidates[0]?.capture.failure?.kind)).toEqual([
      "endless",
      "endless",
    ]);
    expect(count(endless)).toBe(2);
  });

  it("waits for the primary's response while the client reads slowly, and is a difference in the end", async () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const primary = await upstream((socket) => void socket.write(head + chunk));
    const endless = await upstream((socket) => {
      const flood = (): void => void (socket.write(chunk) ? setImmediate(flood) : socket.once("drain", flood));
      socket.write(head);
      flood();
    });
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: endless.url, timeoutMs: 10_000 }],
      capture: { maxBodyBytes: 100_000 },
    });
    const client = await RawClient.open(gateway.port);
    client.send(GET);
    await client.until((text) => text.length > 65_536);
    // What has left the candidate no longer grows: the rest is in the buffers of its socket.
    const sent = (): number => (endless.sockets[0]?.bytesWritten ?? 0) - (endless.sockets[0]?.writableLength ?? 0);
    let before = -1;
    const isStill = (): boolean => {
      const isSame = sent() === before;
      before = sent();
      return isSame && before > 0;
    };
    await expect.poll(isStill, { interval: 200 }).toBe(true);
    primary.sockets[0]?.write(`${chunk.repeat(8)}0\r\n\r\n`);
    await client.closed();
    await gateway.settle();
    expect(gateway.exchanges.map(({ candidates }) => candidates[0]?.capture.failure?.kind)).toEqual(["endless"]);
    // The candidate was read on after the primary's end, up to the limit.
    expect(gateway.exchanges[0]?.candidates[0]?.capture.body.length).toBeGreaterThan(9 * 65_536);
  });
});
