import { assert, json, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBody, type BodySource } from "../../../src/compare/body/parse-body.ts";
import { parseContentType } from "../../../src/compare/body/content-type.ts";
import { maskBody } from "../../../src/compare/redact/mask-body.ts";
import { createRedactor, type Redactor } from "../../../src/compare/redact/redactor.ts";
import { fingerprint } from "../../../src/secrets/fingerprint.ts";
import { KEY } from "../build-exchanges.ts";

/** A new redactor for each call, as for each sample. */
const redactor = {
  get fresh(): Redactor {
    return createRedactor(KEY);
  },
};
const mark = (secret: string): string => fingerprint(KEY, secret);

/** The document that a browser builds around its body. */
const page = (body: string): string => `<html><head></head><body>${body}</body></html>`;

/** The text of a body as it is stored. */
function redactText(text: string, mediaType: string, own = redactor.fresh): string {
  const source: BodySource = {
    type: parseContentType(mediaType),
    target: "/",
    grpcEncoding: undefined,
    registry: undefined,
    maxBytes: 8 * 1024 * 1024,
    stored: undefined,
  };
  const bytes = Buffer.from(text);
  const masked = maskBody(parseBody(bytes, source), { ...source, bytes, isTruncated: false }, own);
  return (masked?.form === "tree" || masked?.form === "text" ? masked.text : undefined) ?? "masked whole";
}

function redactJson(text: string, own: Redactor): string {
  return redactText(text, "application/json", own);
}

describe("the header Set-Cookie", () => {
  it("keeps the attributes, and masks the value and what may be anything, once", () => {
    const line = `SESSION=${mark("1")}; Path=/; HttpOnly; Secure=x; SameSite=Lax; Expires=Thu, 01 Jan 2026 00:00:00 GMT; id=7`;
    const masked = `SESSION=${mark("1")}; Path=/; HttpOnly; Secure; SameSite=Lax; Expires=Thu, 01 Jan 2026 00:00:00 GMT; ${mark("id=7")}`;
    expect(redactor.fresh.field("Set-Cookie", line)).toBe(masked);
    expect(redactor.fresh.field("Set-Cookie", masked)).toBe(masked);
    expect(redactor.fresh.field("set-cookie", "session=a; Path=/")).toBe(`session=${mark("a")}; Path=/`);
    expect(redactor.fresh.field("set-cookie", "session=; Max-Age=0")).toBe("session=; Max-Age=0");
    expect(redactor.fresh.field("set-cookie", "session; Path=/")).toBe(`${mark("session")}; Path=/`);
  });
});

describe("redactJson", () => {
  it.each([
    ['{"password":"hunter2","a":1.0}', `{"password":"${mark("hunter2")}","a":1.0}`],
    ['{ "apiKey" : 12345 }', `{ "apiKey" : "${mark("12345")}" }`],
    ['{"pass\\u0077ord":"x\\"y"}', `{"pass\\u0077ord":"${mark('x"y')}"}`],
    ['{"token":null,"session":true,"b":"c"}', '{"token":null,"session":true,"b":"c"}'],
    [
      '{"tokens":["a",{"id":7,"k3y":false}],"z":"a"}',
      `{"tokens":["${mark("a")}",{"id":"${mark("7")}","${mark("k3y")}":false}],"z":"a"}`,
    ],
    ['["Bearer abcdef123456"]', `["Bearer ${mark("abcdef123456")}"]`],
    ['{"log":"password=hunter2 ok"}', `{"log":"password=${mark("hunter2")} ok"}`],
    ['{"nested":"{\\"secret\\":\\"s3\\"}"}', `{"nested":"{\\"secret\\":\\"${mark("s3")}\\"}"}`],
    ['{"password":"hunt', "masked whole"],
    ['{"a":{"password":12', "masked whole"],
    ['{"__proto__":{"secret":"x"}}', `{"__proto__":{"secret":"${mark("x")}"}}`],
  ])("%s", (text, expected) => {
    expect(redactJson(text, redactor.fresh)).toBe(expected);
  });

  it("keeps every character when there is no secret", () => {
    const text = ' { "n" : [ 1.0, 1e2, -0, "\\u00e9", "a\\/b" ],\n"n":{} } ';
    expect(redactJson(text, redactor.fresh)).toBe(text);
  });

  it("hides a secret anywhere below its name, and leaves valid JSON", () => {
    assert(
      property(json({ maxDepth: 4 }), (text) => {
        const wrapped = `{"a":[1,{"credit_card":[${text},"canary-42"]}]}`;
        const clean = redactJson(wrapped, redactor.fresh);
        expect(clean).not.toContain("canary-42");
        expect(() => JSON.parse(clean) as unknown).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it("gives many secrets one mark after 5,000 fingerprints", () => {
    const text = JSON.stringify({ tokens: Array.from({ length: 5_001 }, (_, at) => at) });
    const clean = JSON.parse(redactJson(text, createRedactor(KEY))) as { tokens: string[] };
    expect(clean.tokens.at(4_999)).toBe(mark("4999"));
    expect(clean.tokens.at(5_000)).toBe("[redacted:one of many]");
  });

  it("handles 200,000 levels", () => {
    const deep = `${'{"token":['.repeat(100_000)}"canary"${"]}".repeat(100_000)}`;
    expect(redactJson(deep, redactor.fresh)).not.toContain("canary");
  });
});

describe("redactText", () => {
  it.each([
    ["user=a&pass%77ord=hunter2&x=1", "application/x-www-form-urlencoded", `user=a&pass%77ord=${mark("hunter2")}&x=1`],
    ["a=1&token=t%20t", "application/x-www-form-urlencoded", `a=1&token=${mark("t t")}`],
    [
      "url=https%3A%2F%2Fh%2F%3Ftoken%3DS&x=%3D",
      "application/x-www-form-urlencoded",
      `url=${mark("https://h/?token=S")}&x=%3D`,
    ],
    ["token=&x=a:b", "application/x-www-form-urlencoded", "token=&x=a:b"],
    ["see https://h/reset?token=S&x=1", "text/plain", `see https://h/reset?token=${mark("S")}&x=1`],
    ["note: password=S, x", "text/plain", `note: password=${mark("S")}, x`],
    ["secret:\n  - a b\n\n  - c\nname: x", "text/yaml", `secret:\n  - ${mark("a b")}\n\n  - ${mark("c")}\nname: x`],
    ["password: |\n  a\n  b\nname: x", "text/yaml", `password: |\n  ${mark("a")}\n  ${mark("b")}\nname: x`],
    ["<p>token: a b</p><p>c</p>", "text/html", page(`<p>token: ${mark("a b")}</p><p>c</p>`)],
    [
      "<x><password><![CDATA[S]]></password><a>b</a></x>",
      "application/xml",
      `<x><password><![CDATA[${mark("S")}]]></password><a>b</a></x>`,
    ],
    ["id,token\n1,S\n2,", "text/csv", `id,token\n1,${mark("S")}\n2,\n`],
    ['{"value":"S","name":"token"} x', "text/plain", `{"value":"${mark("S")}","name":"token"} x`],
    ["at 12:30 name: x, https://h/a?b=c&d=e <b>f</b>", "text/plain", "at 12:30 name: x, https://h/a?b=c&d=e <b>f</b>"],
    ["password: correct horse\nname: x", "text/yaml", `password: ${mark("correct horse")}\nname: x`],
    ['secret="with space" x', "text/plain", `secret="${mark("with space")}" x`],
    [
      "<x><Password>hunter2</Password><a>b</a></x>",
      "application/xml",
      `<x><Password>${mark("hunter2")}</Password><a>b</a></x>`,
    ],
    ["<Password>hunter2</Password><a>b</a>", "application/xml", "masked whole"],
    [
      '<input type=hidden name="csrf_token" value="abc">',
      "text/html",
      page(`<input type="hidden" name="csrf_token" value="${mark("abc")}">`),
    ],
    ["at https://user:pw@host/", "text/plain", `at https://${mark("user:pw")}@host/`],
    ["key AKIAABCDEFGHIJKLMNOP.", "text/plain", `key ${mark("AKIAABCDEFGHIJKLMNOP")}.`],
    ["Basic information, bearer of news", "text/plain", "Basic information, bearer of news"],
    ["var token = 5; x", "text/javascript", `var token = ${mark("5")}; x`],
  ])("%s", (text, mediaType, expected) => {
    expect(redactText(text, mediaType, redactor.fresh)).toBe(expected);
  });

  it("does not mask a fingerprint again", () => {
    const once = redactText("password=hunter2", "text/plain", redactor.fresh);
    expect(redactText(once, "text/plain", redactor.fresh)).toBe(once);
  });

  it.each([
    "password",
    "a=",
    "<a>",
    "Bearer ",
    "://",
    "eyJ",
    "-----BEGIN PRIVATE KEY-----",
    '"',
    "\\",
    " ",
    "x",
    "token:",
    'secret="x',
    "password: x\n",
    "token:\n",
    "token: |\n",
    "token: |\n  ",
    "token: #",
    "token: | #",
    "token:[",
    'token:["',
    'token:\\"',
    "token,",
    "a.b,",
    "api",
    "api%3D",
    "%253D",
    "name:token,value:",
    "value:[name:token,",
    'value:"x name:token',
    "<token>",
    "<token",
    '<a "',
    "<a '\"",
    `<a "'<b '"<c `,
    `"'<a " '<b' "`,
    "<a b=",
    "<a b='token",
    "<key>token</key>",
    "<![CDATA[",
    "&lt;token&gt;",
    "&quot;",
    "password&quot;:&quot;",
    '{"name":"token","value":',
    '["[\\"',
    '{\\"',
  ])("takes 1 MB of %j in a time that only a square of it would exceed", (piece) => {
    expect(redactText(piece.repeat(Math.ceil(1_000_000 / piece.length)), "text/plain", redactor.fresh)).toBeTypeOf(
      "string",
    );
  });
});

describe("two values that differ", () => {
  const start = "lorem ipsum ".repeat(500);

  it("are cut around their first difference, and not before it", () => {
    const [left, right] = redactor.fresh.valuePair(`${start}dog`, `${start}cat and more`, false);
    expect(left).toMatch(/^"….{60}dog"$/);
    expect(right).toMatch(/^"….{60}cat and more"$/);
    expect(redactor.fresh.shortPair("a dog", "a cat")).toEqual(["a dog", "a cat"]);
    expect(redactor.fresh.valuePair("1", 1, false)).toEqual(['"1"', "1"]);
  });

  it("are masked before they are cut", () => {
    const secret = (name: string): string => `${start}https://${name}:hunter2@db.internal/orders`;
    const [left] = redactor.fresh.shortPair(`${secret("ada")}?x=1`, `${secret("ada")}?x=2`);
    expect(left).toMatch(/^….*\?x=1$/);
    expect(left).not.toContain("hunter2");
    const far = `${"lorem ipsum ".repeat(21_845)}https://ada:hunter2`;
    const shown = redactor.fresh.shortPair(`${far}@db.internal/1`, `${far}x@db.internal/2`);
    expect(shown.join("")).not.toContain("hunter");
    expect(redactor.fresh.valuePair(`${start}1`, `${start}2`, true)).toEqual(
      [mark(`${start}1`), mark(`${start}2`)].map((text) => JSON.stringify(text)),
    );
  });
});

describe("the document type of HTML", () => {
  const declaration = '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">';

  it("keeps its identifiers, so that documents which differ in them differ when they are stored", () => {
    expect(redactText(`${declaration}<p>a`, "text/html")).toBe(`${declaration}${page("<p>a</p>")}`);
    const both = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/TR/xhtml1.dtd">`;
    expect(redactText(`${both}<p>a`, "text/html")).toBe(`${both}${page("<p>a</p>")}`);
    expect(redactText(`<!DOCTYPE html SYSTEM 'about:"legacy"'><p>a`, "text/html")).toContain(
      `SYSTEM 'about:"legacy"'>`,
    );
    expect(redactText("<!doctype html><p>a", "text/html")).toBe(`<!DOCTYPE html>${page("<p>a</p>")}`);
    expect(redactText('<!DOCTYPE html SYSTEM "https://ada:hunter2@db.internal/x"><p>a', "text/html")).not.toContain(
      "hunter2",
    );
  });
});
