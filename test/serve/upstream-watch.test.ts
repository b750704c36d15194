import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load-config.ts";
import type { Route } from "../../src/model/routing.ts";
import { UpstreamWatch } from "../../src/serve/upstream-watch.ts";
import type { HealthReport } from "../../src/upstream/upstream-health.ts";

const ADDRESS = "http://127.0.0.1:9002";
const SECOND_ADDRESS = "http://127.0.0.1:9003";
const REFUSED = { kind: "refused", detail: "connect ECONNREFUSED 127.0.0.1:9002" } as const;
const RESET = { kind: "reset", detail: "read ECONNRESET" } as const;

let now: number;
let timers: { at: number; callback: () => void }[];
let events: string[];
let watch: UpstreamWatch;

function routes(more: Readonly<Record<string, readonly string[]>> = {}): readonly Route[] {
  return loadConfig({
    flags: { primary: "v1=http://127.0.0.1:9001", candidate: [`v2=${ADDRESS}`], ...more },
    env: {},
  }).routes;
}

beforeEach(() => {
  [now, timers, events] = [1_000_000, [], []];
  watch = new UpstreamWatch({
    routes: routes(),
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    onDown: ({ role, subset, address, reason }) => events.push(`${role} ${subset} ${address} down: ${reason}`),
    onBack: ({ subset, failed }, ms) => events.push(`${subset} back after ${ms}: ${failed} failed`),
  });
});

function pass(ms: number): void {
  now += ms;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { callback } of due) callback();
}

function report(parts: Partial<HealthReport>): void {
  watch.report({
    subset: "v2",
    address: ADDRESS,
    isDown: false,
    failed: 0,
    failure: null,
    failedAt: 0,
    respondedAt: 0,
    ...parts,
  });
}

function fail(failed = 1): void {
  report({ isDown: true, failed, failure: REFUSED, failedAt: now });
}

function respond(): void {
  report({ respondedAt: now });
}

describe("the watch over upstreams", () => {
  it("an outage is one event at its start and one at its end, with its length and its failed requests, over all threads", () => {
    fail(2);
    fail(3);
    expect(watch.down).toEqual([
      { role: "candidate", subset: "v2", address: ADDRESS, since: 1_000_000, reason: "connection refused", failed: 5 },
    ]);
    pass(4_000);
    fail(0);
    pass(1_000);
    respond();
    pass(999);
    respond();
    expect(events).toEqual([`candidate v2 ${ADDRESS} down: connection refused`]);
    pass(1);
    expect(events.slice(1)).toEqual(["v2 back after 5000: 5 failed"]);
    expect(watch.down).toEqual([]);
  });

  it("failures that do not last are no outage, and those just before one count for it", () => {
    report({ failed: 1, failure: RESET, failedAt: now });
    respond();
    expect([events, watch.down]).toEqual([[], []]);
    pass(1);
    report({ failed: 1, failure: RESET, failedAt: now });
    pass(1);
    fail();
    expect(watch.down.map(({ since, failed }) => [since, failed])).toEqual([[1_000_001, 2]]);
  });

  it("a failure that one thread reports after the later response of another one changes nothing", () => {
    const failedAt = now;
    fail();
    pass(50);
    respond();
    pass(50);
    report({ isDown: true, failed: 1, failure: REFUSED, failedAt });
    pass(1_000);
    expect(events.slice(1)).toEqual(["v2 back after 50: 2 failed"]);
  });

  it("an address that comes and goes every second is down, and then few lines", () => {
    for (let round = 0; round < 600; round += 1) {
      fail();
      pass(400);
      respond();
      pass(600);
    }
    expect(events).toEqual([`candidate v2 ${ADDRESS} down: connection refused`]);
  });

  it("each further outage must be followed by a longer stable time, up to a minute", () => {
    const lengths = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
    for (const length of lengths) {
      fail();
      respond();
      pass(length - 1);
      const before = events.length;
      pass(1);
      expect(events.length - before).toBe(1);
    }
    pass(10 * 60_000);
    fail();
    respond();
    pass(1_000);
    expect(events.length).toBe(2 * (lengths.length + 1));
  });

  it("addresses of a subset are events of their own", () => {
    watch.setRoutes(routes({ candidate: [`v2=${ADDRESS}`, `v3=${SECOND_ADDRESS}`] }));
    fail();
    report({ subset: "v3", address: SECOND_ADDRESS, isDown: true, failed: 1, failure: RESET, failedAt: now });
    expect(events).toEqual([
      `candidate v2 ${ADDRESS} down: connection refused`,
      `candidate v3 ${SECOND_ADDRESS} down: connection reset`,
    ]);
  });

  it("an address that the reloaded routes do not have is forgotten, and so are late reports about it", () => {
    fail();
    watch.setRoutes(routes({ candidate: [`v3=${SECOND_ADDRESS}`] }));
    fail();
    expect([watch.down, events.length]).toEqual([[], 1]);
  });
});
