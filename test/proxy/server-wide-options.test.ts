import { afterEach, describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import { CONFIG, KEY } from "../compare/build-exchanges.ts";
import { rawResponse, Gateway, RawUpstream, talk } from "./proxy-harness.ts";
import { responseOf, openHttp2 } from "./listener/http2-exchange.ts";
import { destination, forward, match, route, subset } from "./route-builders.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function upstream(body: string): Promise<RawUpstream> {
  const raw = await RawUpstream.respondingWith(rawResponse(body, "Allow: GET\r\n"));
  stops.push(async () => raw.stop());
  return raw;
}

const OPTIONS = "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
const requestLine = ({ received }: RawUpstream): string => received.slice(0, received.indexOf("\r\n"));

describe("OPTIONS * (RFC 9110 §9.3.7)", () => {
  it.each([
    ["with the target *", OPTIONS],
    ["an absolute target without path and query", OPTIONS.replace("*", "http://h")],
  ])("%s: is forwarded and mirrored as OPTIONS *, and compared as a separate endpoint", async (_name, request) => {
    const [primary, candidate] = [await upstream("a"), await upstream("b")];
    const gateway = await Gateway.start({ primary: primary.url, candidates: [{ url: candidate.url }] });
    stops.unshift(async () => gateway.stop());
    expect(await talk(gateway.port, request)).toMatch(/^HTTP\/1\.1 200 OK\r\nAllow: GET\r\n[^]*a$/);
    await gateway.settle();
    expect([primary, candidate].map(requestLine)).toEqual(["OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"]);
    const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
    const outcomes = gateway.batches.flatMap((batch) => [...comparer.compare(batch).outcomes]);
    expect(outcomes.map(({ endpoint }) => endpoint)).toEqual(["OPTIONS *"]);
  });

  it("works over HTTP/2", async () => {
    const primary = await upstream("a");
    const gateway = await Gateway.start({ primary: primary.url });
    const session = openHttp2(`http://127.0.0.1:${gateway.port}`);
    stops.unshift(
      () => session.destroy(),
      async () => gateway.stop(),
    );
    const got = await responseOf(session.request({ ":method": "OPTIONS", ":path": "*" }, { endStream: true }));
    expect([got.status, got.body, requestLine(primary)]).toEqual([200, "a", "OPTIONS * HTTP/1.1"]);
  });

  it("has no path: it matches no path condition, is not rewritten, and is redirected to the host only", async () => {
    const primary = await upstream("a");
    const to = destination(subset("v1", primary.url));
    const paths = [
      { type: "prefix", value: "/" },
      { type: "path-prefix", value: "/" },
      { type: "regex", source: ".*" },
      { type: "present" },
    ] as const;
    const never = route(
      "paths",
      { type: "direct-response", status: 418, headers: [], body: "" },
      {
        matches: paths.map((uri) => match({ uri })),
      },
    );
    const rewriting = forward([to], { rewrite: { uri: { type: "replace", value: "/new" }, authority: undefined } });
    const gateway = await Gateway.start({
      routes: [
        never,
        route(
          "moved",
          { type: "redirect", status: 301, uri: undefined, authority: undefined, scheme: undefined, port: undefined },
          {
            hosts: ["moved.test"],
          },
        ),
        route("all", rewriting, { hosts: ["h"] }),
      ],
    });
    stops.unshift(async () => gateway.stop());
    expect(await talk(gateway.port, OPTIONS)).toMatch(/^HTTP\/1\.1 200 /);
    expect(requestLine(primary)).toBe("OPTIONS * HTTP/1.1");
    const moved = await talk(gateway.port, OPTIONS.replace("Host: h", "Host: moved.test"));
    expect(moved).toContain("\r\nLocation: http://moved.test\r\n");
    expect(await talk(gateway.port, OPTIONS.replace("Host: h", "Host: other"))).toMatch(/^HTTP\/1\.1 404 /);
  });
});
