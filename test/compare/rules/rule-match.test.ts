import { describe, expect, it } from "vitest";
import { matchesEndpoint, matchesPath } from "../../../src/compare/rules/rule-match.ts";
import type { Section } from "../../../src/model/difference.ts";

describe("matchesEndpoint", () => {
  it.each([
    ["GET /users/{id}", "GET /users/{id}"],
    ["* /users/{id}", "POST /users/{id}"],
    ["/users/{id}", "POST /users/{id}"],
    ["get /users/{id}", "GET /users/{id}"],
    ["GET /users/*", "GET /users/{id}"],
    ["GET /users/*/orders", "GET /users/{id}/orders"],
    ["GET /us*s", "GET /users"],
    ["GET /users/**", "GET /users/{id}/orders"],
    ["GET **", "GET /users"],
    ["**", "DELETE /anything/at/all"],
    ["**", "(other endpoints)"],
    ["GET /**/orders", "GET /users/{id}/orders"],
  ])("%s matches %s", (pattern, endpoint) => {
    expect(matchesEndpoint(pattern, endpoint)).toBe(true);
  });

  it.each([
    ["GET /users/{id}", "POST /users/{id}"],
    ["GET /users/*", "GET /users/{id}/orders"],
    ["GET /users/*", "GET /users"],
    ["GET /users/**", "GET /usersx"],
    ["GET /users", "GET /users/{id}"],
    ["GET /Users", "GET /users"],
    ["GET /us.rs", "GET /users"],
  ])("%s does not match %s", (pattern, endpoint) => {
    expect(matchesEndpoint(pattern, endpoint)).toBe(false);
  });

  it("matches a pattern of many stars without backtracking", () => {
    expect(matchesEndpoint(`GET /${"*a".repeat(60)}b`, `GET /${"a".repeat(190)}`)).toBe(false);
  });
});

it("a rule with several paths matches the fields of each, and no other", () => {
  const rule = { section: "body", path: ["$.a", "$.items[*].b"] } as const;
  const fields = ["$.a", "$.a.x", "$.items[*].b", "$.items[*].c", "$.b"];
  expect(fields.filter((path) => matchesPath(rule, { section: "body", path, kind: "value" }))).toEqual([
    "$.a",
    "$.a.x",
    "$.items[*].b",
  ]);
});

const matches = (path: string, field: string, section: Section = "body") =>
  matchesPath({ section, path }, { section, path: field, kind: "value" });

describe("matchesPath", () => {
  it.each([
    ["$", "$"],
    ["$", "$.a[*].b"],
    ["$.items[*].price", "$.items[*].price"],
    ["$.items", "$.items[*].price"],
    ["$.items[*]", "$.items[*]['a.b']"],
    ["$['a.b']", "$['a.b'].c"],
    ["$['it\\'s']", "$['it\\'s']"],
    ["$['items']", "$.items"],
    ["$.*.at", "$.x.at"],
    ["$.*.at", "$['x y'].at"],
    ["$.*.at", "${*}.at"],
    ["$.map{*}.at", "$.map{*}.at"],
    ["$..at", "$.at"],
    ["$..at", "$.a[*].b{*}.at.x"],
    ["$..a[*].b", "$.a.a[*].b"],
    ["$..*", "$.a[*].b"],
    ["$[*][*]", "$[*][*]"],
    ["$.a", "$.a…"],
  ])("%s matches %s", (path, field) => {
    expect(matches(path, field)).toBe(true);
  });

  it.each([
    ["$.items[*].price", "$.items[*].prices"],
    ["$.items[*].price", "$.items"],
    ["$.*.at", "$.at"],
    ["$.*.at", "$[*].at"],
    ["$.*.at", "$.a.b.at"],
    ["$.a.b", "$['a.b']"],
    ["$..at", "$.atx"],
    ["$.items[0]", "$.items[*]"],
    ["items", "$.items"],
    ["$.", "$.a"],
    ["$.a.b", "$.a…"],
  ])("%s does not match %s", (path, field) => {
    expect(matches(path, field)).toBe(false);
  });

  it("compares the section, and the kind if the rule has one", () => {
    const field = { section: "body", path: "$.a", kind: "value" } as const;
    expect(matchesPath({ section: "header", path: "*" }, field)).toBe(false);
    expect(matchesPath({ section: "body", path: "$.a", kind: "value" }, field)).toBe(true);
    expect(matchesPath({ section: "body", path: "$.a", kind: "type" }, field)).toBe(false);
  });

  it("ignores the case of header names", () => {
    expect(matches("X-*-Id", "x-request-id", "header")).toBe(true);
    expect(matches("*", "etag", "trailer")).toBe(true);
    expect(matches("X-Id", "x-request-id", "header")).toBe(false);
    expect(matches("$", "$", "status")).toBe(true);
    expect(matches("$", "200->404", "status")).toBe(true);
    expect(matches("200->404", "200->404", "status")).toBe(true);
    expect(matches("200->404", "200->403", "status")).toBe(false);
  });
});
