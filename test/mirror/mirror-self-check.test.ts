import { afterEach, describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import type { Forward, SecondaryPolicy } from "../../src/model/routing.ts";
import { CONFIG, KEY } from "../compare/build-exchanges.ts";
import { rawResponse, Gateway, RawUpstream, talk } from "../proxy/proxy-harness.ts";
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

async function start(primaries: readonly RawUpstream[], candidate: RawUpstream, change: Partial<Forward>) {
  const gateway = await Gateway.start({
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

  it("with a share of 0% sends no request twice", async () => {
    const [primary, candidate] = [await counting("v1"), await counting("v2")];
    const gateway = await start([primary], candidate, { secondary: { ...SELF, percent: 50 } });
    await talk(gateway.port, request("GET"));
    await gateway.settle();
    // The harness draws 0.5, which is not sampled at 50%.
    expect(asked(primary, "GET")).toBe(1);
  });
});
