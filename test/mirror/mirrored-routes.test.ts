import { afterEach, describe, expect, it } from "vitest";
import { CaptureCollector } from "../../src/capture/capture-collector.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { Mirror } from "../../src/mirror/mirror.ts";
import { ClientRegistry } from "../../src/upstream/client-registry.ts";
import type { MirrorPolicy, Route } from "../../src/model/routing.ts";
import {
  rawResponse,
  Gateway,
  RawUpstream,
  type GatewayOptions,
  type RoutedOptions,
  talk,
} from "../proxy/proxy-harness.ts";
import { destination, forward, match, policy, route, subset } from "../proxy/route-builders.ts";
import { seeded, withinThreeSigma } from "../lib/seeded.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function upstream(name: string, respond?: Parameters<typeof RawUpstream.start>[0]): Promise<RawUpstream> {
  const raw = await (respond === undefined
    ? RawUpstream.respondingWith(rawResponse(name))
    : RawUpstream.start(respond));
  stops.push(raw);
  return raw;
}

async function start(options: GatewayOptions | RoutedOptions): Promise<Gateway> {
  const gateway = await Gateway.start(options);
  stops.unshift(gateway);
  return gateway;
}

function get(target: string, fields = ""): string {
  return `GET ${target} HTTP/1.1\r\nHost: h:80\r\n${fields}Connection: close\r\n\r\n`;
}

/** The received requests, without fields of the connection. */
const lines = ({ received }: RawUpstream): string[] =>
  received.split("\r\n").filter((line) => line !== "" && !line.startsWith("connection"));
const count = ({ received }: RawUpstream): number => received.match(/^(?:GET|POST) /gm)?.length ?? 0;
const below = (prefix: string): Partial<Route> => ({ matches: [match({ uri: { type: "prefix", value: prefix } })] });

describe("several routes and candidates", () => {
  it("account for every request of every candidate, with its route", async () => {
    const primary = await upstream("v1");
    const [v2, v3] = [await upstream("v2"), await upstream("v3")];
    const to = [destination(subset("v1", primary.url))];
    const second = subset("v2", v2.url);
    const third = subset("v3", v3.url);
    const gateway = await start({
      routes: [
        route("a", forward(to, { candidates: [policy(second), policy(third)] }), below("/a")),
        route("b", forward(to, { candidates: [policy(third, { percent: 0 })] }), below("/b")),
        route("c", forward(to), below("/c")),
      ],
    });
    for (const target of ["/a", "/a", "/b", "/c", "/none"]) await talk(gateway.port, get(target));
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 5, mirrored: 2, "notMirrored:route": 3 });
    expect(gateway.accounting("v3")).toEqual({
      received: 5,
      mirrored: 2,
      sampledOut: 1,
      "notMirrored:route": 2,
    });
    expect(gateway.exchanges.map(({ route: name, candidates }) => [name, candidates.length])).toEqual([
      ["a", 2],
      ["a", 2],
    ]);
    expect([count(v2), count(v3)]).toEqual([2, 2]);
    // One connection to the primary and to each candidate, which all routes share.
    expect(gateway.connected.toSorted()).toEqual([primary.url, v2.url, v3.url].toSorted());
  });

  it("change host, credentials and marks of a candidate's request, but not of the primary's", async () => {
    const [primary, keep, literal, shadow] = [
      await upstream("v1"),
      await upstream("k"),
      await upstream("l"),
      await upstream("s"),
    ];
    const change: Partial<MirrorPolicy> = {
      requestHeaders: { set: [["Authorization", "Bearer test"]], add: [["X-Mirror", "1"]], remove: ["Cookie"] },
    };
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([destination(subset("v1", primary.url))], {
            candidates: [
              policy(subset("keep", keep.url)),
              policy(subset("literal", literal.url), { ...change, host: { type: "literal", host: "test.example" } }),
              policy(subset("shadow", shadow.url), { host: { type: "shadow" } }),
            ],
          }),
        ),
      ],
    });
    await talk(gateway.port, get("/", "Authorization: Bearer live\r\nCookie: a=b\r\n"));
    await gateway.settle();
    expect(lines(primary)).toEqual([
      "GET / HTTP/1.1",
      "Host: h:80",
      "Authorization: Bearer live",
      "Cookie: a=b",
      "Shadowdiff-Hop: 1",
    ]);
    expect(keep.received).toBe(primary.received);
    expect(lines(literal)).toEqual([
      "GET / HTTP/1.1",
      "Host: test.example",
      "Authorization: Bearer test",
      "Shadowdiff-Hop: 1",
      "X-Mirror: 1",
    ]);
    expect(shadow.received).toBe(primary.received.replace("h:80", "h-shadow:80"));
  });

  it("change the secondary's request, but not those of the primary and the candidate", async () => {
    const [primary, candidate, secondary] = [await upstream("v1"), await upstream("v2"), await upstream("v1")];
    const { url } = secondary;
    const gateway = await start({
      primary: primary.url,
      candidates: [{ url: candidate.url }],
      secondary: {
        url,
        requestHeaders: { set: [["Authorization", "Bearer twin"]], add: [["X-Role", "twin"]], remove: ["Cookie"] },
      },
    });
    await talk(gateway.port, get("/", "Authorization: Bearer live\r\nCookie: a=b\r\n"));
    await gateway.settle();
    expect(candidate.received).toBe(primary.received);
    expect(lines(secondary)).toEqual([
      "GET / HTTP/1.1",
      "Host: h:80",
      "Authorization: Bearer twin",
      "Shadowdiff-Hop: 1",
      "X-Role: twin",
    ]);
    expect(gateway.exchanges.map(({ secondary: captured }) => captured?.capture.status)).toEqual([200]);
  });
});

describe("sampling", () => {
  const sticky: MirrorPolicy["sticky"] = { type: "header", name: "X-User" };

  /** The users that each candidate receives, without sockets. */
  function admitted(percents: readonly number[], users: number, key: boolean): Map<string, Set<string>> {
    const got = new Map(percents.map((percent) => [`c${percent}`, new Set<string>()]));
    const registry = new ClientRegistry(({ name }) => ({
      send(request) {
        got.get(name)?.add(request.headers[1] ?? "");
        return { pause: () => {}, resume: () => {}, setDeadline: () => {}, abort: () => {} };
      },
      closeIdle: () => 0,
      warmUp: () => {},
      destroy: () => Promise.resolve(),
    }));
    const collector = new CaptureCollector({
      identity: "t",
      redactor: new HeaderRedactor(Buffer.from("k")),
      maxBufferedBytes: 1e6,
    });
    const mirror = new Mirror({
      capture: { maxBodyBytes: 1_000 },
      collector,
      metrics: { leg: () => {}, dispatchLag: () => {}, dropped: () => {}, skipped: () => {} },
      identity: "t",
      random: seeded(3),
      now: () => 0,
    });
    const only = route(
      "r",
      forward([destination(subset("v1", "http://v1"))], {
        candidates: percents.map((percent) =>
          policy(subset(`c${percent}`, "http://c"), { percent, sticky: key ? sticky : undefined }),
        ),
      }),
    );
    mirror.setRoutes([only], registry.lease(1));
    for (let user = 0; user < users; user += 1) {
      const headers = ["X-User", `user-${user}`];
      const mirrored = mirror.mirror({
        at: 0,
        arrivals: mirror.arrive(0),
        exchange: { isFinished: false, copiesEnded: () => {} },
        route: only,
        received: { target: "/", headers, protocol: "HTTP/1.1" },
        request: { method: "GET", target: "/", headers },
        trace: null,
        primarySubset: "v1",
        hasBody: false,
        obstacle: null,
        fault: null,
        abortPrimary: null,
        backToBack: false,
      });
      mirrored?.sendCopies(true);
      mirrored?.drop("queue");
    }
    collector.close();
    return got;
  }

  it.each([false, true])("is nested between candidates, and meets its percentages (sticky: %s)", (key) => {
    const USERS = 50_000;
    const sets = admitted([0, 0.5, 5, 10, 100], USERS, key);
    const of = (name: string): Set<string> => sets.get(name) ?? new Set();
    expect([of("c0").size, of("c100").size]).toEqual([0, USERS]);
    for (const percent of [0.5, 5, 10]) {
      expect(withinThreeSigma(of(`c${percent}`).size, USERS, percent / 100)).toBe(true);
    }
    expect([...of("c0.5")].every((user) => of("c5").has(user))).toBe(true);
    expect([...of("c5")].every((user) => of("c10").has(user))).toBe(true);
  });

  it("selects the same users every time with a sticky key", () => {
    expect(admitted([10], 5_000, true)).toEqual(admitted([10], 5_000, true));
  });
});

describe("control at run time", () => {
  it("sets shares of a route and candidate, and pauses mirroring; both survive a change of routes", async () => {
    const [primary, v2] = [await upstream("v1"), await upstream("v2")];
    const routes = (percent: number): Route[] => [
      route(
        "r",
        forward([destination(subset("v1", primary.url))], { candidates: [policy(subset("v2", v2.url), { percent })] }),
      ),
    ];
    const gateway = await start({ routes: routes(0) });
    const mirrored = async (): Promise<number> => {
      const before = count(v2);
      await talk(gateway.port, get("/"));
      await gateway.settle();
      return count(v2) - before;
    };
    expect(await mirrored()).toBe(0);
    const percents = [
      { route: "r", candidate: "v2", percent: 100 },
      { route: "other", candidate: "v2", percent: 0 },
    ];
    gateway.pipeline.setControl({ paused: false, percents });
    expect(await mirrored()).toBe(1);
    gateway.reconfigure(routes(0));
    expect(await mirrored()).toBe(1);
    gateway.pipeline.setControl({ paused: true, percents });
    expect(await mirrored()).toBe(0);
    gateway.reconfigure(routes(100));
    expect(await mirrored()).toBe(0);
    gateway.pipeline.setControl({ paused: false, percents: [] });
    expect(await mirrored()).toBe(1);
    expect(gateway.accounting("v2")).toEqual({ received: 6, sampledOut: 1, mirrored: 3, "notMirrored:paused": 2 });
  });
});

describe("the circuit breaker", () => {
  it("stops requests to a candidate that fails, sends one probe, and closes when it responds", async () => {
    let healthy = false;
    const primary = await upstream("v1");
    const candidate = await upstream("v2", (socket) => {
      if (healthy) socket.write(rawResponse("ok"));
      else socket.resetAndDestroy();
    });
    const OPEN_MS = 400;
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([destination(subset("v1", primary.url))], {
            candidates: [policy(subset("v2", candidate.url), { breaker: { failures: 2, openMs: OPEN_MS } })],
          }),
        ),
      ],
    });
    const ask = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        expect(await talk(gateway.port, get("/"))).toMatch(/v1$/);
        await gateway.mirror.drain(10_000);
      }
    };
    await ask(5);
    expect(count(candidate)).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, OPEN_MS + 20));
    await ask(2);
    expect(count(candidate)).toBe(3);
    healthy = true;
    await new Promise((resolve) => setTimeout(resolve, OPEN_MS + 20));
    await ask(3);
    expect(count(candidate)).toBe(6);
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 10, mirrored: 6, "dropped:breaker": 4 });
  });

  it("keeps its state and the requests in flight when the routes change", async () => {
    const primary = await upstream("v1");
    const [failing, hanging] = [
      await upstream("v2", (socket) => socket.resetAndDestroy()),
      await upstream("v3", () => {}),
    ];
    const routes = (timeoutMs: number): Route[] => [
      route(
        "r",
        forward([destination(subset("v1", primary.url))], {
          candidates: [
            policy(subset("v2", failing.url), { timeoutMs, breaker: { failures: 1, openMs: 60_000 } }),
            policy(subset("v3", hanging.url), { timeoutMs: 500, maxInFlight: 1 }),
          ],
        }),
      ),
    ];
    const gateway = await start({ routes: routes(1_000) });
    await talk(gateway.port, get("/"));
    await expect.poll(() => gateway.legs.some(([, name]) => name === "v2")).toBe(true);
    gateway.reconfigure(routes(2_000));
    await talk(gateway.port, get("/"));
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 2, mirrored: 1, "dropped:breaker": 1 });
    expect(gateway.accounting("v3")).toEqual({ received: 2, mirrored: 1, "dropped:inflight": 1 });
  });
});
