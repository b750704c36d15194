import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasQueryName, queryNamesOf, readQueryNames } from "../../src/endpoints/query-parameters.ts";

function namesOf(target: string): readonly string[] {
  return readQueryNames(queryNamesOf(target)).names;
}

describe("names of query parameters", () => {
  it("are those of the target, decoded, each once, in any order", () => {
    expect(namesOf("/posts?_sort=title&_order=desc&_sort=id")).toEqual(["_order", "_sort"]);
    expect(queryNamesOf("/posts?b&a=1")).toBe(queryNamesOf("/posts?a=2&b=3"));
    expect(namesOf("/posts?%5Fsort=1&fields%5Barticles%5D=x&in+stock=1")).toEqual([
      "_sort",
      "fields[articles]",
      "in stock",
    ]);
    expect(namesOf("/posts?a%26b%3Dc=1#?d=1&e")).toEqual(["a&b=c"]);
  });

  it("are missing in a target without a query, and empty names do not count", () => {
    for (const target of ["/posts", "/posts?", "/posts?&&", "/posts?=1", "/posts?%20=1", "/posts#?a=1", "*"])
      expect(queryNamesOf(target)).toBe("");
  });

  it("leave out values: positions in lists, times against caches, tokens and fingerprints", () => {
    expect(namesOf("/posts?items[0][name]=a&items[1][name]=b")).toEqual(["items[][name]"]);
    const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    expect(namesOf(`/posts?1764464400123&${token}&[redacted:0a1b2c3d]`)).toEqual(["{id}"]);
    expect(namesOf("/posts?jane.doe@example.com")).toEqual(["{email}"]);
    expect(namesOf("/posts?address_2=1&sha256=1&page[number]=1&createdAt_gte=1&X-Amz-Date=1")).toEqual([
      "X-Amz-Date",
      "address_2",
      "createdAt_gte",
      "page[number]",
      "sha256",
    ]);
  });

  it("are one printable line of at most 64 characters, whatever a request contains", () => {
    expect(namesOf("/posts?a%00%0Ab%1B[31m=1&%E2%80%AEx=1&%FF%C3=1&%=1&\u{d800}=1")).toEqual([
      "%",
      "a\u{fffd}\u{fffd}b\u{fffd}[31m",
      "ÿÃ",
      "\u{fffd}",
      "\u{fffd}x",
    ]);
    expect(namesOf("/posts?__proto__=1&constructor=1&toString")).toEqual(["__proto__", "constructor", "toString"]);
    const [long = ""] = namesOf(`/posts?${"words ".repeat(11_000)}`);
    expect([long.length, long.endsWith("…")]).toEqual([64, true]);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (query) => {
        for (const name of namesOf(`/?${query}`)) {
          expect(Array.from(name).length).toBeLessThanOrEqual(64);
          expect(name).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]+$/u);
          expect(hasQueryName(`/?${query}`, name)).toBe(true);
        }
      }),
    );
  });

  it("are at most 32, and further ones are known to exist", () => {
    const words = Array.from(
      { length: 26 * 2 },
      (_, at) => `${String.fromCharCode(97 + (at % 26))}${at < 26 ? "" : "x"}`,
    );
    expect(readQueryNames(queryNamesOf(`/posts?${words.slice(0, 32).join("&")}&a`))).toEqual({
      names: words.slice(0, 32).toSorted(),
      hasMore: false,
    });
    expect(readQueryNames(queryNamesOf(`/posts?${words.join("&")}`))).toEqual({
      names: words.slice(0, 32).toSorted(),
      hasMore: true,
    });
  });

  it("select exchanges with a parameter, and with an empty name those without any", () => {
    expect(hasQueryName("/posts?_sort=id", "_sort")).toBe(true);
    expect(hasQueryName("/posts?_sort=id", "sort")).toBe(false);
    expect([hasQueryName("/posts?_sort=id", ""), hasQueryName("/posts", "")]).toEqual([false, true]);
  });
});
