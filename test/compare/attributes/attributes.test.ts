import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { AttributeSource } from "../../../src/model/explain/attribute.ts";
import { capture, identical, mirrored } from "../build-exchanges.ts";
import { bodyOf, recordOf, valuesOf } from "./compare-fixture.ts";

const FINGERPRINT = expect.stringMatching(/^\[redacted:[\da-f]{8}\]$/) as unknown;
const JSON_TYPE = ["Content-Type", "application/json"];

function repeat<T>(count: number, one: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => one(at));
}

function members(count: number): string {
  return JSON.stringify(Object.fromEntries(repeat(count, (at) => [`m${at}x`, `${at}`])));
}

describe("attributes of a request", () => {
  it("headers have their names in lower case, and repeated ones are one list", () => {
    const headers = ["Accept-Language", "de-DE", "X-Shard", "7", "x-flag", "a", "X-Flag", "b", "X-Version", "1.10"];
    expect(valuesOf(recordOf({ headers }), "header")).toEqual({
      "accept-language": "de-DE",
      "x-shard": 7,
      "x-flag": "a, b",
      "x-version": "1.10",
    });
  });

  it.each([
    "X-Request-ID",
    "x-correlation-id",
    "Request-Id",
    "traceparent",
    "b3",
    "X-B3-TraceId",
    "X-Amzn-Trace-Id",
    "CF-Ray",
    "Date",
    "Idempotency-Key",
    "X-Nonce",
    "X-Hub-Signature",
    "X-Shopify-Hmac-Sha256",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Connection",
    "Shadowdiff-Hop",
  ])("%s is left out: it explains nothing, or is said better elsewhere", (name) => {
    expect(valuesOf(recordOf({ headers: [name, "1", "X-Kept", "1"] }), "header")).toEqual({ "x-kept": 1 });
  });

  it("headers that are configured are left out", () => {
    const record = recordOf({ headers: ["X-Noise", "1", "X-Kept", "1"] }, { ignoreHeaders: ["x-noise"] });
    expect(valuesOf(record, "header")).toEqual({ "x-kept": 1 });
  });

  it("query parameters are decoded, and those of a list have one name", () => {
    const target =
      "/x?limit=100&Limit=5&q=a+b%26c&tag=a&tag=b&empty=&flag&at[0]=x&at[1]=y&ratio=0.5&zip=00710&big=12345678901234567890#f=1";
    expect(valuesOf(recordOf({ target }), "query")).toEqual({
      limit: 100,
      Limit: 5,
      q: "a b&c",
      tag: "a, b",
      empty: "",
      flag: "",
      "at[]": "x, y",
      ratio: 0.5,
      zip: "00710",
      big: "12345678901234567890",
    });
  });

  it("a parameter whose name is a time or an id is left out: it is new with each request", () => {
    const target = "/x?1699999999999=&3f2504e0-4f89-11d3-9a0c-0305e82c3301=1&a=1";
    expect(valuesOf(recordOf({ target }), "query")).toEqual({ a: 1 });
  });

  it.each([
    ["/shops/berlin/items/7/parts/9?x=1", { shop: "berlin", "id#1": 7, "id#2": 9 }],
    ["/users/123", { id: 123 }],
    ["/users/123.json", { id: 123 }],
    ["/files/a%20b.json", { name: "a b" }],
    ["/users/me", {}],
  ])("path parameters of %s by the template's names", (target, expected) => {
    expect(valuesOf(recordOf({ target }), "path")).toEqual(expected);
  });

  it("cookies have names; their values are fingerprints, which are equal when the values are", () => {
    const [one, other] = ["SID=abc; theme=dark; session_9f86d081884c7d65=1", "theme=dark; SID=xyz"].map((cookie) =>
      valuesOf(recordOf({ headers: ["Cookie", cookie] }), "cookie"),
    );
    expect(one).toEqual({ SID: FINGERPRINT, theme: FINGERPRINT });
    expect(other?.["theme"]).toBe(one?.["theme"]);
    expect(other?.["SID"]).not.toBe(one?.["SID"]);
  });

  it("claims", () => {
    const claims = ["plan", "pro", "level", "3", "sub", "anna@example.org", "session_id", "12"];
    const expected = { plan: "pro", level: 3, sub: FINGERPRINT, session_id: FINGERPRINT };
    expect(valuesOf(recordOf({ claims }), "claim")).toEqual(expected);
  });

  it("the client's protocol, and the address of each role", () => {
    const record = recordOf({
      protocol: "HTTP/2",
      primary: capture("{}", { address: "10.0.3.7:80" }),
      candidates: [mirrored("{}", { address: "10.0.4.1:8080" })],
      secondary: identical("twin", { address: "[::1]:80" }),
    });
    expect(valuesOf(record, "client")).toEqual({ protocol: "HTTP/2" });
    const expected = { primary: "10.0.3.7:80", candidate: "10.0.4.1:8080", secondary: "[::1]:80" };
    expect(valuesOf(record, "address")).toEqual(expected);
  });

  it.each([
    ["no body", [], undefined, { size: 0 }],
    ["a body of 1 byte", JSON_TYPE, bodyOf("1"), { "media-type": "application/json", size: 1 }],
    ["a body of 4 bytes", JSON_TYPE, bodyOf("1234"), { "media-type": "application/json", size: 4 }],
    ["a body of 5 bytes", JSON_TYPE, bodyOf("12345"), { "media-type": "application/json", size: 8 }],
    ["a body of which the head names the length", ["Content-Length", "1000"], undefined, { size: 1024 }],
    ["a body of unknown size", ["Content-Type", "text/plain"], undefined, { "media-type": "text/plain" }],
  ])("%s has a media type and a class of size", (_, headers, requestBody, expected) => {
    expect(valuesOf(recordOf({ method: "POST", headers, requestBody }), "request")).toEqual(expected);
  });

  it("a form in the body", () => {
    const headers = ["Content-Type", "application/x-www-form-urlencoded"];
    const requestBody = bodyOf("amount=12.5&currency=EUR&tag=a&tag=b&password=hunter2");
    expect(valuesOf(recordOf({ headers, requestBody }), "request-body")).toEqual({
      "$.amount": 12.5,
      "$.currency": "EUR",
      "$.tag": "a, b",
      "$.password": FINGERPRINT,
    });
  });
});

describe("attributes of bodies", () => {
  it.each<[body: string, Record<string, unknown>]>([
    [
      '{"type":"premium","user":{"plan":"pro","a":{"b":1},"roles":["x"]},"items":[1,2],"n":null,"ok":true}',
      {
        "$.type": "premium",
        "$.user.plan": "pro",
        "$.user.roles.length": 1,
        "$.items.length": 2,
        "$.n": null,
        "$.ok": true,
      },
    ],
    ["[1,2,3]", { "$.length": 3 }],
    ['"text"', { $: "text" }],
    ["42", { $: 42 }],
    ['{"a.b":{"it\'s":"x"}}', { "$['a.b']['it\\'s']": "x" }],
    ['{"a":1,"a":2}', { "$.a": 2 }],
    [
      '{"n":"5","m":5,"big":9007199254740993,"zero":-0}',
      { "$.n": "5", "$.m": 5, "$.big": "9007199254740993", "$.zero": 0 },
    ],
    ['{"__proto__":{"a":1},"constructor":"x"}', { "$.__proto__.a": 1, "$.constructor": "x" }],
    ['{"4711":{"a":1},"3f2504e0-4f89-11d3-9a0c-0305e82c3301":1,"b":2}', { "$.b": 2 }],
    [
      '{"password":"hunter2","user":{"apiKey":5},"tokens":{"a":"b"}}',
      { "$.password": FINGERPRINT, "$.user.apiKey": FINGERPRINT, "$.tokens.a": FINGERPRINT },
    ],
    ["{broken", {}],
    ["", {}],
  ])("%s", (body, expected) => {
    const response = recordOf({ primary: capture(body) });
    expect(valuesOf(response, "response-body")).toEqual(expected);
    const request = recordOf({ headers: JSON_TYPE, requestBody: body === "" ? undefined : bodyOf(body) });
    expect(valuesOf(request, "request-body")).toEqual(expected);
    expect([...response.cut, ...request.cut]).toEqual([]);
  });

  it("an object whose keys are data has a length", () => {
    const prices = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, index]));
    const record = recordOf({ primary: capture(JSON.stringify({ prices })) });
    expect(valuesOf(record, "response-body")).toEqual({ "$.prices.length": 60 });
  });

  it("the primary's response has a status, a media type and a class of size; its body is decoded", () => {
    const headers = ["Content-Type", "application/json; charset=utf-8", "Content-Encoding", "gzip"];
    const body = gzipSync(JSON.stringify({ type: "x".repeat(10) }));
    const record = recordOf({ primary: capture(body, { status: 404, headers }) });
    const size = 2 ** Math.ceil(Math.log2(body.length));
    expect(valuesOf(record, "response")).toEqual({ status: 404, "media-type": "application/json", size });
    expect(valuesOf(record, "response-body")).toEqual({ "$.type": "xxxxxxxxxx" });
  });

  it.each([
    ["HTML", "text/html", "<p>1</p>"],
    ["XML", "application/xml", "<a><b>1</b></a>"],
    ["bytes", "image/png", '{"a":1}'],
    ["text", "text/plain", "a: 1"],
  ])("nothing is read from %s", (_, type, body) => {
    const record = recordOf({ primary: capture(body, { headers: ["Content-Type", type] }) });
    expect(valuesOf(record, "response-body")).toEqual({});
    expect(record.cut).toEqual([]);
  });

  it("JSON under another type is read", () => {
    const record = recordOf({ primary: capture(' {"a":1}', { headers: ["Content-Type", "text/plain"] }) });
    expect(valuesOf(record, "response-body")).toEqual({ "$.a": 1 });
  });
});

describe("bounds", () => {
  it.each<[AttributeSource, number, (count: number) => Parameters<typeof recordOf>[0]]>([
    ["header", 40, (count) => ({ headers: repeat(count, (at) => [`x-${at}`, "1"]).flat() })],
    ["query", 24, (count) => ({ target: `/?${repeat(count, (at) => `p${at}x=1`).join("&")}` })],
    ["cookie", 24, (count) => ({ headers: ["cookie", repeat(count, (at) => `c${at}=1`).join("; ")] })],
    ["claim", 16, (count) => ({ claims: repeat(count, (at) => [`c${at}`, "1"]).flat() })],
    ["response-body", 32, (count) => ({ primary: capture(members(count)) })],
    ["request-body", 32, (count) => ({ headers: JSON_TYPE, requestBody: bodyOf(members(count)) })],
  ])("%s has at most %i attributes; more are visible as cut", (source, most, change) => {
    const [full, cut] = [recordOf(change(most)), recordOf(change(most + 1))];
    expect(Object.keys(valuesOf(full, source))).toHaveLength(most);
    expect(full.cut).toEqual([]);
    expect(Object.keys(valuesOf(cut, source))).toHaveLength(most);
    expect(cut.cut).toEqual([source]);
  });

  it("what is nearest to the root of a body is kept", () => {
    const deep = JSON.stringify({
      a: JSON.parse(members(31)) as object,
      b: JSON.parse(members(31)) as object,
      last: 1,
    });
    const names = Object.keys(valuesOf(recordOf({ primary: capture(deep) }), "response-body"));
    expect(names[0]).toBe("$.last");
    expect(names).toHaveLength(32);
  });

  it("values have 64 characters; a long one is cut, and a long name is left out visibly", () => {
    const record = recordOf({ headers: ["x-a", "v".repeat(64), "x-b", "v".repeat(65), "x".repeat(65), "1"] });
    expect(valuesOf(record, "header")).toEqual({ "x-a": "v".repeat(64), "x-b": `${"v".repeat(63)}…` });
    expect(record.cut).toEqual(["header"]);
  });

  it("no character is cut in half", () => {
    const record = recordOf({ target: `/?q=${encodeURIComponent(`${"v".repeat(62)}😀😀`)}` });
    expect(valuesOf(record, "query")).toEqual({ q: `${"v".repeat(62)}…` });
  });

  it("a record has 6,000 characters at most; what does not fit is visible as cut", () => {
    const long = "ä".repeat(63);
    const pairs = (count: number, between: string): string => repeat(count, (at) => `p${at}x=${long}`).join(between);
    const record = recordOf({
      headers: [...JSON_TYPE, "cookie", pairs(24, ";"), ...repeat(40, (at) => [`x-${at}`, long]).flat()],
      target: `/?${pairs(24, "&")}`,
      requestBody: bodyOf(JSON.stringify(Object.fromEntries(repeat(32, (at) => [`m${at}x`, long])))),
    });
    const chars = record.attributes.reduce((sum, { name, value }) => sum + `${name}${String(value)}`.length, 0);
    expect(chars).toBeLessThan(6_000);
    expect(chars).toBeGreaterThan(5_900);
    expect(record.cut).toContain("request-body");
  });

  it.each([
    [
      "a response that was captured in part",
      { primary: capture('{"a":1}', { body: { bytes: new TextEncoder().encode('{"a":'), length: 7, tailHash: "x" } }) },
      "response-body",
    ],
    ["a large response", { primary: capture(JSON.stringify({ a: "x".repeat(300_000) })) }, "response-body"],
    [
      "a small response that becomes large",
      {
        primary: capture(gzipSync(JSON.stringify({ a: "x".repeat(300_000) })), {
          headers: [...JSON_TYPE, "Content-Encoding", "gzip"],
        }),
      },
      "response-body",
    ],
    ["a request that was copied in part", { headers: JSON_TYPE, requestBody: bodyOf('{"a":', 20_000) }, "request-body"],
    ["a request that was not copied", { headers: [...JSON_TYPE, "Content-Length", "20"] }, "request-body"],
  ] as const)("absence says nothing in %s", (_, change, source) => {
    const record = recordOf(change);
    expect(valuesOf(record, source)).toEqual({});
    expect(record.cut).toEqual([source]);
  });

  it("a hundred thousand parameters, cookies and members cost little", () => {
    const many = repeat(100_000, (at) => `p${at}x`);
    const started = process.cpuUsage();
    recordOf({
      target: `/?${many.join("&")}`,
      headers: ["cookie", many.join(";")],
      primary: capture(
        `{${many
          .slice(0, 15_000)
          .map((name) => `"${name}":1`)
          .join()}}`,
      ),
    });
    const { user } = process.cpuUsage(started);
    expect(user).toBeLessThan(2_000_000);
  });
});
