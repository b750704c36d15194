import { describe, expect, it } from "vitest";
import { loadConfig, loadWithWarnings } from "../../../src/config/load-config.ts";
import { neverMatches, neverMatchingIn } from "../../../src/report/rules/never-matching.ts";
import type { Rule } from "../../../src/model/rule.ts";

const VERSIONS = "primary: http://h:1\ncandidate: http://h:2\n";

function load(more: string): readonly string[] {
  const file = { path: "s.yaml", text: VERSIONS + more };
  const { warnings } = loadWithWarnings({ file, flags: {}, env: {}, neverMatching: neverMatchingIn });
  return warnings.map(({ place, field, message }) => `${place} ${field}: ${message}`);
}

function warnings(rule: Partial<Rule>, more = ""): readonly string[] {
  const config = loadConfig({ file: { path: "s.yaml", text: VERSIONS + more }, flags: {}, env: {} });
  const parts = { endpoint: "GET /x", section: "body", path: "$.a", kind: undefined, ...rule } as const;
  return neverMatches(parts, config).map(({ field, message }) => `${field} ${message.replace("never matches: ", "")}`);
}

const TEMPLATES = 'compare: { endpoints: ["/users/{name}", /years/2026] }\n';

it("each path of a list that never matches is named at its line", () => {
  const rule = "{ endpoint: GET /x, path: [$.a, $.m.1001], action: ignore, reason: r, owner: o }";
  expect(load(`compare: { rules: [${rule}] }\n`)).toEqual([
    expect.stringMatching(/^s\.yaml:3:\d+ compare\.rules\[0\]\.path\[1\]: never matches: the key 1001 is data/),
  ]);
});

describe("neverMatches", () => {
  it.each([
    ["GET /x/42", "/x/42 is counted as /x/{id}; write GET /x/{id}"],
    ["/x/42/*", "/x/42/* is counted as /x/{id}/*; write /x/{id}/*"],
    [
      "* /x/0d2c1b7e-1111-4222-8333-444455556666/**",
      "/x/0d2c1b7e-1111-4222-8333-444455556666/** is counted as /x/{id}/**; write * /x/{id}/**",
    ],
    ["GET /users/{id}", "/users/{id} is counted as /users/{name}; write GET /users/{name}"],
    ["GET /users/anna", "/users/anna is counted as /users/{name}; write GET /users/{name}"],
    ["GET /x/:id/y", ":name is not a parameter of an endpoint; write GET /x/*/y"],
    ["GET /x?page=1", "/x?page=1 is counted as /x; write GET /x"],
    ["POST /x", "POST is not mirrored; mirrored are GET, HEAD, OPTIONS: add it to methods of a candidate"],
  ])("endpoint %s", (endpoint, expected) => {
    expect(warnings({ endpoint }, TEMPLATES)).toEqual([`endpoint ${expected}`]);
  });

  it.each([
    "GET /x",
    "**",
    "* /**",
    "/users/{name}",
    "GET /years/2026",
    "/years/2026/*",
    "GET /x/*/y",
    "* /v2/**",
    "G* /x/{id}",
    "GET /documents:batchGet",
  ])("endpoint %s can match", (endpoint) => {
    expect(warnings({ endpoint }, TEMPLATES)).toEqual([]);
  });

  it.each<[Partial<Rule>, string]>([
    [{ path: "$.m['1001']" }, "the key 1001 is data, and counted as {*}; write $.m{*}, or $.m[*] if it is an array"],
    [
      { path: "$.items.0.price" },
      "the key 0 is data, and counted as {*}; write $.items{*}.price, or $.items[*].price if it is an array",
    ],
    [{ path: "$..['2026-01-31']" }, "the key 2026-01-31 is data, and counted as {*}; write $..{*}"],
    [{ section: "header", path: "X-Build:" }, "X-Build: is not the name of a field; write x-build"],
    [{ section: "header", path: "x build" }, "x build is not the name of a field; write x"],
    [{ section: "header", path: "$.etag" }, "names of fields are no paths of a body; write etag"],
    [{ section: "header", path: "Date" }, "date is never compared; remove the rule"],
    [{ section: "trailer", path: "proxy-status" }, "proxy-status is never compared; remove the rule"],
    [
      { section: "header", path: "content-length" },
      "content-length is compared only in responses to HEAD; remove the rule",
    ],
    [
      { section: "status", path: "200->200" },
      "equal statuses are no difference; write the primary's and the candidate's status, such as 200->404",
    ],
  ])("path %j", (rule, expected) => {
    expect(warnings(rule)).toEqual([`path ${expected}`]);
  });

  it.each<Partial<Rule>>([
    { path: "$.m{*}.price" },
    { path: "$..at" },
    { section: "header", path: "set-cookie.*.max-age" },
    { section: "header", path: "set-cookie.a[b].{*}" },
    { section: "header", path: "content-type.charset" },
    { section: "header", path: "(103) link" },
    { section: "header", path: "(103)" },
    { section: "header", path: "x-*" },
    { section: "header", path: "content-length", endpoint: "HEAD /x" },
    { section: "header", path: "content-length", endpoint: "* /**" },
    { section: "status", path: "200->404" },
    { section: "transport", path: "$", kind: "protocol-quirk" },
  ])("%j can match", (rule) => {
    expect(warnings(rule)).toEqual([]);
  });

  it("names kinds that the section does not have", () => {
    expect(warnings({ kind: "header" })).toEqual([
      "kind the body section has no differences of the kind header; write one of missing, extra, type, value, order, encoding, parse, truncated, contract",
    ]);
  });
});

describe("a configuration", () => {
  it("warns about templates with the parameters of other routers", () => {
    expect(load('compare: { endpoints: ["GET /users/:id/orders/:order", "/users:list"] }\n')).toEqual([
      "s.yaml:3:24 compare.endpoints[0]: never matches: :name is not a parameter; write GET /users/{id}/orders/{order}",
    ]);
  });

  it("warns about rules, templates and covered endpoints with their lines", () => {
    const text = `gate: { coverage: [GET /a, GET /a/7] }
compare:
  endpoints: ["/a/{b}/c", "/a/{x}/{y}", "/a/b/{z}", "GET /a/{b}/c"]
  rules:
    - { endpoint: GET /a, path: "$.m['1001']", action: ignore, reason: r, owner: o }
`;
    expect(load(text)).toEqual([
      "s.yaml:7:33 compare.rules[0].path: never matches: the key 1001 is data, and counted as {*}; write $.m{*}, or $.m[*] if it is an array",
      "s.yaml:5:41 compare.endpoints[2]: never matches: /a/{x}/{y} comes first and matches the same paths; write it below",
      "s.yaml:5:53 compare.endpoints[3]: never matches: /a/{b}/c comes first and matches the same paths; write it below",
      "s.yaml:3:28 gate.coverage[1]: never matches: /a/7 is counted as /a/{id}; write GET /a/{id}",
    ]);
  });
});
