import { connect } from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import { responseOf } from "./listener/http2-exchange.ts";
import { Gateway, RawUpstream, rawResponse, talk, type RoutedOptions } from "./proxy-harness.ts";
import { destination, forward, match, policy, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A gateway with one upstream, `primary`, and one candidate, that respond with `ok`. */
async function start(options: Partial<RoutedOptions> = {}): Promise<{ gateway: Gateway; heads: () => string[] }> {
  const upstreams = [
    await RawUpstream.respondingWith(rawResponse("ok")),
    await RawUpstream.respondingWith(rawResponse("ok")),
  ] as const;
  const [primary, candidate] = upstreams;
  const action = forward([destination(subset("v1", primary.url))], {
    candidates: [policy(subset("v2", candidate.url))],
  });
  const gateway = await Gateway.start({ routes: [route("default", action)], ...options });
  stops.push(async () => gateway.stop(), ...upstreams.map((upstream) => async () => upstream.stop()));
  return {
    gateway,
    /** What the primary and the candidate received, once there is no request left. */
    heads: () => upstreams.map(({ received }) => received),
  };
}

async function received(
  request: string,
  options: Partial<RoutedOptions> = {},
): Promise<{ status: string; heads: string[] }> {
  const { gateway, heads } = await start(options);
  const response = await talk(gateway.port, Buffer.from(request, "latin1"));
  await gateway.settle();
  return { status: response.slice("HTTP/1.1 ".length).slice(0, 3), heads: heads() };
}

const both = (head: string): string[] => [`${head}\r\n\r\n`, `${head}\r\n\r\n`];
const CLOSE = "Connection: close\r\n\r\n";

describe("an absolute target", () => {
  it.each([
    ["http://a:80/p", "a"],
    ["http://a/p", "a:80"],
    ["http://A:80/p", "a:"],
    ["https://a:443/p", "A"],
    ["http://[::1]:80/p", "[::1]"],
    ["HTTP://a:8080/p", "a:8080"],
  ])("%s agrees with Host %s, which is forwarded", async (target, host) => {
    const { status, heads } = await received(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`);
    expect([status, heads]).toEqual(["200", both(`GET /p HTTP/1.1\r\nHost: ${host}\r\nShadowdiff-Hop: 1`)]);
  });

  it.each([
    ["http://a:443/p", "a"],
    ["https://a:80/p", "a"],
    ["http://a:81/p", "a"],
    ["http://[::1]:80/p", "[::2]"],
    ["http://a:80/p", "a:443"],
  ])("%s contradicts Host %s: 400", async (target, host) => {
    const { status, heads } = await received(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${CLOSE}`);
    expect([status, heads]).toEqual(["400", ["", ""]]);
  });
});

describe("an HTTP/1.0 request without Host", () => {
  it("to a route for any host: both legs receive the authority of the primary of that route", async () => {
    const other = await RawUpstream.respondingWith(rawResponse("other"));
    stops.push(async () => other.stop());
    const { gateway } = await start({
      routes: [
        route("first", forward([destination(subset("v1", "http://first.test"))]), {
          matches: [match({ uri: { type: "exact", value: "/first" } })],
        }),
        route("other", forward([destination(subset("v3", other.url))])),
      ],
    });
    expect(await talk(gateway.port, "GET /p HTTP/1.0\r\nX-A: 1\r\n\r\n")).toMatch(/\r\n\r\nother$/);
    expect(other.received).toBe(
      `GET /p HTTP/1.1\r\nHost: ${new URL(other.url).host}\r\nX-A: 1\r\nShadowdiff-Hop: 1\r\n\r\n`,
    );
  });

  it("to a route for one host: no route matches, even if the first primary has that name", async () => {
    const primary = subset("v1", "http://first.test");
    const { gateway } = await start({
      routes: [route("first", forward([destination(primary)]), { hosts: ["first.test"] })],
    });
    expect(await talk(gateway.port, "GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("with a rewrite of the host: the rewritten one", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    stops.push(async () => upstream.stop());
    const action = forward([destination(subset("v1", upstream.url))], {
      rewrite: { uri: undefined, authority: "inner.test" },
    });
    const { gateway } = await start({ routes: [route("default", action)] });
    await talk(gateway.port, "GET / HTTP/1.0\r\n\r\n");
    expect(upstream.received).toBe("GET / HTTP/1.1\r\nHost: inner.test\r\nShadowdiff-Hop: 1\r\n\r\n");
  });

  it("with a default host: routed and forwarded as if the client had sent it", async () => {
    const { status, heads } = await received("GET / HTTP/1.0\r\n\r\n", {
      requests: { defaultHost: "default.test" },
    });
    expect([status, heads]).toEqual(["200", both("GET / HTTP/1.1\r\nHost: default.test\r\nShadowdiff-Hop: 1")]);
  });

  it("with an absolute target: its authority, which a default host does not replace", async () => {
    const { heads } = await received("GET http://t.test:81/p HTTP/1.0\r\n\r\n", {
      requests: { defaultHost: "default.test" },
    });
    expect(heads).toEqual(both("GET /p HTTP/1.1\r\nHost: t.test:81\r\nShadowdiff-Hop: 1"));
  });

  it("with a redirect: a relative Location, because its name is unknown", async () => {
    const redirect = { type: "redirect", status: 301, uri: { type: "replace", value: "/new" } } as const;
    const action = { ...redirect, scheme: undefined, authority: undefined, port: 8443 };
    const { gateway } = await start({ routes: [route("default", action)] });
    expect(await talk(gateway.port, "GET /old?q HTTP/1.0\r\n\r\n")).toContain("\r\nLocation: /new?q\r\n");
  });
});

describe("a target with bytes outside ASCII", () => {
  const UTF8 = Buffer.from("/caf\u00e9?q=\u4e2d").toString("latin1");
  const ENCODED = "/caf%C3%A9?q=%E4%B8%AD";
  const request = `GET ${UTF8} HTTP/1.1\r\nHost: h\r\n${CLOSE}`;

  it("is rejected by default", async () => {
    expect(await received(request)).toEqual({ status: "400", heads: ["", ""] });
  });

  it("is percent-encoded with `encode`: routes match what both legs receive", async () => {
    const upstream = await RawUpstream.respondingWith(rawResponse("ok"));
    stops.push(async () => upstream.stop());
    const { gateway } = await start({
      requests: { nonAsciiTargets: "encode" },
      routes: [
        route("cafe", forward([destination(subset("v1", upstream.url))]), {
          matches: [match({ uri: { type: "exact", value: "/caf%C3%A9" } })],
        }),
      ],
    });
    expect(await talk(gateway.port, Buffer.from(request, "latin1"))).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.received).toBe(`GET ${ENCODED} HTTP/1.1\r\nHost: h\r\nShadowdiff-Hop: 1\r\n\r\n`);
  });

  it("is unchanged with `forward`, byte for byte", async () => {
    const { status, heads } = await received(request, { requests: { nonAsciiTargets: "forward" } });
    expect([status, heads]).toEqual(["200", both(`GET ${UTF8} HTTP/1.1\r\nHost: h\r\nShadowdiff-Hop: 1`)]);
  });

  it.each(["encode", "forward"] as const)(
    "with `%s`, control characters, spaces and fragments stay rejected",
    async (nonAsciiTargets) => {
      for (const target of [`${UTF8}\x7f`, `${UTF8} x`, `${UTF8}#f`, `${UTF8}\x01`]) {
        const { status, heads } = await received(`GET ${target} HTTP/1.1\r\nHost: h\r\n${CLOSE}`, {
          requests: { nonAsciiTargets },
        });
        expect([status, heads]).toEqual(["400", ["", ""]]);
      }
    },
  );

  it.each([
    ["reject", 400, ["", ""]],
    ["encode", 200, both(`GET ${ENCODED} HTTP/1.1\r\nhost: h\r\nShadowdiff-Hop: 1`)],
    ["forward", 200, both(`GET ${UTF8} HTTP/1.1\r\nhost: h\r\nShadowdiff-Hop: 1`)],
  ] as const)("over HTTP/2 with `%s`: %s", async (nonAsciiTargets, status, heads) => {
    const { gateway, heads: seen } = await start({ requests: { nonAsciiTargets } });
    expect(await askHttp2(gateway, [":path", UTF8])).toBe(status);
    await gateway.settle();
    expect(seen()).toEqual(heads);
  });
});

describe("the size of a request head", () => {
  const KIB = 1024;
  /** A request head of exactly so many bytes, in fields of 8 KiB. */
  function headOf(bytes: number): string {
    const start = `GET / HTTP/1.1\r\nHost: h\r\n${CLOSE.trimEnd()}\r\n`;
    const fields: string[] = [];
    let left = bytes - start.length - 2;
    while (left > 0) {
      const length = left > 16 * KIB ? 8 * KIB : left;
      fields.push(`X-${fields.length}: `.padEnd(length - 2, "a"));
      left -= length;
    }
    return `${start}${fields.join("\r\n")}\r\n\r\n`;
  }

  it.each([16, 64, 256])("a limit of %d KiB: a head of that size is served, one byte more is 431", async (limit) => {
    const requests = { maxHeadBytes: limit * KIB };
    expect(headOf(limit * KIB)).toHaveLength(limit * KIB);
    const { gateway, heads } = await start({ requests });
    expect(await talk(gateway.port, headOf(limit * KIB))).toMatch(/^HTTP\/1\.1 200 /);
    await gateway.settle();
    const [primary = "", candidate = ""] = heads();
    expect(primary.length).toBe(limit * KIB - "Connection: close\r\n".length + "Shadowdiff-Hop: 1\r\n".length);
    expect(candidate).toBe(primary);
    expect(await talk(gateway.port, headOf(limit * KIB + 1))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("over HTTP/2: the same limit, and a 431 beyond it", async () => {
    const { gateway } = await start({ requests: { maxHeadBytes: 100 * KIB } });
    const fields = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => [`x-${index}`, "a".repeat(8 * KIB)]).flat();
    expect(await askHttp2(gateway, fields(12))).toBe(200);
    expect(await askHttp2(gateway, fields(13))).toBe(431);
  });
});

/** Sends a GET over HTTP/2, and returns its status. */
async function askHttp2({ port }: Gateway, fields: readonly string[]): Promise<number | undefined> {
  const session = connect(`http://127.0.0.1:${port}`, { maxSendHeaderBlockLength: 1024 * 1024 });
  const path = fields.includes(":path") ? [] : [":path", "/"];
  const head = [":method", "GET", ":scheme", "http", ":authority", "h", ...path, ...fields];
  const response = await responseOf(session.request(head));
  session.destroy();
  return response.status;
}
