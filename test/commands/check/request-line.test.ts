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
    expect(parseRequestLine(line, "default.example")).toEqual({ method, scheme, authority, target, received });
  });

  const example = `write METHOD TARGET, and headers with -H, like: GET /users?page=2 -H "Accept: text/html"`;
  it.each([
    ["", `empty; ${example}`],
    ["GET", `no target; ${example}`],
    ["get /a", `"get" is no method in capitals; ${example}`],
    ["GET a/b", `"a/b" is no target: neither a path nor a URL; ${example}`],
    ["GET http://", `"http://" is no target: neither a path nor a URL; ${example}`],
    ["GET /a b", `"b" is too much; ${example}`],
    ["GET /a -d x", `-d is not known here; ${example}`],
    ['GET "/a b"', '"/a b" has a space, which no target can carry; write %20'],
    ["CONNECT a:1", "CONNECT is answered here with 405, whatever the routes say"],
    ["TRACE /", "TRACE is answered here with 405, whatever the routes say"],
    ["GET / -H Host:a -H 'host: b'", "two Host headers: such a request is answered here with 400"],
    ["GET /a -H", `-H has no header behind it; ${example}`],
    ["GET /a -H nothing", '"nothing" is no header; write -H "Name: value"'],
    ["GET '/a", "the quote ' is never closed"],
    ['GET "/a', 'the quote " is never closed'],
    ["GET /a\\", "ends with a backslash"],
  ])("%j is refused", (line, message) => {
    expect(() => parseRequestLine(line, "default.example")).toThrow(message);
  });
});
