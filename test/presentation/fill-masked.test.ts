import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { fillMasked } from "../../src/presentation/exchange/fill-masked.ts";

const redactor = new HeaderRedactor(Buffer.from("key of this run"));

/** As a proxy thread stores it. */
function stored(method: string, target: string, headers: readonly string[]) {
  return { method, target: redactor.target(target), headers: redactor.headers(headers) };
}

describe("a stored request that is sent again", () => {
  const authorization = ["Authorization", "Bearer abc"];
  const cookies = ["Cookie", "SID=31d4; theme=dark; theme=light"];
  const headers = ["Host", "shop.example", ...authorization, "Accept", "*/*", ...cookies];
  const sample = stored("GET", "/items?currency=EUR&api_key=5up3r%20s&page=2", headers);

  it("is as it was sent when all its secrets are typed in", () => {
    const { request, masked, leftOut } = fillMasked(sample, {
      "header authorization": "Bearer abc",
      "query api_key": "5up3r s",
      "cookie SID": "31d4",
      "cookie theme": "dark",
    });
    expect(masked).toEqual(["query api_key", "header authorization", "cookie SID", "cookie theme"]);
    expect(leftOut).toEqual([]);
    expect(request).toEqual({
      method: "GET",
      target: "/items?currency=EUR&api_key=5up3r%20s&page=2",
      headers: [...headers.slice(0, 6), "Cookie", "SID=31d4; theme=dark; theme=dark"],
      body: null,
    });
  });

  it("lacks the secrets that are not typed in, and nothing else", () => {
    const { request, leftOut, needed } = fillMasked(sample, { "cookie SID": "31d4", "cookie toString": "x" });
    expect(request.target).toBe("/items?currency=EUR&page=2");
    expect(request.headers).toEqual(["Host", "shop.example", "Accept", "*/*", "Cookie", "SID=31d4"]);
    expect(leftOut).toEqual(["query api_key", "header authorization", "cookie theme"]);
    expect(needed).toEqual([]);
  });

  it("is no request without a secret in its path, or without its body", () => {
    const post = { ...stored("POST", "/a", ["Content-Length", "2"]), target: "/reset/[redacted:01234567]/now" };
    expect(fillMasked(post, {}).needed).toEqual(["path 2", "body"]);
    const filled = fillMasked(post, { "path 2": "a/b", body: "ü" });
    expect(filled.needed).toEqual([]);
    expect(filled.request).toMatchObject({ target: "/reset/a%2Fb/now", body: new TextEncoder().encode("ü") });
  });

  it("without secrets is as it was stored", () => {
    const plain = { method: "GET", target: "/a?&b=1&&__proto__=2", headers: ["A", "", "a", "1"] };
    expect(fillMasked(plain, { "query __proto__": "3" })).toEqual({
      request: { ...plain, body: null },
      masked: [],
      leftOut: [],
      needed: [],
    });
  });
});
