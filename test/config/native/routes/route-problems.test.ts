import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../../src/config/config-error.ts";
import { loadConfig } from "../../../../src/config/load-config.ts";

const SUBSETS = "subsets: { v1: { url: 'http://127.0.0.1:9001' }, v2: { url: 'http://127.0.0.1:9002' } }\n";

/** The problems of a document with these routes, which begin on line 2. */
function problems(routes: string, subsets = SUBSETS): readonly string[] {
  try {
    loadConfig({ file: { path: "s.yaml", text: subsets + routes }, flags: {}, env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("routes", () => {
  it.each([
    ["routes: []\n", "s.yaml:2:9 routes: at least one route is required"],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2, maxBufferedBytes: 1KiB }] }]\n",
      "s.yaml:2:84 routes[0].candidates[0].maxBufferedBytes: 1024 bytes are less than capture.maxBodyBytes (1048576 bytes); write at least that size",
    ],
    ["routes: {}\n", "s.yaml:2:9 routes: a mapping is not a list (allowed: a list)"],
    [
      "routes: [{ candidates: [{ subset: v2 }] }]\n",
      "s.yaml:2:10 routes[0].primary: missing (allowed: a list of primaries, or redirect or directResponse instead)",
    ],
    [
      "routes: [{ primary: [] }]\n",
      "s.yaml:2:21 routes[0].primary: a route requires a primary; write { subset: NAME }",
    ],
    [
      "routes: [{ primary: [{ subset: v1, weight: 0 }, { subset: v2, weight: 0 }] }]\n",
      "s.yaml:2:21 routes[0].primary: all weights are 0; at least one must be greater",
    ],
    [
      "routes: [{ primary: [{ subset: v1, weight: 50 }, { subset: v2 }] }]\n",
      "s.yaml:2:50 routes[0].primary[1].weight: missing; with several primaries each requires a weight (allowed: a whole number)",
    ],
    [
      "routes: [{ primary: [{ subset: v1, weight: 0.5 }] }]\n",
      "s.yaml:2:44 routes[0].primary[0].weight: 0.5 is not a whole number (allowed: a whole number, 0 to 1000000)",
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v3 }] }]\n",
      's.yaml:2:62 routes[0].candidates[0].subset: unknown subset "v3"; did you mean "v1"? (allowed: v1, v2)',
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], secondary: { subset: other } }]\n",
      's.yaml:2:60 routes[0].secondary.subset: unknown subset "other" (allowed: v1, v2)',
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }, { subset: v2 }] }]\n",
      's.yaml:2:78 routes[0].candidates[1].subset: duplicate candidate "v2"',
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2, percnt: 5 }] }]\n",
      's.yaml:2:66 routes[0].candidates[0].percnt: unknown field; did you mean "percent"? (allowed: subset, percent, sampling, budget, floor, methods, timeout, maxInFlight, maxBufferedBytes, breaker, host, sticky, headers)',
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2, percent: 0.00001 }] }]\n",
      "s.yaml:2:75 routes[0].candidates[0].percent: 0.00001 has more than four decimals (allowed: a number, 0 to 100, in steps of 0.0001)",
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2, methods: [get] }] }]\n",
      's.yaml:2:75 routes[0].candidates[0].methods: "get" is not a valid method (allowed: a list of: a method in upper case, like GET or POST)',
    ],
    [
      "routes: [{ name: a, primary: [{ subset: v1 }] }, { name: a, primary: [{ subset: v2 }] }]\n",
      's.yaml:2:58 routes[1].name: duplicate route name "a", already used by routes[0]',
    ],
    [
      "routes: [{ primary: [{ subset: v1 }], redirect: { uri: /x } }]\n",
      "s.yaml:2:39 routes[0].redirect: primary and redirect are mutually exclusive",
    ],
    [
      "routes: [{ redirect: { uri: /x }, candidates: [{ subset: v2 }] }]\n",
      "s.yaml:2:35 routes[0].candidates: has no effect in a route with redirect; remove it",
    ],
    [
      "routes: [{ directResponse: {}, timeout: 5s }]\n",
      "s.yaml:2:32 routes[0].timeout: has no effect in a route with directResponse; remove it",
    ],
    [
      "routes: [{ hosts: ['a.example:8080'], primary: [{ subset: v1 }] }]\n",
      's.yaml:2:19 routes[0].hosts: "a.example:8080" is not a valid host (allowed: a list of: a host name without port, *.suffix or *, like api.example or *.example)',
    ],
  ])("%j", (routes, expected) => {
    expect(problems(routes)).toEqual([expected]);
  });
});

/** Fields of a route that has a primary and a candidate; they are on line 3. */
function inRoute(fields: string): readonly string[] {
  return problems(`routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }],\n  ${fields} }]\n`);
}

describe("match", () => {
  const path = "(allowed: a percent-encoded path that starts with /, without a query, like /users/list)";
  const expression =
    "(allowed: an RE2 expression (https://github.com/google/re2/wiki/Syntax), without look-around and back-references)";
  it.each([
    ["match: [{ uri: users }]", `uri.exact: "users" does not start with / ${path}`],
    [
      "match: [{ uri: { prefix: /a?b=c } }]",
      `uri.prefix: "/a?b=c" contains a query; match it with queryParams ${path}`,
    ],
    ["match: [{ uri: { exact: /café } }]", `uri.exact: "/café" is not percent-encoded; write /caf%C3%A9 ${path}`],
    ["match: [{ uri: {} }]", "uri: the mapping is empty (allowed: one of exact, prefix, pathPrefix, regex)"],
    [
      "match: [{ uri: { exact: /a, prefix: /b } }]",
      "uri: exact and prefix are mutually exclusive (allowed: one of exact, prefix, pathPrefix, regex)",
    ],
    [
      "match: [{ uri: { exat: /a } }]",
      'uri.exat: unknown field; did you mean "exact"? (allowed: exact, prefix, pathPrefix, regex)',
    ],
    [
      "match: [{ uri: { uriRegex: /a } }]",
      'uri.uriRegex: unknown field; did you mean "regex"? (allowed: exact, prefix, pathPrefix, regex)',
    ],
    [
      "match: [{ uri: [/a] }]",
      "uri: a list is not a mapping (allowed: a mapping with exact, prefix, pathPrefix, regex)",
    ],
    [
      "match: [{ uri: { regex: 'a(?=b)' } }]",
      `uri.regex: "a(?=b)" is not a valid RE2 expression: invalid or unsupported Perl syntax: \`(?=\` at character 2 ${expression}`,
    ],
    [
      "match: [{ headers: { user-agent: { regex: '*' } } }]",
      `headers.user-agent.regex: "*" is not a valid RE2 expression: missing argument to repetition operator: \`*\` ${expression}`,
    ],
    ["match: [{ headers: { x-version: 2 } }]", "headers.x-version.exact: 2 is not text; quote it (allowed: text)"],
    [
      "match: [{ headers: { 'x y': a } }]",
      'headers.x y: "x y" is not a valid header name (allowed: a header name, like x-request-id)',
    ],
    [
      "match: [{ headers: { a: { exact: x }, A: { exact: y } } }]",
      "headers.A: duplicate name (allowed: a header name, like x-request-id)",
    ],
    [
      "match: [{ headers: { a: { present: false } } }]",
      "headers.a.present: must be true; to require a missing header write withoutHeaders",
    ],
    [
      "match: [{ method: get }]",
      'method.exact: "get" is not a valid method (allowed: a method in upper case, like GET or POST)',
    ],
    [
      "match: [{ uriRegex: /a }]",
      'uriRegex: unknown field; did you mean "uri"? (allowed: name, uri, ignoreUriCase, method, scheme, authority, headers, withoutHeaders, queryParams, port)',
    ],
    ["match: [{ scheme: htps }]", 'scheme.exact: unknown value "htps"; did you mean "https"? (allowed: http, https)'],
    ["match: [{ port: 0 }]", "port: 0 is below 1 (allowed: a whole number, 1 to 65535)"],
    ["match: [{ uri: { regex: /a }, ignoreUriCase: true }]", "ignoreUriCase: requires uri with exact or prefix"],
  ])("%s", (fields, expected) => {
    const [first, ...others] = inRoute(fields);
    expect(others).toEqual([]);
    expect(first?.replace(/^s\.yaml:3:\d+ /, "")).toBe(`routes[0].match[0].${expected}`);
  });

  it("the position is that of the invalid value or name", () => {
    expect(inRoute("match: [{ uri: { regex: '(' } }]")[0]).toMatch(/^s\.yaml:3:27 /);
    expect(inRoute("match: [{ headers: { 'x y': a } }]")[0]).toMatch(/^s\.yaml:3:24 /);
  });
});

describe("what a route does", () => {
  const status = "(allowed: a whole number, 200 to 599)";
  it.each([
    ["rewrite: {}", "rewrite: the mapping is empty (allowed: uri or uriRegex, and authority)"],
    [
      "rewrite: { uri: /a, uriRegex: { match: a, replacement: b } }",
      "rewrite.uriRegex: uri and uriRegex are mutually exclusive",
    ],
    [
      String.raw`rewrite: { uriRegex: { match: '/(a)', replacement: '/\2' } }`,
      String.raw`rewrite.uriRegex.replacement: \2 refers to a group that does not exist; the expression has 1`,
    ],
    [
      "rewrite: { authority: 'http://a' }",
      'rewrite.authority: "http://a" is not a valid host (allowed: a host name with or without port, like api.example:8080)',
    ],
    ["sticky: {}", "sticky: the mapping is empty (allowed: one of header, cookie, query)"],
    [
      "sticky: { queryParam: user }",
      'sticky.queryParam: unknown field; did you mean "query"? (allowed: header, cookie, query)',
    ],
    [
      "sticky: { http_cookie: { name: a } }",
      'sticky.http_cookie: unknown field; did you mean "cookie"? (allowed: header, cookie, query)',
    ],
    [
      "rewrite: { uriRegexRewrite: { match: a, rewrite: b } }",
      'rewrite.uriRegexRewrite: unknown field; did you mean "uriRegex"? (allowed: uri, uriRegex, authority)',
    ],
    ["fault: { latency: 5ms }", "fault.latency: unknown field (allowed: on, delay, abort)"],
    [
      "sticky: { header: a, cookie: b }",
      "sticky: header and cookie are mutually exclusive (allowed: one of header, cookie, query)",
    ],
    [
      "headers: { request: { set: { Connection: close } } }",
      "headers.request.set.Connection: Connection is a connection header and cannot be changed (allowed: a header name, like x-request-id)",
    ],
    [
      "headers: { request: { set: { host: a } } }",
      "headers.request.set.host: Host cannot be changed here; write rewrite.authority, or host of a candidate (allowed: a header name, like x-request-id)",
    ],
    [
      'headers: { response: { add: { x: "a\\nb" } } }',
      String.raw`headers.response.add.x: "a\nb" is not a valid header value (allowed: text without line breaks and without spaces at either end)`,
    ],
    ["fault: { on: primary }", "fault: the mapping is empty (allowed: delay, abort, or both)"],
    [
      "fault: { delay: {} }",
      "fault.delay.duration: missing (allowed: a duration of at least 1ms, like 500ms, 10s, 5m, 2h or 14d)",
    ],
    ["fault: { abort: { status: 99 } }", `fault.abort.status: 99 is below 200 ${status}`],
    [
      "fault: { on: candidates }",
      'fault.on: unknown value "candidates"; did you mean "candidate"? (allowed: primary, candidate, both)',
    ],
    ["retries: { attempts: 99 }", "retries.attempts: 99 is above 10 (allowed: a whole number, 0 to 10)"],
    ["cors: { allowOrigins: [] }", "cors.allowOrigins: at least one origin is required"],
  ])("%s", (fields, expected) => {
    expect(inRoute(fields).map((line) => line.replace(/^s\.yaml:3:\d+ /, ""))).toEqual([`routes[0].${expected}`]);
  });

  it.each([
    [
      "redirect: {}",
      "redirect: redirects to the requested URL, which loops (allowed: scheme, authority, port, uri or uriRegex)",
    ],
    [
      "redirect: { status: 200, uri: /a }",
      "redirect.status: 200 is not a redirect status (allowed: 301, 302, 303, 307, 308)",
    ],
    ["directResponse: { status: 204, body: x }", "directResponse.body: a response with status 204 has no body"],
  ])("%s", (fields, expected) => {
    expect(problems(`routes: [{ ${fields} }]\n`).map((line) => line.replace(/^s\.yaml:2:\d+ /, ""))).toEqual([
      `routes[0].${expected}`,
    ]);
  });
});

describe("subsets", () => {
  const ROUTES = "routes: [{ primary: [{ subset: v1 }] }]\n";
  it.each([
    ["{}", "subsets.v1.url: missing (allowed: http://host:port or https://host:port)"],
    ["{ urls: [] }", "subsets.v1.urls: the list is empty (allowed: at least one URL)"],
    ["{ url: 'http://a:1', urls: ['http://b:1'] }", "subsets.v1.urls: url and urls are mutually exclusive"],
    [
      "{ urls: ['http://a:1', 'http://127.0.0.1:8080'] }",
      "subsets.v1.urls[1]: this is shadowdiff's own listener; write the URL of the service",
    ],
    ["{ url: 'http://a:1', tls: {} }", "subsets.v1.tls: http://a:1 is not encrypted; write https, or remove tls"],
    [
      "{ url: 'https://a:1', tls: { cert: c.pem } }",
      "subsets.v1.tls.key: missing; cert requires it (allowed: the path of a PEM file)",
    ],
    ["{ url: 'https://a:1', tls: { ca: /no/ca.pem } }", "subsets.v1.tls.ca: /no/ca.pem cannot be read: ENOENT"],
    [
      "{ url: 'http://a:1', protocol: http2 }",
      'subsets.v1.protocol: unknown value "http2"; did you mean "http1"? (allowed: http1, h2)',
    ],
  ])("%s", (subset, expected) => {
    expect(problems(ROUTES, `subsets: { v1: ${subset} }\n`).map((line) => line.replace(/^s\.yaml:1:\d+ /, ""))).toEqual(
      [expected],
    );
  });
});
