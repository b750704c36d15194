import { describe, expect, it } from "vitest";
import { parseRequestLine } from "../../../src/commands/check/request-line.ts";

describe("parseRequestLine", () => {
  it.each([
    ["GET /a", "GET", "http", "default.example", "/a", ["Host", "default.example"]],
    ["/a?b=c#d", "GET", "http", "default.example", "/a?b=c", ["Host", "default.example"]],
    ["https://API.example:8443/a?b", "GET", "https", "api.example:8443", "/a?b", ["Host", "api.example:8443"]],
    ["HEAD http://a.example", "HEAD", "http", "a.example", "/", ["Host", "a.example"]],
    ["OPTIONS *", "OPTIONS", "http", "default.example", "*", ["Host", "default.example"]],
    [
      `GET /my-app -H "User-Agent: Chrome" --header 'X-A:1'`,
      "GET",
      "http",
      "default.example",
      "/my-app",
      ["Host", "default.example", "User-Agent", "Chrome", "X-A", "1"],
    ],
    ["-H 'host: B.example' POST http://a.example/x", "POST", "http", "b.example", "/x", ["host", "B.example"]],
    [
      String.raw`GET /a\%20b -H "X-Q: say \"hi\" \n"`,
      "GET",
      "http",
      "default.example",
      "/a%20b",
      ["Host", "default.example", "X-Q", String.raw`say "hi" \n`],
    ],
    [
      `GET "/a"'b'c -H 'X-Empty:'`,
      "GET",
      "http",
      "default.example",
      "/abc",
      ["Host", "default.example", "X-Empty", ""],
    ],
  ])("%s", (line, method, scheme, authority, target, received) => {
    expect(parseRequestLine(line, "default.example", "reject")).toEqual({
      method,
      scheme,
      authority,
      target,
      received,
    });
  });

  const example = `write METHOD TARGET and headers with -H, like: GET /users?page=2 -H "Accept: text/html"`;
  it.each([
    ["", `the request is empty; ${example}`],
    ["GET", `no target; ${example}`],
    ["get /a", `"get" is not a method in upper case; ${example}`],
    ["GET a/b", `"a/b" is not a path or URL; ${example}`],
    ["GET http://", `"http://" is not a path or URL; ${example}`],
    ["GET /a b", `unexpected "b"; ${example}`],
    ["GET /a -d x", `unknown option -d; ${example}`],
    ['GET "/a b"', '"/a b" contains a space, which ends a request target; write %20'],
    ["CONNECT a:1", "shadowdiff rejects CONNECT with 405 for all routes"],
    ["TRACE /", "shadowdiff rejects TRACE with 405 for all routes"],
    ["GET / -H Host:a -H 'host: b'", "shadowdiff responds with 400 to a request with two Host headers"],
    ["GET /a -H", `-H requires a header; ${example}`],
    ["GET /a -H nothing", '"nothing" is not a header; write -H "Name: value"'],
    ["GET '/a", "unclosed quote"],
    ['GET "/a', "unclosed quote"],
    ["GET /a\\", "trailing backslash"],
  ])("%j is rejected", (line, message) => {
    expect(() => parseRequestLine(line, "default.example", "reject")).toThrow(message);
  });

  it.each([
    ["encode", "/caf%C3%A9?q=%C3%BC"],
    ["forward", "/caf\u00c3\u00a9?q=\u00c3\u00bc"],
  ] as const)("handles a target outside ASCII as the listener does: %s", (nonAsciiTargets, target) => {
    expect(parseRequestLine("/caf\u00e9?q=\u00fc", "default.example", nonAsciiTargets)).toMatchObject({ target });
  });

  it("says that the listener rejects a target outside ASCII, and how to write it", () => {
    expect(() => parseRequestLine("/caf\u00e9", "default.example", "reject")).toThrow(
      'shadowdiff responds with 400 to "/caf\u00e9"; write /caf%C3%A9',
    );
  });
});
