import { afterEach, describe, expect, it } from "vitest";
import type { Forward, Route } from "../../../src/model/routing.ts";
import {
  rawResponse,
  Gateway,
  type GatewayOptions,
  RawClient,
  RawUpstream,
  type RoutedOptions,
  talk,
  withoutHopFields,
} from "../proxy-harness.ts";
import { destination, forward, match, NO_OPERATIONS, policy, route, subset } from "../route-builders.ts";

const stops: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of stops.splice(0)) await one.stop();
});

async function upstream(name: string): Promise<RawUpstream> {
  const raw = await RawUpstream.respondingWith(rawResponse(name, `X-Version: ${name}\r\n`));
  stops.push(raw);
  return raw;
}

async function start(options: GatewayOptions | RoutedOptions): Promise<Gateway> {
  const gateway = await Gateway.start(options);
  stops.unshift(gateway);
  return gateway;
}

function get(target: string, fields = ""): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.example:8080\r\n${fields}Connection: close\r\n\r\n`;
}

const LINE = /^(GET|POST) (\S+) /gm;
const targets = ({ received }: RawUpstream): (string | undefined)[] =>
  [...received.matchAll(LINE)].map(([, , at]) => at);
const bodyOf = (response: string): string => response.slice(response.indexOf("\r\n\r\n") + 4);

/** Sends one request through a gateway with one route. @returns the response, and what the primary received */
async function through(
  more: Partial<Forward>,
  request: string,
  matches: Route["matches"] = [],
): Promise<{ response: string; received: string }> {
  const primary = await upstream("v1");
  const gateway = await start({
    routes: [route("r", forward([destination(subset("v1", primary.url))], more), { matches })],
  });
  const response = withoutHopFields(await talk(gateway.port, request));
  return { response, received: primary.received };
}

describe("routes", () => {
  it("serve a request by the first match, and respond 404 when none matches", async () => {
    const [v1, v2, v3] = [await upstream("v1"), await upstream("v2"), await upstream("v3")];
    const chrome = match({ headers: [{ name: "user-agent", match: { type: "regex", source: ".*Chrome.*" } }] });
    const gateway = await start({
      routes: [
        route("chrome", forward([destination(subset("v2", v2.url))]), { matches: [chrome] }),
        route("api", forward([destination(subset("v1", v1.url))], { candidates: [policy(subset("v3", v3.url))] }), {
          matches: [match({ uri: { type: "prefix", value: "/api" } })],
        }),
      ],
    });
    expect(bodyOf(await talk(gateway.port, get("/api", "User-Agent: Chrome/1\r\n")))).toBe("v2");
    expect(bodyOf(await talk(gateway.port, get("/api/x?y")))).toBe("v1");
    const none = await talk(gateway.port, get("/"));
    expect(none).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(none).toContain("\r\nProxy-Status: shadowdiff; error=destination_not_found\r\n");
    await gateway.settle();
    expect(targets(v3)).toEqual(["/api/x?y"]);
    expect(gateway.accounting("v3")).toEqual({ received: 3, "notMirrored:route": 2, mirrored: 1 });
    expect(gateway.requests).toEqual([
      ["GET", 200],
      ["GET", 200],
    ]);
    expect(gateway.refusals).toEqual([[404, "route"]]);
  });

  it("keep the connection open after a 404 for a request with a body", async () => {
    const gateway = await start({ routes: [] });
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    await client.until((text) => text.endsWith("}\n"));
    client.received = Buffer.alloc(0);
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await client.until((text) => text.endsWith("\r\n\r\n"))).toMatch(/^HTTP\/1\.1 404 /);
    client.close();
  });

  it("respond 404 to an upgrade that no route matches", async () => {
    const gateway = await start({ routes: [] });
    const text = await talk(
      gateway.port,
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    expect(text).toMatch(/^HTTP\/1\.1 404 [^]*}\n$/);
  });

  it("match the port that the system has chosen", async () => {
    const v1 = await upstream("v1");
    const gateway = await start({ routes: [] });
    const onPort = (port: number): Route =>
      route("r", forward([destination(subset("v1", v1.url))]), { matches: [match({ port })] });
    gateway.reconfigure([onPort(gateway.port)]);
    expect(bodyOf(await talk(gateway.port, get("/")))).toBe("v1");
    gateway.reconfigure([onPort(1)]);
    expect(await talk(gateway.port, get("/"))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("distribute requests by weight, and over the addresses of a subset in turn", async () => {
    const [a, b, c] = [await upstream("a"), await upstream("b"), await upstream("c")];
    const draws = [0.05, 0.95, 0.5, 0.2];
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([
            destination(subset("v1", a.url, b.url), { weight: 90 }),
            destination(subset("v2", c.url), { weight: 10 }),
          ]),
        ),
      ],
      // One draw for the weight, and one for the mirror.
      random: () => draws[0] ?? 0,
    });
    const got: string[] = [];
    while (draws.length > 0) {
      got.push(bodyOf(await talk(gateway.port, get("/"))));
      draws.shift();
    }
    expect(got).toEqual(["a", "c", "b", "a"]);
    expect(gateway.legs.map(([, name]) => name)).toEqual(["v1", "v2", "v1", "v1"]);
  });
});

describe("local responses", () => {
  const cases: [string, Route["action"], string, string, string[]][] = [
    [
      "a direct response",
      { type: "direct-response", status: 503, headers: [["X-A", "1"]], body: "busy" },
      get("/"),
      "503 Service Unavailable",
      ["X-A: 1", "Content-Length: 4", "", "busy"],
    ],
    [
      "a redirect of the scheme, with its default port",
      { type: "redirect", status: 301, scheme: "https", authority: undefined, port: undefined, uri: undefined },
      get("/p?q=1"),
      "301 Moved Permanently",
      ["Location: https://a.example/p?q=1", "Content-Length: 0"],
    ],
    [
      "a redirect of authority and path",
      {
        type: "redirect",
        status: 302,
        scheme: undefined,
        authority: "b.example",
        port: undefined,
        uri: { type: "replace", value: "/new" },
      },
      get("/p?q=1"),
      "302 Found",
      ["Location: http://b.example/new?q=1"],
    ],
    [
      "a redirect with a query",
      {
        type: "redirect",
        status: 307,
        scheme: undefined,
        authority: undefined,
        port: 8443,
        uri: { type: "replace", value: "/new?z" },
      },
      get("/p?q=1"),
      "307 Temporary Redirect",
      ["Location: http://a.example:8443/new?z"],
    ],
    [
      "a redirect without changes keeps the port",
      { type: "redirect", status: 308, scheme: undefined, authority: undefined, port: undefined, uri: undefined },
      get("/"),
      "308 Permanent Redirect",
      ["Location: http://a.example:8080/"],
    ],
  ];
  it.each(cases)("%s", async (_name, action, request, status, lines) => {
    const candidate = subset("v2", "http://127.0.0.1:1");
    const other = route("other", forward([destination(candidate)], { candidates: [policy(candidate)] }), {
      hosts: ["other"],
    });
    const gateway = await start({ routes: [other, route("r", action)] });
    const response = withoutHopFields(await talk(gateway.port, request));
    expect(response.split("\r\n")[0]).toBe(`HTTP/1.1 ${status}`);
    expect(response.split("\r\n")).toEqual(expect.arrayContaining(lines));
    await gateway.settle();
    expect(gateway.accounting("v2")).toEqual({ received: 1, "notMirrored:route": 1 });
    expect(gateway.requests).toEqual([["GET", Number(status.slice(0, 3))]]);
  });

  const cors: Forward["cors"] = {
    allowOrigins: [{ type: "exact", value: "https://app" }],
    allowMethods: ["GET", "PUT"],
    allowHeaders: ["x-a"],
    exposeHeaders: ["x-b"],
    maxAgeSeconds: 60,
    allowCredentials: true,
  };

  it("a CORS preflight of an allowed origin", async () => {
    const { response, received } = await through(
      { cors },
      "OPTIONS / HTTP/1.1\r\nHost: h\r\nOrigin: https://app\r\nAccess-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n",
    );
    expect(received).toBe("");
    expect(response.split("\r\n").slice(0, -2)).toEqual([
      "HTTP/1.1 200 OK",
      "Access-Control-Allow-Origin: https://app",
      "Access-Control-Allow-Credentials: true",
      "Access-Control-Allow-Methods: GET,PUT",
      "Access-Control-Allow-Headers: x-a",
      "Access-Control-Max-Age: 60",
      "Content-Length: 0",
    ]);
  });

  it("CORS fields replace the upstream's for an allowed origin only", async () => {
    const allowed = await through({ cors }, get("/", "Origin: https://app\r\n"));
    expect(allowed.response.split("\r\n").slice(1, -2)).toEqual([
      "X-Version: v1",
      "Content-Length: 2",
      "Access-Control-Allow-Origin: https://app",
      "Access-Control-Allow-Credentials: true",
      "Access-Control-Expose-Headers: x-b",
    ]);
    const denied = await through({ cors }, get("/", "Origin: https://other\r\n"));
    expect(denied.response).not.toContain("Access-Control");
    expect(denied.received).toContain("Origin: https://other");
  });
});

describe("requests and responses", () => {
  it("are sent with a rewritten path and authority, and with the header operations of route and destination", async () => {
    const primary = await upstream("v1");
    const candidate = await upstream("v2");
    const to = destination(subset("v1", primary.url), {
      requestHeaders: { ...NO_OPERATIONS, add: [["X-To", "v1"]] },
    });
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([to], {
            rewrite: { uri: { type: "replace", value: "/" }, authority: "inner" },
            requestHeaders: { set: [["X-A", "2"]], add: [], remove: ["X-Gone"] },
            candidates: [policy(subset("v2", candidate.url))],
          }),
          { matches: [match({ uri: { type: "prefix", value: "/my-app" } })] },
        ),
      ],
    });
    await talk(gateway.port, get("/my-app/x?y=%20", "X-A: 1\r\nX-Gone: 1\r\nX-B: 1\r\n"));
    await gateway.settle();
    expect(primary.received.replaceAll(/^connection: .*\r\n/gim, "").split("\r\n")).toEqual([
      "GET //x?y=%20 HTTP/1.1",
      "Host: inner",
      "X-A: 2",
      "X-B: 1",
      "Shadowdiff-Hop: 1",
      "X-To: v1",
      "",
      "",
    ]);
    expect(candidate.received).toBe(primary.received);
    expect(gateway.exchanges[0]?.target).toBe("//x?y=%20");
  });

  it("change the response fields for the client, but not in the capture", async () => {
    const primary = await upstream("v1");
    const gateway = await start({
      routes: [
        route(
          "r",
          forward([destination(subset("v1", primary.url))], {
            responseHeaders: { set: [["X-Version", "hidden"]], add: [["X-B", "1"]], remove: [] },
            candidates: [policy(subset("v2", primary.url))],
          }),
        ),
      ],
    });
    const response = withoutHopFields(await talk(gateway.port, get("/")));
    expect(response).toBe("HTTP/1.1 200 OK\r\nX-Version: hidden\r\nContent-Length: 2\r\nX-B: 1\r\n\r\nv1");
    await gateway.settle();
    expect(gateway.exchanges[0]?.primary.headers).toEqual(["X-Version", "v1", "Content-Length", "2"]);
    expect(gateway.exchanges[0]?.candidates[0]?.identical).toBe(true);
  });

  it("end when the timeout of the route expires", async () => {
    const slow = await RawUpstream.start((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const drip = setInterval(() => socket.write("1\r\nx\r\n"), 10);
      socket.on("close", () => clearInterval(drip));
    });
    const silent = await RawUpstream.start(() => {});
    stops.push(slow, silent);
    for (const [{ url }, expected] of [
      [slow, /^HTTP\/1\.1 200 [^]*(?<!0\r\n\r\n)$/],
      [silent, /^HTTP\/1\.1 504 /],
    ] as const) {
      const gateway = await start({ primary: url, forward: { timeoutMs: 200 } });
      expect(await talk(gateway.port, get("/"))).toMatch(expected);
    }
  });
});
