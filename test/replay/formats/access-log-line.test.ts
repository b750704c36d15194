import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerLines, readText } from "../read-recorded.ts";

const AT = Date.UTC(2026, 9, 10, 20, 55, 36);
const COMMON = String.raw`192.0.2.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 2326`;

describe("access logs", () => {
  it.each([
    ["common", COMMON, []],
    [
      "combined, of Apache httpd",
      String.raw`192.0.2.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
      ["User-Agent: Mozilla/4.08 [en] (Win98; I ;Nav)", "Referer: http://www.example.com/start.html"],
    ],
    [
      "combined with further fields, of nginx",
      String.raw`192.0.2.1 - - [10/Oct/2026:20:55:36 +0000] "GET /a?b=c HTTP/2.0" 304 0 "-" "curl/8.5 \x22quoted\x22 \x5C" "203.0.113.9" rt=0.012 uct="0.000"`,
      [String.raw`User-Agent: curl/8.5 "quoted" \ `.trim()],
    ],
    [
      "with the virtual host in front",
      String.raw`shop.example:443 192.0.2.1 - - [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 5`,
      ["Host: shop.example"],
    ],
    [
      "with a virtual host on another port, and the time in ISO 8601",
      String.raw`shop.example:8443 192.0.2.1 - - [2026-10-10T22:55:36+02:00] "GET /a?b=c HTTP/1.1" 200 5 "-" "-"`,
      ["Host: shop.example:8443"],
    ],
    [
      "with the time of nginx without brackets",
      String.raw`192.0.2.1 - - 2026-10-10T20:55:36+0000 "GET /a?b=c HTTP/1.1" 200 5`,
      [],
    ],
    [
      "with a user whose name has a space",
      String.raw`192.0.2.1 - Ann Lee [10/Oct/2026:20:55:36 +0000] "GET /a?b=c HTTP/1.1" 200 5`,
      [],
    ],
    [
      "with a user name like a time",
      String.raw`192.0.2.1 - [x] "y" [10/Oct/2026:20:55:36 +0000] "GET /a?b=c HTTP/1.1" 200 5`,
      [],
    ],
    ["without a size", String.raw`192.0.2.1 - - [10/Oct/2026:20:55:36 +0000] "GET /a?b=c HTTP/1.1" 204 -`, []],
    [
      "with the escapes of Apache httpd",
      String.raw`192.0.2.1 - - [10/Oct/2026:20:55:36 +0000] "GET /a?b=c HTTP/1.1" 200 1 "-" "a \"b\" \\ c"`,
      [String.raw`User-Agent: a "b" \ c`],
    ],
  ])("reads a line %s", async (_, line, headers) => {
    const { requests, problems, format } = await readText(`${line}\n`);
    expect(problems).toEqual([]);
    expect(requests).toMatchObject([
      { method: "GET", target: "/a?b=c", at: AT, lane: "192.0.2.1", place: "stdin:1", body: null },
    ]);
    expect(requests.map(headerLines)).toEqual([headers]);
    expect(format).toBe("access-log");
  });

  it("has fractions of a second, and the addresses of IPv6", async () => {
    const { requests } = await readText(`2001:db8::1 - - [10/Oct/2026:20:55:36.250 +0000] "HEAD / HTTP/1.1" 200 0\n`);
    expect(requests).toMatchObject([{ method: "HEAD", at: AT + 250, lane: "2001:db8::1" }]);
  });

  it("spreads the requests of one second over it", async () => {
    const { requests } = await readText(
      ["/a", "/b", "/c", "/d"].map((target) => lineAt(36, target)).join("") + lineAt(37, "/e"),
    );
    expect(requests.map(({ target, at }) => [target, (at ?? 0) - AT])).toEqual([
      ["/a", 0],
      ["/b", 250],
      ["/c", 500],
      ["/d", 750],
      ["/e", 1000],
    ]);
  });

  it.each([
    ["a method with a body", "POST / HTTP/1.1", { method: 1 }],
    ["a CONNECT", "CONNECT example.com:443 HTTP/1.1", { method: 1 }],
    ["no request, as nginx writes it", "", { empty: 1 }],
    ["no request, as Apache httpd writes it", "-", { empty: 1 }],
  ])("counts %s as not replayable", async (_, request, skipped) => {
    const { requests, progress } = await readText(`${COMMON}\n${COMMON.replace("GET /a?b=c HTTP/1.1", request)}\n`);
    expect(requests.length).toBe(1);
    expect(progress.broken).toBe(0);
    expect(progress.skipped).toMatchObject(skipped);
  });

  it.each([
    ["a TLS handshake", String.raw`\x16\x03\x01\x02\x00`, String.raw`"\x16\x03\x01\x02\x00" is not a request line`],
    ["a space in the target", "GET /a b HTTP/1.1", `"GET /a b HTTP/1.1" is not a request line`],
    [
      "a control character in the target",
      String.raw`GET /a\x01b HTTP/1.1`,
      String.raw`the target "/a\x01b" has forbidden characters`,
    ],
    ["a line break in the target", String.raw`GET /a\x0D\x0AHost:b HTTP/1.1`, "is not a request line"],
    ["a fragment", "GET /a#b HTTP/1.1", `the target "/a#b" has forbidden characters`],
    ["a bad method", "G(T /a HTTP/1.1", `"G(T" is not a method`],
    ["a target that is no path", "GET a HTTP/1.1", `"a" is neither a path nor an absolute URL`],
    ["another version of HTTP", "GET /a", `"GET /a" is not a request line`],
  ])("counts %s as broken", async (_, request, problem) => {
    const { requests, problems } = await readText(`${COMMON}\n${COMMON.replace("GET /a?b=c HTTP/1.1", request)}\n`);
    expect(requests.length).toBe(1);
    expect(problems).toEqual([{ place: "stdin:2", problem: expect.stringContaining(problem) as string }]);
  });

  it.each([
    ["a line that was cut", COMMON.slice(0, 60)],
    ["a month that does not exist", COMMON.replace("Oct", "Okt")],
    ["a text", "Mozilla"],
  ])("counts %s as broken", async (_, line) => {
    const { requests, problems } = await readText(`${COMMON}\n${line}\n${COMMON}\n`);
    expect(requests.length).toBe(2);
    expect(problems.map(({ place }) => place)).toEqual(["stdin:2"]);
  });

  it("encodes bytes outside ASCII, in UTF-8 or not", async () => {
    const raw = Buffer.from(COMMON.replace("/a?b=c", "/caf\u00e9"), "latin1");
    const utf8 = Buffer.from(COMMON.replace("/a?b=c", "/café"));
    const { requests } = await readText("", { stdin: bytes(raw, Buffer.from("\n"), utf8) });
    expect(requests.map(({ target }) => target)).toEqual(["/caf%E9", "/caf%C3%A9"]);
  });

  it("takes linear time for a hostile line", async () => {
    const hostile = `${"[10/Oct/2026:13:55:36 -0700] ".repeat(30_000)}"${"\\".repeat(300_000)}`;
    const { progress } = await readText(`${COMMON}\n${hostile}\n`);
    expect(progress.broken).toBe(1);
  });

  it("never throws and counts each line once, whatever it contains", async () => {
    const part = fc.oneof(
      fc.constantFrom("[", "]", '"', "\\", " ", "\\x", "GET /", "10/Oct/2026:13:55:36 -0700"),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part), async (parts) => {
        const line = parts.join("").replaceAll(/[\r\n]/g, "");
        const { requests, progress } = await readText(`${COMMON}\n${line}\n`);
        const { method, empty, scheme, upgrade } = progress.skipped;
        expect(requests.length + progress.broken + method + empty + scheme + upgrade).toBe(line === "" ? 1 : 2);
      }),
    );
  });
});

async function* bytes(...pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

function lineAt(second: number, target: string): string {
  return `192.0.2.1 - - [10/Oct/2026:20:55:${second} +0000] "GET ${target} HTTP/1.1" 200 0\n`;
}
