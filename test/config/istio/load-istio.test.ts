import { describe, expect, it } from "vitest";
import { loadIstio, type IstioOptions } from "../../../src/config/istio/load-istio.ts";
import type { Forward, MirrorPolicy, Subset } from "../../../src/model/routing.ts";

const SERVICE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: vs }
spec:
  hosts: ["*"]
  http:
    - route: [{ destination: { host: httpbin, subset: v1 } }]
      mirror: { host: httpbin, subset: v2 }
`;
const URLS = new Map([
  ["httpbin/v1", ["https://127.0.0.1:9001"]],
  ["httpbin/v2", ["https://127.0.0.1:9002"]],
]);

function rule(spec: string): string {
  return `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: dr }\nspec: ${spec}\n`;
}

function load(texts: readonly string[], options: Partial<IstioOptions> = {}): ReturnType<typeof loadIstio> {
  const files = texts.map((text, index) => ({ path: `${index + 1}.yaml`, text }));
  return loadIstio(files, { addresses: URLS, ...options });
}

function forward(loaded: ReturnType<typeof loadIstio>): Forward {
  const action = loaded.routes[0]?.action;
  if (action?.type !== "forward") throw new Error("the documents forward");
  return action;
}

function candidate(loaded: ReturnType<typeof loadIstio>): MirrorPolicy | undefined {
  return forward(loaded).candidates[0];
}

function subset(loaded: ReturnType<typeof loadIstio>, name: string): Subset | undefined {
  return loaded.subsets.get(name);
}

/** An HTTPRoute or GRPCRoute with a mirror. */
function gatewayRoute(kind: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${kind.toLowerCase()} }
spec:
  hostnames: [${kind.toLowerCase()}.example]
  rules:
    - filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: new, port: 80 } } }]
      backendRefs: [{ name: old, port: 80 }]
`;
}

describe("loadIstio", () => {
  it("a mirror has default limits, keeps Host and mirrors safe methods", () => {
    expect(candidate(load([SERVICE]))).toEqual({
      subset: { name: "v2", urls: ["https://127.0.0.1:9002"], tls: undefined },
      percent: 100,
      sticky: undefined,
      methods: new Set(["GET", "HEAD", "OPTIONS"]),
      timeoutMs: 10_000,
      maxInFlight: 256,
      maxBufferedBytes: 16 * 1024 ** 2,
      host: { type: "keep" },
      requestHeaders: { set: [], add: [], remove: [] },
      breaker: undefined,
    });
  });

  it("options set what documents cannot express", () => {
    const loaded = load([SERVICE], {
      mirrorMethods: new Set(["GET", "POST"]),
      mirrorHost: { type: "shadow" },
      mirrorTimeoutMs: 500,
      maxInFlight: 3,
      breaker: { failures: 2, openMs: 1000 },
    });
    expect(candidate(loaded)).toMatchObject({
      methods: new Set(["GET", "POST"]),
      host: { type: "shadow" },
      timeoutMs: 500,
      maxInFlight: 3,
      breaker: { failures: 2, openMs: 1000 },
    });
  });

  it("ignores changes of connection headers and of Host, except set, which is a rewrite", () => {
    const request = "set: { host: a.example, content-length: '3', x-a: b }, add: { Host: c }, remove: [host, x-b]";
    const response = "set: { Transfer-Encoding: chunked }, add: { x-c: d }, remove: [connection]";
    const loaded = load([`${SERVICE}      headers: { request: { ${request} }, response: { ${response} } }\n`]);
    expect(forward(loaded)).toMatchObject({
      rewrite: { uri: undefined, authority: "a.example" },
      requestHeaders: { set: [["x-a", "b"]], add: [], remove: ["x-b"] },
      responseHeaders: { set: [], add: [["x-c", "d"]], remove: [] },
    });
  });

  it("a route's timeout also applies to mirrored requests, and 0s keeps the default", () => {
    expect(candidate(load([`${SERVICE}      timeout: 3s\n`]))?.timeoutMs).toBe(3000);
    expect(candidate(load([`${SERVICE}      timeout: 0s\n`]))?.timeoutMs).toBe(10_000);
  });

  it("a subset's connection pool and outlier detection override the host's", () => {
    const spec = `
  host: httpbin
  trafficPolicy:
    connectionPool: { tcp: { maxConnections: 50 } }
    outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: 10s }
  subsets:
    - { name: v1 }
    - { name: v2, trafficPolicy: { connectionPool: { http: { http2MaxRequests: 7 }, tcp: { maxConnections: 9 } } } }`;
    const loaded = load([SERVICE, rule(spec)]);
    expect(candidate(loaded)).toMatchObject({ maxInFlight: 7, breaker: { failures: 3, openMs: 10_000 } });
  });

  it.each([
    { detection: "{}", breaker: { failures: 5, openMs: 30_000 } },
    { detection: "{ consecutive_errors: 4 }", breaker: { failures: 4, openMs: 30_000 } },
    { detection: "{ consecutiveGatewayErrors: 2, consecutive5xxErrors: 9 }", breaker: { failures: 2, openMs: 30_000 } },
    { detection: "{ consecutive_5xx_errors: 0 }", breaker: undefined },
  ])("outlierDetection $detection", ({ detection, breaker }) => {
    const spec = `{ host: httpbin, subsets: [{ name: v1 }, { name: v2 }], trafficPolicy: { outlierDetection: ${detection} } }`;
    expect(candidate(load([SERVICE, rule(spec)]))?.breaker).toEqual(breaker);
  });

  it.each([
    { tls: "{ mode: SIMPLE, sni: inner }", expected: { serverName: "inner" } },
    {
      tls: "{ mode: SIMPLE, caCertificates: /ca.pem, insecureSkipVerify: true }",
      expected: { caFile: "/ca.pem", insecureSkipVerify: true },
    },
    { tls: "{ mode: SIMPLE, subjectAltNames: [san] }", expected: { serverName: "san" } },
    {
      tls: "{ mode: MUTUAL, clientCertificate: /c.pem, privateKey: /k.pem }",
      expected: { certFile: "/c.pem", keyFile: "/k.pem" },
    },
  ])("tls $tls", ({ tls, expected }) => {
    const none = {
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      serverName: undefined,
      insecureSkipVerify: false,
    };
    const loaded = load([SERVICE, rule(`{ host: httpbin, trafficPolicy: { tls: ${tls} }, subsets: [{ name: v1 }] }`)]);
    expect(subset(loaded, "v1")?.tls).toEqual({ ...none, ...expected });
  });

  it.each(["DISABLE", "ISTIO_MUTUAL"])("tls mode %s of a subset overrides the host", (mode) => {
    const spec = `{ host: httpbin, trafficPolicy: { tls: { mode: SIMPLE } }, subsets: [{ name: v1, trafficPolicy: { tls: { mode: ${mode} } } }] }`;
    expect(subset(load([SERVICE, rule(spec)]), "v1")?.tls).toBeUndefined();
  });

  it.each(["httpbin/v1", "HTTPBIN/v1", "httpbin.default/v1", "httpbin.default.svc.cluster.local/v1"])(
    "an address may name a host as %s",
    (key) => {
      const urls = ["http://127.0.0.1:9001", "http://127.0.0.1:9011"];
      const loaded = load([SERVICE], { addresses: new Map([...URLS].slice(1)).set(key, urls) });
      expect(subset(loaded, "v1")?.urls).toEqual(urls);
    },
  );

  it("a GRPCRoute calls its backends and mirrors over HTTP/2, an HTTPRoute to the same address does not", () => {
    const loaded = load([gatewayRoute("HTTPRoute"), gatewayRoute("GRPCRoute")], {
      addresses: new Map([
        ["old", ["http://127.0.0.1:1"]],
        ["new", ["http://127.0.0.1:2"]],
      ]),
      mirrorMethods: new Set(["POST"]),
    });
    const used = loaded.routes.flatMap(({ action }) =>
      action.type === "forward" ? [action.destinations[0]?.subset, action.candidates[0]?.subset] : [],
    );
    expect(used).toEqual([
      { name: "old", urls: ["http://127.0.0.1:1"], tls: undefined },
      { name: "new", urls: ["http://127.0.0.1:2"], tls: undefined },
      { name: "old.80", urls: ["http://127.0.0.1:1"], tls: undefined, protocol: "h2" },
      { name: "new.80", urls: ["http://127.0.0.1:2"], tls: undefined, protocol: "h2" },
    ]);
    expect([...loaded.subsets.keys()]).toEqual(["new", "old", "new.80", "old.80"]);
  });

  it("includes a version with an address that no route uses", () => {
    const addresses = new Map([...URLS, ["httpbin/v3", ["http://127.0.0.1:9003"]]]);
    const loaded = load(
      [SERVICE, rule("{ host: httpbin, subsets: [{ name: v1 }, { name: v2 }, { name: v3 }, { name: v4 }] }")],
      {
        addresses,
      },
    );
    expect([...loaded.subsets.keys()]).toEqual(["v1", "v2", "v3"]);
    expect(loaded.diagnostics.filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  it("reports a missing address once per position, and still returns the routes", () => {
    const loaded = load([SERVICE], { addresses: new Map() });
    expect(
      loaded.diagnostics.filter(({ severity }) => severity === "error").map(({ place, message }) => [place, message]),
    ).toEqual([
      ["1.yaml:7:30", "no address for httpbin/v1; add --address httpbin/v1=http://HOST:PORT"],
      ["1.yaml:8:15", "no address for httpbin/v2; add --address httpbin/v2=http://HOST:PORT"],
    ]);
    expect(forward(loaded).destinations[0]?.subset).toEqual({ name: "v1", urls: [], tls: undefined });
  });

  it("positions name the right file", () => {
    const loaded = load([SERVICE, rule("{ host: httpbin, subsets: [{ name: v1, trafficPolcy: {} }, { name: v2 }] }")]);
    expect(loaded.diagnostics.find(({ severity }) => severity === "error")).toEqual({
      severity: "error",
      place: "2.yaml:4:46",
      field: "DestinationRule/dr spec.subsets[0].trafficPolcy",
      message: 'unknown field; did you mean "trafficPolicy"?',
      allowed: "name, labels, trafficPolicy",
    });
  });

  it("no documents, no routes", () => {
    expect(load([])).toMatchObject({ routes: [], listenPort: undefined });
    expect(load(["", "# only a comment\n"]).routes).toEqual([]);
  });
});
