import { describe, expect, it } from "vitest";
import type { RequestMatch, Route, StringMatch } from "../../../src/model/routing.ts";
import type { RoutableHead } from "../../../src/proxy/routing/match-conditions.ts";
import { createRouter, explainRouting } from "../../../src/proxy/routing/router.ts";
import { match, route } from "../route-builders.ts";

const PORT = 8080;
const DIRECT_RESPONSE: Route["action"] = { type: "direct-response", status: 200, headers: [], body: "" };

function head(change: Partial<RoutableHead> = {}): RoutableHead {
  return { method: "GET", target: "/", scheme: "http", authority: "h", received: [], ...change };
}

function holds(conditions: Partial<RequestMatch>, request: Partial<RoutableHead>): boolean {
  const router = createRouter([route("r", DIRECT_RESPONSE, { matches: [match(conditions)] })], PORT);
  return router(head(request)) !== null;
}

const exact = (value: string): StringMatch => ({ type: "exact", value });
const prefix = (value: string): StringMatch => ({ type: "prefix", value });
const path = (value: string): StringMatch => ({ type: "path-prefix", value });
const regex = (source: string): StringMatch => ({ type: "regex", source });
const present: StringMatch = { type: "present" };
const header = (name: string, value: StringMatch) => ({ headers: [{ name, match: value }] });
const without = (name: string, value: StringMatch) => ({ withoutHeaders: [{ name, match: value }] });
const query = (name: string, value: StringMatch) => ({ queryParams: [{ name, match: value }] });
const UA = (value: string): Partial<RoutableHead> => ({ received: ["Host", "h", "User-Agent", value] });
const at = (target: string): Partial<RoutableHead> => ({ target });

describe("a condition", () => {
  const cases: [string, Partial<RequestMatch>, Partial<RoutableHead>, boolean][] = [
    ["uri exact", { uri: exact("/a") }, at("/a"), true],
    ["uri exact, without the query", { uri: exact("/a") }, at("/a?x=1"), true],
    ["uri exact compares the complete path", { uri: exact("/a") }, at("/a/"), false],
    ["uri exact is case-sensitive", { uri: exact("/a") }, at("/A"), false],
    ["uri exact, ignoring case", { uri: exact("/Ab"), ignoreUriCase: true }, at("/aB"), true],
    ["uri prefix is raw", { uri: prefix("/foo") }, at("/foobar"), true],
    ["uri prefix", { uri: prefix("/foo/") }, at("/foo"), false],
    ["uri prefix, ignoring case", { uri: prefix("/foo"), ignoreUriCase: true }, at("/FOO/x"), true],
    ["path prefix: the element itself", { uri: path("/foo") }, at("/foo"), true],
    ["path prefix: below", { uri: path("/foo") }, at("/foo/bar"), true],
    ["path prefix: not a longer element", { uri: path("/foo") }, at("/foobar"), false],
    ["path prefix: a trailing slash is ignored", { uri: path("/foo/") }, at("/foo"), true],
    ["path prefix: / matches every path", { uri: path("/") }, at("/x"), true],
    ["uri regex is a full match", { uri: regex("/a") }, at("/ab"), false],
    ["uri regex", { uri: regex("/v[12]/.*") }, at("/v2/x?y"), true],
    ["uri regex does not see the query", { uri: regex(".*x=1.*") }, at("/?x=1"), false],
    ["uri regex is case-sensitive even with ignoreUriCase", { uri: regex("/a"), ignoreUriCase: true }, at("/A"), false],
    ["uri regex with a case flag", { uri: regex("(?i)/a") }, at("/A"), true],
    ["uri present", { uri: present }, at("/x"), true],
    ["method", { method: exact("POST") }, { method: "POST" }, true],
    ["another method", { method: exact("POST") }, { method: "GET" }, false],
    ["scheme", { scheme: exact("https") }, { scheme: "http" }, false],
    ["authority in lower case, with port", { authority: exact("a.b:80") }, { authority: "A.b:80" }, true],
    ["authority prefix", { authority: prefix("a.") }, { authority: "a.example" }, true],
    ["port of the listener", { port: PORT }, {}, true],
    ["another port", { port: 80 }, {}, false],
    ["header exact, name in any case", header("user-agent", exact("x")), UA("x"), true],
    ["header regex", header("user-agent", regex(".*Chrome.*")), UA("Mozilla/5.0 Chrome/1"), true],
    ["header regex, another", header("user-agent", regex(".*Chrome.*")), UA("curl/8"), false],
    ["header missing", header("x", regex(".*")), {}, false],
    ["header present", header("user-agent", present), UA(""), true],
    ["header not present", header("x", present), {}, false],
    ["headers of one name are joined", header("x", exact("a,b")), { received: ["X", "a", "x", "b"] }, true],
    [
      "cookies are joined as cookies",
      header("cookie", exact("a; b")),
      { received: ["Cookie", "a", "cookie", "b"] },
      true,
    ],
    ["header beyond ASCII", header("x", exact("é")), { received: ["X", "\u00c3\u00a9"] }, true],
    ["header beyond ASCII, regex", header("x", regex("caf.")), { received: ["X", "caf\u00c3\u00a9"] }, true],
    ["without: the header has another value", without("x", exact("1")), { received: ["X", "2"] }, true],
    ["without: the header has that value", without("x", exact("1")), { received: ["X", "1"] }, false],
    ["without: a missing header counts as empty", without("x", exact("")), {}, false],
    ["without: a missing header has another value", without("x", exact("1")), {}, true],
    ["without: a missing header is not present", without("x", present), {}, true],
    ["without: present", without("x", present), { received: ["X", ""] }, false],
    ["query parameter", query("a", exact("1")), at("/?b=2&a=1"), true],
    ["query parameter: the first one counts", query("a", exact("2")), at("/?a=1&a=2"), false],
    ["query parameter present", query("a", present), at("/?a"), true],
    ["query parameter missing", query("a", present), at("/?ab=1"), false],
    ["query parameter: not decoded", query("a", exact("x%20y")), at("/?a=x%20y"), true],
    ["all conditions must hold", { uri: exact("/a"), method: exact("GET"), ...header("x", present) }, at("/a"), false],
  ];
  it.each(cases)("%s", (_name, conditions, request, expected) => {
    expect(holds(conditions, request)).toBe(expected);
  });

  it("takes linear time for any expression", () => {
    const began = performance.now();
    expect(holds({ uri: regex("/(a+)+b") }, at(`/${"a".repeat(10_000)}`))).toBe(false);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("hosts", () => {
  const cases: [string, readonly string[], string, boolean][] = [
    ["exact", ["a.b"], "a.b", true],
    ["in upper case, with a port", ["a.b"], "A.B:8080", true],
    ["another", ["a.b"], "c.b", false],
    ["one of several", ["x", "a.b"], "a.b", true],
    ["a suffix", ["*.b"], "a.b", true],
    ["a suffix, deeper", ["*.b"], "x.a.b:1", true],
    ["a suffix is not the name itself", ["*.b"], "b", false],
    ["a suffix consists of complete labels", ["*.b"], "ab", false],
    ["any", ["*"], "a.b", true],
    ["an address", ["[::1]"], "[::1]:8080", true],
  ];
  it.each(cases)("%s", (_name, hosts, authority, expected) => {
    const router = createRouter([route("r", DIRECT_RESPONSE, { hosts })], PORT);
    expect(router(head({ authority })) !== null).toBe(expected);
  });
});

describe("a table of routes", () => {
  const mobile = match({ name: "mobile", ...header("user-agent", regex(".*Mobile.*")) });
  const api = match({ uri: prefix("/api") });
  const routes = [
    route("first", DIRECT_RESPONSE, { matches: [mobile, api] }),
    route("post", DIRECT_RESPONSE, { matches: [match({ method: exact("POST") })] }),
    route("rest", DIRECT_RESPONSE, { hosts: ["h"] }),
    route("never", DIRECT_RESPONSE),
  ];

  it("selects the first route with a match that holds, and returns that match", () => {
    const router = createRouter(routes, PORT);
    const decide = (request: Partial<RoutableHead>) => router(head(request));
    expect(decide(UA("iPhone Mobile"))).toEqual({ route: routes[0], match: mobile });
    expect(decide({ target: "/api/x", method: "POST" })).toEqual({ route: routes[0], match: api });
    expect(decide({ method: "POST" })?.route.name).toBe("post");
    expect(decide({})).toEqual({ route: routes[2], match: null });
    expect(decide({ authority: "other" })?.route.name).toBe("never");
    expect(createRouter(routes.slice(0, 3), PORT)(head({ authority: "other" }))).toBeNull();
  });

  it("explains for every route why it does not match", () => {
    expect(explainRouting(routes, PORT, head(UA("curl/8"))).map(({ result, reasons }) => [result, ...reasons])).toEqual(
      [
        [
          "no match",
          'header user-agent matches ".*Mobile.*": the request has "curl/8"',
          'path begins with "/api": the request has "/"',
        ],
        ["no match", 'method is "POST": the request has "GET"'],
        ["taken"],
        ["matches"],
      ],
    );
    expect(explainRouting(routes.slice(2, 3), PORT, head({ authority: "x:1" }))[0]?.reasons).toEqual([
      'host is h: the request has "x"',
    ]);
    expect(explainRouting(routes, PORT, head())[0]?.reasons[0]).toBe(
      'header user-agent matches ".*Mobile.*": the request has none',
    );
  });
});
