import { afterEach, describe, expect, it } from "vitest";
import type { Leg, UpstreamClient } from "../../src/upstream/leg.ts";
import {
  Gateway,
  type GatewayOptions,
  imbalances,
  RawClient,
  RawUpstream,
  rawResponse,
} from "../proxy/proxy-harness.ts";

const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const DEAF: Leg = { pause() {}, resume() {}, setDeadline() {}, abort() {} };
const MINUTE_MS = 60_000;
/** Later than any time limit. */
const MUCH_LATER_MS = 24 * 3_600_000;

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function respondingWith(body: string): Promise<RawUpstream> {
  const raw = await RawUpstream.respondingWith(rawResponse(body));
  stops.push(raw);
  return raw;
}

async function start(options: Omit<GatewayOptions, "primary" | "losesRequests">): Promise<Gateway> {
  const { url } = await respondingWith("ok");
  const gateway = await Gateway.start({ primary: url, losesRequests: true, ...options });
  stops.unshift(gateway);
  return gateway;
}

async function request({ port }: Gateway): Promise<void> {
  const client = await RawClient.open(port);
  client.send(GET);
  await client.until((text) => text.endsWith("ok"));
  client.close();
}

/** Never calls its handler for the first request. */
function losingFirst(client: UpstreamClient): UpstreamClient {
  let isFirst = true;
  return {
    send(...args) {
      if (!isFirst) return client.send(...args);
      isFirst = false;
      return DEAF;
    },
    warmUp: () => client.warmUp(),
    closeIdle: () => client.closeIdle(),
    destroy: () => client.destroy(),
  };
}

describe("a copy whose end never comes", () => {
  it("is in flight until it is long overdue, and lost then; its slot is free again, and the other candidate is compared", async () => {
    const [lossy, sound] = [await respondingWith("ok"), await respondingWith("ok")];
    const gateway = await start({
      candidates: [{ url: lossy.url, maxInFlight: 1 }, { url: sound.url }],
      replaceClient: (to, client) => (to.name === "candidate-0" ? losingFirst(client) : client),
    });
    await request(gateway);
    await gateway.collector.flush(1_000);
    expect(gateway.accounting("candidate-0")).toEqual({ received: 1, inFlight: 1 });
    gateway.mirror.abandonLost(performance.now());
    gateway.mirror.abandonLost(performance.now());
    expect([gateway.mirror.inFlight, imbalances(gateway)]).toEqual([1, []]);

    gateway.mirror.abandonLost(performance.now() + MUCH_LATER_MS);
    expect(gateway.mirror.inFlight).toBe(1);
    gateway.mirror.abandonLost(performance.now() + MUCH_LATER_MS);
    expect(gateway.mirror.inFlight).toBe(0);
    await request(gateway);
    await gateway.settle();
    expect(gateway.accounting("candidate-0")).toEqual({ received: 2, mirrored: 1 });
    expect(gateway.accounting("candidate-1")).toEqual({ received: 2, mirrored: 2 });
    expect(imbalances(gateway)).toEqual([["candidate-0", 1]]);
  });
});

describe("a copy with a long injected delay", () => {
  it("is in flight until its time limit after the delay", async () => {
    const candidate = await respondingWith("ok");
    const gateway = await start({
      candidates: [{ url: candidate.url }],
      forward: { fault: { on: "candidate", delay: { percent: 100, ms: 10 * MINUTE_MS }, abort: undefined } },
    });
    await request(gateway);
    const look = (later: number): void => {
      for (let time = 0; time < 2; time += 1) gateway.mirror.abandonLost(performance.now() + later);
    };
    look(10 * MINUTE_MS);
    expect(gateway.mirror.inFlight).toBe(1);
    look(12 * MINUTE_MS);
    expect(gateway.mirror.inFlight).toBe(0);
    await gateway.settle();
    expect(imbalances(gateway)).toEqual([["candidate-0", 1]]);
  });
});

describe("an exchange that ends without its mirrored request", () => {
  it("is lost as soon as a second look confirms it", async () => {
    const candidate = await respondingWith("ok");
    const gateway = await start({ candidates: [{ url: candidate.url }] });
    const mirror = gateway.mirror.mirror.bind(gateway.mirror);
    gateway.mirror.mirror = (input) => {
      const mirrored = mirror(input);
      // The primary's end does not reach it.
      if (mirrored !== null) mirrored.end = () => {};
      return mirrored;
    };
    await request(gateway);
    await expect.poll(() => gateway.requests.length).toBe(1);
    gateway.mirror.abandonLost(performance.now());
    gateway.mirror.abandonLost(performance.now());
    await gateway.settle();
    expect([gateway.accounting(), imbalances(gateway)]).toEqual([{ received: 1 }, [["candidate-0", 1]]]);
  });
});

describe("a request without a fate", () => {
  it("is lost with the next batch, for each candidate, while the others add up", async () => {
    const [first, second] = [await respondingWith("ok"), await respondingWith("ok")];
    const gateway = await start({ candidates: [{ url: first.url }, { url: second.url }] });
    const mirror = gateway.mirror.mirror.bind(gateway.mirror);
    await request(gateway);
    gateway.mirror.mirror = () => null;
    await request(gateway);
    gateway.mirror.mirror = mirror;
    await request(gateway);
    await gateway.settle();
    expect(gateway.accounting("candidate-1")).toEqual({ received: 3, mirrored: 2 });
    expect(imbalances(gateway)).toEqual([
      ["candidate-0", 1],
      ["candidate-1", 1],
    ]);
  });
});
