import { afterEach, describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import type { Forward, SecondaryPolicy } from "../../src/model/routing.ts";
import { CONFIG, KEY } from "../compare/build-exchanges.ts";
import { rawResponse, Gateway, RawClient, RawUpstream, talk } from "../proxy/proxy-harness.ts";
import { destination, forward, policy, route, subset } from "../proxy/route-builders.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

const SELF: SecondaryPolicy = {
  subset: "primary",
  percent: 100,
  timeoutMs: 2_000,
  maxInFlight: 256,
  maxBufferedBytes: 1_000_000,
};
const METHODS = new Set(["GET", "HEAD", "OPTIONS", "POST"]);

/** Responds with its name, and counts its responses. */
async function counting(name: string): Promise<RawUpstream> {
  let turn = 0;
  const upstream = await RawUpstream.start((socket) => {
    turn += 1;
    socket.write(rawResponse(`{"name":"${name}","turn":${turn}}`, "Content-Type: application/json\r\n"));
  });
  stops.push(upstream);
  return upstream;
}

async function start(
  primaries: readonly RawUpstream[],
  candidate: RawUpstream,
  change: Partial<Forward>,
  maxBufferedBytes = 64 * 1024 * 1024,
) {
  const gateway = await Gateway.start({
    capture: { maxBufferedBytes },
    routes: [
      route(
        "a",
        forward(
          primaries.map(({ url }, index) => destination(subset(`v1-${index}`, url), { weight: 50 })),
          { candidates: [policy(subset("v2", candidate.url), { methods: METHODS })], ...change },
        ),
      ),
    ],
  });
  stops.unshift(gateway);
  return gateway;
}

const request = (method: string): string =>
  `${method} /p HTTP/1.1\r\nHost: h\r\n${method === "POST" ? "Content-Length: 2\r\n" : ""}Connection: close\r\n\r\n${method === "POST" ? "ab" : ""}`;
const asked = ({ received }: RawUpstream, method: string): number => received.split(`${method} /p HTTP/1.1`).length - 1;

describe("a self-check", () => {
  it("sends safe requests to the primary twice, and other requests once", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const gateway = await start([primary], candidate, { secondary: SELF });
    for (const method of ["GET", "POST", "OPTIONS"]) await talk(gateway.port, request(method));
    await gateway.settle();
    expect(["GET", "POST", "OPTIONS"].map((method) => asked(primary, method))).toEqual([2, 1, 2]);
    expect(["GET", "POST", "OPTIONS"].map((method) => asked(candidate, method))).toEqual([1, 1, 1]);
    const secondaries = gateway.exchanges.map(({ method, secondary }) => `${method} ${secondary?.capture.subset}`);
    expect(secondaries.toSorted((a, b) => a.localeCompare(b))).toEqual(["GET v1-0", "OPTIONS v1-0", "POST undefined"]);
  });

  it("finds noise without a secondary", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const gateway = await start([primary], candidate, { secondary: SELF });
    await talk(gateway.port, request("GET"));
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
    const fields = gateway.batches.flatMap((batch) => comparer.compare(batch).outcomes.flatMap((one) => one.fields));
    const marksOf = (path: string): DifferingField["mark"][] =>
      fields.filter((field) => field.path === path).map(({ mark }) => mark);
    expect(new Set(marksOf("$.name"))).toEqual(new Set(["raw"]));
    expect(marksOf("$.turn").every((mark) => mark === "both" || mark === "noise")).toBe(true);
    expect(marksOf("$.turn").length).toBeGreaterThan(0);
  });

  it("uses the primary that received the request", async () => {
    const primaries = [await counting("v1"), await counting("v1")];
    const gateway = await start(primaries, await counting("v2"), { secondary: SELF });
    for (let round = 0; round < 4; round += 1) await talk(gateway.port, request("GET"));
    await gateway.settle();
    expect(gateway.exchanges).toHaveLength(4);
    for (const { primary, secondary } of gateway.exchanges) expect(secondary?.capture.subset).toBe(primary.subset);
    expect(primaries.map((one) => asked(one, "GET")).toSorted((a, b) => a - b)).toEqual([0, 8]);
  });

  it("asks again after the delay, counts its latency from then, and asks once even with several candidates and retries", async () => {
    const asks: number[] = [];
    const primary = await RawUpstream.start((socket) => {
      asks.push(performance.now());
      socket.write(rawResponse("ok"));
    });
    stops.push(primary);
    const candidate = await counting("v2");
    const [again, more] = [await counting("v3"), await counting("v4")];
    const candidates = [candidate, again, more].map(({ url }, index) => policy(subset(`v${index + 2}`, url)));
    const retries = { attempts: 2, perTryTimeoutMs: undefined };
    const delay = { minMs: 200, maxMs: 400 };
    const gateway = await start([primary], candidate, { candidates, retries, secondary: { ...SELF, delay } });
    const began = performance.now();
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    const elapsedMs = performance.now() - began;
    // The harness draws 0.5, which is 300 ms.
    expect(asks).toHaveLength(2);
    expect((asks[1] ?? 0) - (asks[0] ?? 0)).toBeGreaterThan(290);
    const [exchange] = gateway.exchanges;
    expect(exchange?.candidates).toHaveLength(3);
    expect(exchange?.secondary?.capture).toMatchObject({ failure: null, status: 200 });
    expect(exchange?.secondary?.capture.timing.totalMs).toBeLessThan(elapsedMs - 290);
  });

  it("waits for the primary's response first, because a server may give equal requests in flight the same one", async () => {
    const primary: RawUpstream = await RawUpstream.start((socket) => {
      setTimeout(() => socket.write(rawResponse("{}")), asked(primary, "GET") === 1 ? 200 : 0);
    });
    stops.push(primary);
    const delay = { minMs: 10, maxMs: 10 };
    const gateway = await start([primary], await counting("v2"), { secondary: { ...SELF, delay } });
    const client = await RawClient.open(gateway.port);
    client.send(request("GET"));
    await expect.poll(() => asked(primary, "GET")).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked(primary, "GET")).toBe(1);
    await expect.poll(() => asked(primary, "GET")).toBe(2);
    client.close();
  });

  it("sends the body of the request after the delay as well", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const delay = { minMs: 50, maxMs: 50 };
    const gateway = await start([primary], candidate, { secondary: { ...SELF, delay } });
    await talk(gateway.port, "GET /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    await gateway.settle();
    expect(primary.received.split("\r\n\r\nabc")).toHaveLength(3);
    expect(gateway.exchanges[0]?.secondary?.capture.failure).toBeNull();
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("has its time limit from its own dispatch when the primary has ended before", async () => {
    let turn = 0;
    const primary = await RawUpstream.start((socket) => {
      turn += 1;
      if (turn === 1) socket.write(rawResponse("ok"));
    });
    stops.push(primary);
    const gateway = await start([primary], await counting("v2"), {
      secondary: { ...SELF, timeoutMs: 200, delay: { minMs: 100, maxMs: 100 } },
    });
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    expect(turn).toBe(2);
    const capture = gateway.exchanges[0]?.secondary?.capture;
    expect(capture?.failure).toEqual({ kind: "timeout", detail: "not complete 200 ms after the primary" });
    expect(capture?.timing.totalMs).toBeGreaterThanOrEqual(200);
  });

  it("is not sent when the client disconnects during the delay, and frees its slot and memory", async () => {
    const primary: RawUpstream = await RawUpstream.start((socket) => {
      if (primary.received.includes("HEAD")) socket.write(rawResponse(""));
    });
    stops.push(primary);
    const delay = { minMs: 100, maxMs: 100 };
    const gateway = await start([primary], await counting("v2"), { secondary: { ...SELF, maxInFlight: 1, delay } });
    const client = await RawClient.open(gateway.port);
    client.send("GET /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    await expect.poll(() => primary.received).toContain("abc");
    client.close();
    await gateway.settle();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(asked(primary, "GET")).toBe(1);
    expect(gateway.accounting("v2")).toEqual({ received: 1, mirrored: 1, "skipped:client-aborted": 1 });
    expect(gateway.collector.heldBytes).toBe(0);
    // The slot is free: the next request is asked twice again.
    const second = await RawClient.open(gateway.port);
    second.send(request("HEAD"));
    await expect.poll(() => asked(primary, "HEAD")).toBe(2);
    expect(gateway.drops).toEqual([]);
    second.close();
  });

  it("is not sent when its exchange was dropped before the primary's response had ended", async () => {
    const primary: RawUpstream = await RawUpstream.start((socket) => {
      socket.write(rawResponse(asked(primary, "GET") === 1 ? "longer than the memory" : "ok"));
    });
    stops.push(primary);
    const delay = { minMs: 10, maxMs: 10 };
    const gateway = await start([primary], await counting("v2"), { secondary: { ...SELF, delay } }, 10);
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(gateway.accounting("v2")).toEqual({ received: 1, "dropped:bytes": 1 });
    expect(asked(primary, "GET")).toBe(1);
    expect(gateway.collector.budget.used).toBe(0);
  });

  it("that waits at the end of the drain time is dropped and counted; one that waits shorter completes", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const delay = { minMs: 300, maxMs: 300 };
    const gateway = await start([primary], candidate, { secondary: { ...SELF, delay } });
    await talk(gateway.port, request("GET"));
    await gateway.mirror.drain(50);
    await gateway.collector.drain(1_000);
    expect(gateway.accounting("v2")).toEqual({ received: 1, "dropped:queue": 1 });
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 2, mirrored: 1, "dropped:queue": 1 });
    expect(asked(primary, "GET")).toBe(3);
    expect(gateway.collector.heldBytes).toBe(0);
  });

  it("follows its route through a reload during the delay", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const delay = { minMs: 200, maxMs: 200 };
    const gateway = await start([primary], candidate, { secondary: { ...SELF, delay } });
    await talk(gateway.port, request("GET"));
    gateway.reconfigure([route("a", forward([destination(subset("v9", (await counting("v9")).url))]))]);
    await gateway.settle();
    expect(asked(primary, "GET")).toBe(2);
    expect(gateway.exchanges[0]?.secondary?.capture).toMatchObject({ subset: "v1-0", failure: null });
  });

  it("with a share of 0% sends no request twice", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const gateway = await start([primary], candidate, { secondary: { ...SELF, percent: 50 } });
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    // The harness draws 0.5, which is not sampled at 50%.
    expect(asked(primary, "GET")).toBe(1);
  });
});
