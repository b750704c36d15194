import { describe, expect, it } from "vitest";
import { loadConfig, loadWithWarnings } from "../../../../src/config/load-config.ts";
import type { Route } from "../../../../src/model/routing.ts";

const SUBSETS = `subsets:
  v1: { urls: ['http://127.0.0.1:9001', 'http://127.0.0.1:9011'] }
  v2: { url: 'http://127.0.0.1:9002', protocol: h2 }
  v3: { url: 'https://v3.example', tls: { serverName: Inner.Example, insecureSkipVerify: true } }
`;
const NONE = { set: [], add: [], remove: [] };
const [V1, V2, V3] = [
  { name: "v1", urls: ["http://127.0.0.1:9001", "http://127.0.0.1:9011"], tls: undefined, protocol: undefined },
  { name: "v2", urls: ["http://127.0.0.1:9002"], tls: undefined, protocol: "h2" },
  {
    name: "v3",
    urls: ["https://v3.example"],
    tls: {
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      serverName: "inner.example",
      insecureSkipVerify: true,
    },
    protocol: undefined,
  },
];

function load(routes: string): readonly Route[] {
  return loadConfig({ file: { path: "s.yaml", text: SUBSETS + routes }, flags: {}, env: {} }).routes;
}

function warnings(routes: string): readonly string[] {
  const { warnings } = loadWithWarnings({ file: { path: "s.yaml", text: SUBSETS + routes }, flags: {}, env: {} });
  return warnings.map(({ place, field, message }) => `${place} ${field}: ${message}`);
}

describe("routes of a document", () => {
  it("converts a forwarding route with all fields", () => {
    const [route, ...others] = load(String.raw`routes:
  - name: api
    hosts: [API.example, "*.example", "*"]
    match:
      - name: browsers
        uri: { prefix: /my-app }
        ignoreUriCase: true
        method: { regex: GET|HEAD }
        scheme: https
        authority: { prefix: API. }
        headers: { User-Agent: { regex: ".*Chrome.*" }, X-Debug: { present: true } }
        withoutHeaders: { X-Bot: "1" }
        queryParams: { Page: { exact: "2" } }
        port: 8443
      - uri: /exact
      - uri: { pathPrefix: /v2 }
    primary:
      - { subset: v1, weight: 90, headers: { response: { remove: [server] } } }
      - { subset: v2, weight: 10 }
    sticky: { header: X-User }
    rewrite: { uriRegex: { match: "^/(\\w+)", replacement: '/v1/\1' }, authority: Inner.Example:8080 }
    headers: { request: { set: { X-From: shadowdiff }, add: { x-a: "1" }, remove: [Cookie] } }
    timeout: 5s
    retries: { attempts: 3, perTryTimeout: 500ms }
    fault: { on: both, delay: { percent: 0.0001, duration: 7s }, abort: { status: 503 } }
    cors:
      allowOrigins: [https://a.example, { regex: "https://.*" }]
      allowMethods: [GET]
      allowHeaders: [x-a]
      exposeHeaders: [x-b]
      maxAge: 1h
      allowCredentials: true
    candidates:
      - subset: v3
        percent: 12.3456
        methods: [GET, POST]
        timeout: 2s
        maxInFlight: 8
        maxBufferedBytes: 2MiB
        host: shadow
        sticky: { cookie: session }
        headers: { set: { Authorization: Bearer test }, remove: [cookie] }
        breaker: { failures: 2, open: 1m }
      - { subset: v2, host: api.example, breaker: false }
    secondary: { subset: v1, percent: 10, timeout: 3s, headers: { add: { X-Role: twin }, remove: [cookie] } }
`);
    const match = {
      name: undefined,
      ignoreUriCase: false,
      method: undefined,
      scheme: undefined,
      authority: undefined,
      headers: [],
      withoutHeaders: [],
      queryParams: [],
      port: undefined,
    };
    expect(others).toEqual([]);
    expect(route).toEqual({
      name: "api",
      hosts: ["api.example", "*.example", "*"],
      matches: [
        {
          name: "browsers",
          uri: { type: "prefix", value: "/my-app" },
          ignoreUriCase: true,
          method: { type: "regex", source: "GET|HEAD" },
          scheme: { type: "exact", value: "https" },
          authority: { type: "prefix", value: "api." },
          headers: [
            { name: "user-agent", match: { type: "regex", source: ".*Chrome.*" } },
            { name: "x-debug", match: { type: "present" } },
          ],
          withoutHeaders: [{ name: "x-bot", match: { type: "exact", value: "1" } }],
          queryParams: [{ name: "Page", match: { type: "exact", value: "2" } }],
          port: 8443,
        },
        { ...match, uri: { type: "exact", value: "/exact" } },
        { ...match, uri: { type: "path-prefix", value: "/v2" } },
      ],
      action: {
        type: "forward",
        destinations: [
          { subset: V1, weight: 90, requestHeaders: NONE, responseHeaders: { set: [], add: [], remove: ["server"] } },
          { subset: V2, weight: 10, requestHeaders: NONE, responseHeaders: NONE },
        ],
        sticky: { type: "header", name: "x-user" },
        rewrite: {
          uri: { type: "regex", source: String.raw`^/(\w+)`, replacement: String.raw`/v1/\1` },
          authority: "inner.example:8080",
        },
        requestHeaders: { set: [["X-From", "shadowdiff"]], add: [["x-a", "1"]], remove: ["Cookie"] },
        responseHeaders: NONE,
        timeoutMs: 5000,
        retries: { attempts: 3, perTryTimeoutMs: 500 },
        fault: { on: "both", delay: { percent: 0.0001, ms: 7000 }, abort: { percent: 100, status: 503 } },
        cors: {
          allowOrigins: [
            { type: "exact", value: "https://a.example" },
            { type: "regex", source: "https://.*" },
          ],
          allowMethods: ["GET"],
          allowHeaders: ["x-a"],
          exposeHeaders: ["x-b"],
          maxAgeSeconds: 3600,
          allowCredentials: true,
        },
        candidates: [
          {
            subset: V3,
            percent: 12.3456,
            sticky: { type: "cookie", name: "session" },
            methods: new Set(["GET", "POST"]),
            timeoutMs: 2000,
            maxInFlight: 8,
            maxBufferedBytes: 2 * 1024 ** 2,
            host: { type: "shadow" },
            requestHeaders: { set: [["Authorization", "Bearer test"]], add: [], remove: ["cookie"] },
            breaker: { failures: 2, openMs: 60_000 },
          },
          {
            subset: V2,
            percent: 100,
            sticky: undefined,
            methods: new Set(["GET", "HEAD", "OPTIONS"]),
            timeoutMs: 10_000,
            maxInFlight: 256,
            maxBufferedBytes: 16 * 1024 ** 2,
            host: { type: "literal", host: "api.example" },
            requestHeaders: NONE,
            breaker: undefined,
          },
        ],
        secondary: {
          subset: V1,
          percent: 10,
          timeoutMs: 3000,
          maxInFlight: 256,
          maxBufferedBytes: 16 * 1024 ** 2,
          requestHeaders: { set: [], add: [["X-Role", "twin"]], remove: ["cookie"] },
        },
      },
    });
  });

  it("converts routes that respond directly, and numbers unnamed routes", () => {
    const routes = load(`routes:
  - { redirect: { status: 308, scheme: https, authority: New.Example, port: 8443, uri: /new } }
  - { directResponse: { status: 418, body: short and stout, headers: { Content-Type: text/plain } } }
`);
    expect(routes).toEqual([
      {
        name: "route-1",
        hosts: [],
        matches: [],
        action: {
          type: "redirect",
          status: 308,
          scheme: "https",
          authority: "new.example",
          port: 8443,
          uri: { type: "replace", value: "/new" },
        },
      },
      {
        name: "route-2",
        hosts: [],
        matches: [],
        action: {
          type: "direct-response",
          status: 418,
          body: "short and stout",
          headers: [["Content-Type", "text/plain"]],
        },
      },
    ]);
  });
});

const TO_V1 = "primary: [{ subset: v1 }], candidates: [{ subset: v2 }]";

function routeWith(fields: string): string {
  return `  - { ${[fields, TO_V1].filter((text) => text !== "").join(", ")} }\n`;
}

describe("warnings", () => {
  it.each([
    ["/my-app", "pathPrefix", "/", []],
    ["/my-app/", "prefix", "/", []],
    ["/my-app", "prefix", "/other", []],
    [
      "/my-app",
      "prefix",
      "/",
      ["/my-app/x becomes //x, with a double slash; match pathPrefix /my-app instead of prefix"],
    ],
  ])("%s as %s rewritten to %s", (value, form, uri, expected) => {
    const routes = `routes:\n  - { match: [{ uri: { ${form}: ${value} } }], rewrite: { uri: ${uri} }, ${TO_V1} }\n`;
    expect(warnings(routes).map((line) => line.replace(/^s\.yaml:6:\d+ routes\[0\]\.rewrite\.uri: /, ""))).toEqual(
      expected,
    );
  });

  it.each([
    ["", "match: [{ uri: /a }]", true],
    ["match: [{ uri: { prefix: / } }]", "match: [{ method: GET }]", true],
    ["match: [{ uri: { prefix: /a } }]", "match: [{ uri: /ab, method: GET }]", true],
    ["match: [{ uri: { prefix: /a } }]", "match: [{ uri: { pathPrefix: /a/b } }]", true],
    ["match: [{ uri: { pathPrefix: /a } }]", "match: [{ uri: /a/b }, { uri: { prefix: /a/ } }]", true],
    ["match: [{ headers: { a: { present: true } } }]", "match: [{ headers: { A: x, b: y } }]", true],
    ["match: [{ uri: { regex: /a.* } }]", "match: [{ uri: { regex: /a.* } }]", true],
    ["hosts: ['*.example']", "hosts: [a.example]", true],
    ["hosts: ['*.example']", "hosts: [example]", false],
    ["hosts: [a.example]", "", false],
    ["match: [{ uri: { pathPrefix: /a } }]", "match: [{ uri: /ab }]", false],
    ["match: [{ uri: { pathPrefix: /a } }]", "match: [{ uri: { prefix: /a } }]", false],
    ["match: [{ uri: { prefix: /a/ } }]", "match: [{ uri: { pathPrefix: /a/ } }]", false],
    ["match: [{ uri: /a }]", "match: [{ uri: { prefix: /a } }]", false],
    ["match: [{ uri: /a }]", "match: [{ uri: /A, ignoreUriCase: true }]", false],
    ["match: [{ uri: /A, ignoreUriCase: true }]", "match: [{ uri: /a }]", true],
    ["match: [{ headers: { a: { prefix: / } } }]", "match: [{ headers: { a: x } }]", false],
    ["match: [{ withoutHeaders: { a: x } }]", "match: [{ uri: /a }]", false],
    ["match: [{ uri: /a }]", "match: [{ uri: /a }, { uri: /b }]", false],
  ])("a route with { %s } before one with { %s }: the second is unreachable: %s", (first, second, unreachable) => {
    const found = warnings(`routes:\n${routeWith(first)}${routeWith(second)}`);
    expect(found.map((line) => line.slice(0, 40))).toEqual(
      unreachable ? ["s.yaml:7:5 routes[1]: unreachable: the e"] : [],
    );
  });

  it("warns about weights that do not add up to 100, and about fields without effect", () => {
    const routes = `routes:
  - primary: [{ subset: v1, weight: 2 }, { subset: v2, weight: 1 }]
    secondary: { subset: v1 }
    fault: { on: candidate, abort: { status: 500 } }
`;
    const without = "has no effect without candidates";
    expect(warnings(routes)).toEqual([
      "s.yaml:6:14 routes[0].primary: the weights add up to 3, not 100; each share is weight / 3",
      `s.yaml:7:16 routes[0].secondary: ${without}`,
      `s.yaml:8:18 routes[0].fault.on: ${without}`,
      "s.yaml:6:3 routes: no route has a candidate; nothing is mirrored or compared",
    ]);
  });
});
