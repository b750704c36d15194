import { describe, expect, it } from "vitest";
import { parseRequestFilter } from "../../src/replay/request-filter.ts";

function matches(filters: readonly string[], request: string): boolean {
  const [method = "", host = "", target = ""] = request.split(" ");
  const parsed = parseRequestFilter(filters);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.value({ method, target, headers: host === "-" ? [] : ["Host", host] });
}

describe("parseRequestFilter", () => {
  it.each([
    [[], "GET - /a", true],
    [["/a"], "POST - /a?b=/c", true],
    [["/a"], "GET - /a/b", false],
    [["/a/*"], "GET - /a/b", true],
    [["/a/*"], "GET - /a/b/c", false],
    [["/a/**"], "GET - /a/b/c", true],
    [["GET /a"], "POST - /a", false],
    [["* /a"], "POST - /a", true],
    [["/a", "/b"], "GET - /b", true],
    [["!/health"], "GET - /health", false],
    [["!/health"], "GET - /a", true],
    [["/api/**", "! DELETE /**"], "DELETE - /api/a", false],
    [["/api/**", "!DELETE /**"], "GET - /api/a", true],
    [["shop.example/**"], "GET shop.example:8080 /a", true],
    [["Shop.example/**"], "GET SHOP.example /a", true],
    [["shop.example:80/**"], "GET shop.example:8080 /a", false],
    [["shop.example/**"], "GET - /a", false],
    [["*.example/**"], "GET a.b.example /a", true],
    [["*.example/**"], "GET example /a", false],
    [["GET */a"], "GET b.example /a", true],
  ])("%j lets through %s: %j", (filters, request, expected) => {
    expect(matches(filters, request)).toBe(expected);
  });

  it.each(["", "GET", "a b c", "get /a", "/a b"])("refuses %j", (text) => {
    expect(parseRequestFilter([text])).toEqual({ problem: expect.stringContaining("is not a valid filter") as string });
  });
});
