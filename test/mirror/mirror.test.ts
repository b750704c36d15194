import { describe, expect, it } from "vitest";
import { rawResponse, RawClient, RawUpstream, talk, withoutHopFields } from "../proxy/proxy-harness.ts";
import { createGateways } from "./gateways.ts";

const { start, upstream, respondingWith } = createGateways();

const GET = "GET /p?a=1 HTTP/1.1\r\nHost: h\r\nX-b: 1\r\n\r\n";

/** Sends requests one after the other on one connection. @returns the responses */
async function inTurn(port: number, count: number, request = GET, end = "ok"): Promise<string[]> {
  const client = await RawClient.open(port);
  const responses: string[] = [];
  for (let round = 0; round < count; round += 1) {
    client.received = Buffer.alloc(0);
    client.send(request);
    responses.push(withoutHopFields(await client.until((text) => text.endsWith(end))));
  }
  client.close();
  return responses;
}

function withFields(fields: string): string {
  return `GET / HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n`;
}

const respondLate: Parameters<typeof RawUpstream.start>[0] = (socket) => {
  setTimeout(() => socket.write(rawResponse("ok")), 400);
};

/** The name and value of the first cookie in the response. */
function cookie(headers: readonly string[] | undefined): string | undefined {
  return headers?.[headers.indexOf("Set-Cookie") + 1]?.split(";")[0];
}

describe("a mirrored request", () => {
  it("sends the same bytes to every leg, and becomes an exchange with all responses", async () => {
    const primary = await respondingWith(rawResponse("ok", "X-A: 1\r\nDate: 1\r\n"));
    const candidate = await respondingWith(rawResponse("no", "X-A: 1\r\n"));
    const secondary = await respondingWith(rawResponse("ok", "X-A: 1\r\nDate: 2\r\n"));
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      secondary: { url: secondary.url },
    });
    await inTurn(gateway.port, 1);
    await gateway.settle();
    expect(candidate.received).toBe(primary.received);
    expect(secondary.received).toBe(primary.received);
    const [exchange] = gateway.exchanges;
    expect(exchange).toMatchObject({
      id: "test-1",
      route: "default",
      method: "GET",
      target: "/p?a=1",
      headers: ["Host", "h", "X-b", "1", "Shadowdiff-Hop", "1"],
      primary: {
        subset: "primary",
        failure: null,
        status: 200,
        headers: ["X-A", "1", "Date", "1", "Content-Length", "2"],
      },
      secondary: { identical: true, sameBody: true, capture: { subset: "secondary", headers: [], status: 200 } },
      candidates: [{ identical: false, sameBody: false, capture: { subset: "candidate-0", failure: null } }],
    });
    expect(Buffer.from(exchange?.primary.body.bytes ?? []).toString()).toBe("ok");
    expect(Buffer.from(exchange?.candidates[0]?.capture.body.bytes ?? []).toString()).toBe("no");
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("is sent after the request to the primary, in random order", async () => {
    const [primary, candidate, secondary] = [
      await respondingWith(rawResponse("ok")),
      await respondingWith(rawResponse("ok")),
      await respondingWith(rawResponse("ok")),
    ];
    let draw = 0.9;
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      secondary: { url: secondary.url },
      random: () => draw,
    });
    // The first request opens the connections, which end in any order.
    await inTurn(gateway.port, 1);
    await gateway.settle();
    for (const [next, first] of [
      [0.9, "candidate"],
      [0.1, "secondary"],
    ] as const) {
      draw = next;
      gateway.lags.length = 0;
      await inTurn(gateway.port, 1);
      await gateway.settle();
      const inOrder = gateway.lags.toSorted(([, a], [, b]) => a - b);
      expect(inOrder.map(([role]) => role)).toEqual([first, first === "candidate" ? "secondary" : "candidate"]);
      expect(inOrder[0]?.[1]).toBeGreaterThan(0);
    }
  });

  it("has a connect time on a new connection only", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await respondingWith(rawResponse("ok"));
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    await inTurn(gateway.port, 2);
    await gateway.settle();
    const timings = gateway.exchanges.flatMap(({ primary, candidates }) => [
      primary.timing,
      candidates[0]?.capture.timing,
    ]);
    expect(timings.map((timing) => timing?.connectMs === null)).toEqual([false, false, true, true]);
    for (const timing of timings) {
      expect(timing?.firstByteMs).toBeGreaterThan(0);
      expect(timing?.totalMs).toBeGreaterThanOrEqual(timing?.firstByteMs ?? Infinity);
    }
  });

  it("is sent only for the methods of the policy, including its body", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const picky = await respondingWith(rawResponse("ok"));
    const open = await respondingWith(rawResponse("ok"));
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: picky.url }, { url: open.url, methods: new Set(["POST"]) }],
    });
    await inTurn(gateway.port, 1, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    await gateway.settle();
    expect(picky.received).toBe("");
    expect(open.received).toBe(primary.received);
    expect(open.received).toMatch(/\r\n\r\nbody$/);
    expect(gateway.accounting("candidate-0")).toEqual({ received: 1, "notMirrored:method": 1 });
    expect(gateway.accounting("candidate-1")).toEqual({ received: 1, mirrored: 1 });
  });

  it("is not sent if it is an upgrade, or has passed another shadowdiff", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await respondingWith(rawResponse("ok"));
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    await inTurn(gateway.port, 1, withFields("Connection: Upgrade\r\nUpgrade: websocket"));
    await inTurn(gateway.port, 1, withFields("shadowdiff-hop: 1"));
    await inTurn(gateway.port, 1, withFields("Via: 1.1 shadowdiff"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 3, "notMirrored:upgrade": 1, "notMirrored:loop": 1, mirrored: 1 });
    expect(candidate.received.match(/^GET/gm)).toHaveLength(1);
    expect(primary.received.match(/^upgrade: websocket/gim)).toHaveLength(1);
  });

  it("distinguishes bodies beyond the cap by length and hash", async () => {
    const long = "x".repeat(5_000);
    const primary = await respondingWith(rawResponse(`${long}1`));
    const same = await respondingWith(rawResponse(`${long}1`, "X-Other: 1\r\n"));
    const other = await respondingWith(rawResponse(`${long}2`));
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: same.url }, { url: other.url }],
      capture: { maxBodyBytes: 1_000 },
    });
    await inTurn(gateway.port, 1, GET, "x1");
    await gateway.settle();
    const [exchange] = gateway.exchanges;
    const [equal, different] = exchange?.candidates ?? [];
    expect(equal).toMatchObject({ identical: false, sameBody: true, capture: { body: { length: 5_001 } } });
    expect(equal?.capture.body.bytes).toHaveLength(0);
    expect(different).toMatchObject({ identical: false, sameBody: false, capture: { body: { length: 5_001 } } });
    expect(different?.capture.body.bytes).toHaveLength(1_000);
    expect(exchange?.primary.body.tailHash).toMatch(/^[\da-f]{64}$/);
    expect(different?.capture.body.tailHash).not.toBe(exchange?.primary.body.tailHash);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("contains fingerprints instead of secrets", async () => {
    const canaries = [
      "canary-auth",
      "canary-cookie",
      "canary-query",
      "canary-set",
      "canary-location",
      "canary-trailer",
    ];
    const primary = await respondingWith(
      "HTTP/1.1 302 Found\r\nSet-Cookie: sid=canary-set; Path=/; HttpOnly\r\nLocation: /cb?access_token=canary-location&x=1\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Secret: canary-trailer\r\n\r\n",
    );
    const candidate = await respondingWith(rawResponse("ok", "Set-Cookie: sid=canary-set\r\n"));
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    const request =
      "GET /p?api_key=canary-query&a=1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer canary-auth\r\n" +
      "Cookie: a=canary-cookie; theme=x\r\n\r\n";
    await inTurn(gateway.port, 1, request, "canary-trailer\r\n\r\n");
    await gateway.settle();
    const text = JSON.stringify(gateway.exchanges);
    for (const canary of canaries) expect(text).not.toContain(canary);
    const hidden = expect.stringMatching(/^\[redacted:[\da-f]{8}\]$/) as string;
    expect(gateway.exchanges[0]?.headers.slice(2, 4)).toEqual(["Authorization", hidden]);
    expect(gateway.exchanges[0]?.target).toMatch(/^\/p\?api_key=\[redacted:[\da-f]{8}\]&a=1$/);
    expect(gateway.exchanges[0]?.primary.headers[1]).toMatch(/^sid=\[redacted:[\da-f]{8}\]; Path=\/; HttpOnly$/);
    const [exchange] = gateway.exchanges;
    expect(cookie(exchange?.candidates[0]?.capture.headers)).toBe(cookie(exchange?.primary.headers));
    expect(primary.received).toContain("canary-auth");
  });
});

describe("a candidate that fails is a difference, and no client notices", () => {
  const cases: [string, Parameters<typeof RawUpstream.start>[0], string, number][] = [
    ["resets", (socket) => socket.resetAndDestroy(), "reset", 0],
    ["closes", (socket) => socket.end(), "reset", 0],
    ["hangs", () => {}, "timeout", 0],
    [
      "trickles",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        const drip = setInterval(() => socket.write("."), 20);
        socket.on("close", () => clearInterval(drip));
      },
      "timeout",
      200,
    ],
    ["speaks another protocol", (socket) => socket.write("+PONG\r\n\r\n"), "protocol", 0],
    ["switches protocols", (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"), "protocol", 0],
    ["truncates", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), "reset", 200],
    [
      "truncates chunks",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
      "reset",
      200,
    ],
    [
      "never ends",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const flood = setInterval(() => socket.write(`1000\r\n${"x".repeat(4096)}\r\n`), 1);
        socket.on("close", () => clearInterval(flood));
      },
      "endless",
      200,
    ],
  ];
  it.each(cases)("%s", async (_name, respond, kind, status) => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await upstream(respond);
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, timeoutMs: 300 }],
      capture: { maxBodyBytes: 10_000 },
    });
    expect(await inTurn(gateway.port, 3)).toEqual([rawResponse("ok"), rawResponse("ok"), rawResponse("ok")]);
    await gateway.settle();
    const failures = gateway.exchanges.map(({ candidates }) => candidates[0]?.capture);
    expect(failures.map((capture) => [capture?.failure?.kind, capture?.status])).toEqual([
      [kind, status],
      [kind, status],
      [kind, status],
    ]);
    expect(gateway.accounting()).toEqual({ received: 3, mirrored: 3 });
    expect(gateway.requests).toEqual([
      ["GET", 200],
      ["GET", 200],
      ["GET", 200],
    ]);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("does not fail when it takes as long as the primary or the client", async () => {
    const primary = await upstream(respondLate);
    const candidate = await upstream(respondLate);
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, timeoutMs: 100 }],
      secondary: { url: candidate.url, timeoutMs: 100 },
    });
    expect(await inTurn(gateway.port, 1)).toEqual([rawResponse("ok")]);
    await gateway.settle();
    expect(gateway.exchanges[0]?.candidates[0]).toMatchObject({ identical: true, capture: { failure: null } });
    expect(gateway.exchanges[0]?.secondary).toMatchObject({ identical: true, capture: { failure: null } });
  });

  it("does not fail when its body is a little longer than the primary's, beyond the capture cap", async () => {
    const primary = await respondingWith(rawResponse("x".repeat(50_000)));
    const candidate = await respondingWith(rawResponse("x".repeat(50_100)));
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      capture: { maxBodyBytes: 1_000 },
    });
    await inTurn(gateway.port, 1, GET, "xxx");
    await gateway.settle();
    const [exchange] = gateway.exchanges;
    expect(exchange?.candidates[0]).toMatchObject({ sameBody: false, capture: { failure: null } });
    expect(exchange?.candidates[0]?.capture.body.length).toBe(50_100);
  });

  it("refuses the connection", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const gone = await RawUpstream.start(() => {});
    const { url } = gone;
    await gone.stop();
    const gateway = await start({ primary: primary.url, candidates: [{ url }], secondary: { url } });
    expect(await inTurn(gateway.port, 2)).toEqual([rawResponse("ok"), rawResponse("ok")]);
    await gateway.settle();
    for (const { candidates, secondary } of gateway.exchanges) {
      expect(candidates[0]?.capture.failure?.kind).toBe("refused");
      expect(secondary?.capture.failure?.kind).toBe("refused");
    }
    expect(gateway.accounting()).toEqual({ received: 2, mirrored: 2 });
  });

  it("does not resolve", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const gateway = await start({ primary: primary.url, candidates: [{ url: "http://nowhere.invalid:80" }] });
    expect(await inTurn(gateway.port, 1)).toEqual([rawResponse("ok")]);
    await gateway.settle();
    expect(["dns", "timeout"]).toContain(gateway.exchanges[0]?.candidates[0]?.capture.failure?.kind);
  });

  it("does not read an upload: the copy is dropped, and the upload is not slowed down", async () => {
    const SIZE = 12 * 1024 * 1024;
    let got = 0;
    const primary = await upstream((socket, text) => {
      got += text.length;
      if (got >= SIZE) socket.write(rawResponse("ok"));
    });
    const candidate = await upstream((socket) => socket.pause());
    const gateway = await start({
      primary: primary.url,
      candidates: [
        { url: candidate.url, methods: new Set(["POST"]), timeoutMs: 60_000, maxBufferedBytes: 1024 * 1024 },
      ],
    });
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${SIZE}\r\n\r\n`);
    client.send(Buffer.alloc(SIZE, "x"));
    await client.until((text) => text.endsWith("ok"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.exchanges).toEqual([]);
    client.close();
  });
});

describe("an exchange that cannot be judged", () => {
  it("that times out is skipped when the primary was about as slow, and differs beside a fast primary", async () => {
    const respondAfter = (ms: number) =>
      upstream((socket) => void setTimeout(() => socket.write(rawResponse("ok")), ms));
    const hanging = await upstream(() => {});
    const answering = await respondAfter(0);
    for (const [primary, accounting, compared] of [
      [await respondAfter(300), { received: 1, mirrored: 1, "skipped:saturated": 1 }, ["candidate-1"]],
      [await respondAfter(0), { received: 1, mirrored: 1 }, ["candidate-0", "candidate-1"]],
    ] as const) {
      const gateway = await start({
        primary: primary.url,
        candidates: [{ url: hanging.url, timeoutMs: 400 }, { url: answering.url }],
        secondary: { url: hanging.url, timeoutMs: 400 },
      });
      await inTurn(gateway.port, 1);
      await gateway.settle();
      expect(gateway.accounting()).toEqual(accounting);
      expect(gateway.accounting("candidate-1")).toEqual({ received: 1, mirrored: 1 });
      expect(gateway.exchanges.map(({ candidates }) => candidates.map(({ capture }) => capture.subset))).toEqual([
        compared,
      ]);
      // A secondary that cannot be judged is left out, so that its timeouts are no noise either.
      const expected = compared.length === 1 ? undefined : "timeout";
      expect(gateway.exchanges[0]?.secondary?.capture.failure?.kind).toBe(expected);
      expect(gateway.collector.heldBytes).toBe(0);
    }
  });

  it("that alone times out beside a slow primary leaves nothing to compare", async () => {
    const primary = await upstream((socket) => void setTimeout(() => socket.write(rawResponse("ok")), 300));
    const hanging = await upstream(() => {});
    const gateway = await start({ primary: primary.url, candidates: [{ url: hanging.url, timeoutMs: 400 }] });
    await inTurn(gateway.port, 1);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:saturated": 1 });
    expect(gateway.exchanges).toEqual([]);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("that times out is compared when only the client was slow", async () => {
    const primary = await upstream((socket, text) => void (text.includes("end") && socket.write(rawResponse("ok"))));
    const hanging = await upstream(() => {});
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: hanging.url, timeoutMs: 300, methods: new Set(["POST"]) }],
    });
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 400));
    client.send("end");
    await client.until((text) => text.endsWith("ok"));
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1 });
    expect(gateway.exchanges[0]?.candidates[0]?.capture.failure?.kind).toBe("timeout");
    client.close();
  });

  it("is mirrored and skipped when the primary fails", async () => {
    const primary = await upstream((socket) => socket.resetAndDestroy());
    const candidate = await respondingWith(rawResponse("ok"));
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    expect(await talk(gateway.port, GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))).toMatch(
      /^HTTP\/1\.1 502/,
    );
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:primary-failed": 1 });
    expect(gateway.skips).toEqual(["candidate-0"]);
    expect(gateway.exchanges).toEqual([]);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("is mirrored and skipped when the client disconnects, and the candidate's request is aborted", async () => {
    const primary = await upstream(() => {});
    const candidate = await upstream(() => {});
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, timeoutMs: 60_000 }] });
    const client = await RawClient.open(gateway.port);
    client.send(GET);
    await expect.poll(() => candidate.received).not.toBe("");
    client.close();
    await expect.poll(() => candidate.sockets[0]?.destroyed).toBe(true);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:client-aborted": 1 });
  });

  it("is skipped when the client disconnects during an upload to which the primary has already responded", async () => {
    const primary = await respondingWith(rawResponse("early"));
    const candidate = await upstream(() => {});
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, methods: new Set(["POST"]), timeoutMs: 60_000 }],
    });
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nhello");
    await client.until((text) => text.endsWith("early"));
    client.close();
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, mirrored: 1, "skipped:client-aborted": 1 });
  });
});

describe("limits", () => {
  it("a request above maxInFlight is dropped, counted and not sent", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await upstream(() => {});
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url, maxInFlight: 2, timeoutMs: 300 }],
    });
    expect(await inTurn(gateway.port, 5)).toHaveLength(5);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 5, mirrored: 2, "dropped:inflight": 3 });
    expect(candidate.received.match(/^GET/gm)).toHaveLength(2);
  });

  it("captures above the budget are dropped, and their memory is freed", async () => {
    const primary = await respondingWith(rawResponse("x".repeat(5_000)));
    const candidate = await respondingWith(rawResponse("y".repeat(5_000)));
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      capture: { maxBufferedBytes: 7_000 },
    });
    await inTurn(gateway.port, 1, GET, "xxx");
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("requests in flight at the end of the drain time are dropped and counted", async () => {
    const primary = await respondingWith(rawResponse("ok"));
    const candidate = await upstream(() => {});
    const gateway = await start({ primary: primary.url, candidates: [{ url: candidate.url, timeoutMs: 60_000 }] });
    await inTurn(gateway.port, 2);
    await gateway.mirror.drain(0);
    await gateway.settle();
    expect(gateway.accounting()).toEqual({ received: 2, "dropped:queue": 2 });
  });
});
