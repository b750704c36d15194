import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../../src/capture/header-redactor.ts";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import type { CompareConfig } from "../../../src/model/config.ts";
import type { Sample, SampleLeg } from "../../../src/model/sample.ts";
import { CONFIG, KEY, batch, capture, exchange, mirrored } from "../build-exchanges.ts";
import { DESCRIPTOR_SET, bytes, frame, number } from "../body/parsers/protobuf-messages.ts";

/** Texts that hold a secret S; on one line unless they say otherwise. */
const LINES: readonly string[] = [
  "password=S",
  "note: password=S",
  "ERROR: secret: S",
  "msg=password=S",
  "a=b=c:token=S",
  "https://h/reset?token=S",
  "see https://h/a?b=https://h/c?x=1&access_token=S#end",
  "https://user:S@h/",
  "url=https%3A%2F%2Fh%2F%3Ftoken%3DS",
  "next=%2Fa%3Fnext%3D%252Fb%253Ftoken%253DS",
  "user[password]=S",
  'config["password"] = "S"',
  "'password' => 'S'",
  'secret="two words S" end',
  '{"password":"a\\"S"}',
  'log {\\"a\\":{\\"password\\":\\"x\\\\\\"S\\"}} end',
  '{"tokens":["x",{"y":"S"}]}',
  "tokens: [x, S]",
  '{"name":"password","value":"S"}',
  '[{"value":"S","name":"password"}]',
  '{"Key":"apiKey","Value":"S"}',
  "{&quot;password&quot;:&quot;S&quot;}",
  "token\\u003dS",
  "Authorization: Bearer S",
  "curl -H 'Authorization: Digest a=b, c=S'",
  "Cookie: a=1; b=S",
  "token: Bearer S",
  "API Key: S",
  "password=a,S",
  "password=[redacted:0123abcd]S",
  "<password>S</password>",
  "<password><![CDATA[S]]></password>",
  "<a:secret><v>1</v><v b='x'>S</v></a:secret>",
  "<password v='S'/>",
  '<add key="password" value="S"/>',
  '<input type="hidden" name="csrf_token" value="a>S">',
  '<code id="api-key">S</code>',
  "<key>password</key><string>S</string>",
  "<name>token</name><value>S</value>",
  "<table><tr><th>Token</th><td>S</td></tr></table>",
  "&lt;password&gt;S&lt;/password&gt;",
];
const BLOCKS: readonly string[] = [
  "password: |\n  S\nnext: 1",
  "password: >-\n    a\n\n    S\nnext: 1",
  "users:\n  - password: |\n      S\n    name: x",
  "secret:\n  - S\nnext: 1",
  "secret:\n- a\n- S\nnext: 1",
  "secret:\n  a: 1\n  b: S",
  'password: "a\n  S"\nnext: 1',
  "password: a\n  S",
  "- password: correct horse S",
  'password = """\na\nS\n"""',
  "Your token:\nS\n",
  '{\n  "password":\n    "S"\n}',
];
const FORMS: readonly string[] = [...LINES, ...BLOCKS];
const HTML_ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" } as const;
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (char) => HTML_ESCAPES[char as keyof typeof HTML_ESCAPES]);

const part = (disposition: string, type: string, body: string): string =>
  `--b\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${type}\r\n\r\n${body}\r\n--b--\r\n`;

/** Bodies around such a text, with their types. */
const BODIES: readonly (readonly [string, (text: string) => string, string])[] = [
  ["a JSON string", (text) => JSON.stringify({ id: 1, log: text }), "application/json"],
  ["a JSON string in a list", (text) => JSON.stringify([["x", text]]), "application/json"],
  ["JSON in a JSON string", (text) => JSON.stringify({ log: JSON.stringify({ log: text }) }), "application/json"],
  [
    "a line of JSON",
    (text) => `${JSON.stringify({ log: text })}\n${JSON.stringify({ a: text })}`,
    "application/x-ndjson",
  ],
  ["broken JSON", (text) => `${JSON.stringify({ log: text })}}`, "application/json"],
  ["text", (text) => text, "text/plain"],
  ["text without a type", (text) => `Log.\n${text}\n`, ""],
  ["far into a text", (text) => `${"line\n".repeat(8_000)}${text}\n`, "text/plain"],
  ["HTML", (text) => `<html><body>\n<p>a < b, don't</p>\n${text}\n</body></html>`, "text/html"],
  ["HTML, inline", (text) => `<p>${text}</p>`, "text/html"],
  ["a form's value", (text) => `a=1&x=${encodeURIComponent(text)}&b=2`, "application/x-www-form-urlencoded"],
  [
    "an encoded form's value",
    (text) => `x=${new URLSearchParams({ x: text }).toString()}`,
    "application/x-www-form-urlencoded",
  ],
  ["a form without its encoding", (text) => text, "application/x-www-form-urlencoded"],
  ["XML", (text) => `<?xml version="1.0"?><doc><a>${text}</a></doc>`, "application/xml"],
  ["CDATA", (text) => `<doc><a><![CDATA[${text}]]></a></doc>`, "application/xml"],
  ["YAML", (text) => `a: 1\n${text}\n`, "application/yaml"],
  ["an event", (text) => `data: ${JSON.stringify({ log: text })}\n\n`, "text/event-stream"],
  ["the lines of an event", (text) => `${text.replaceAll(/^/gm, "data: ")}\n\n`, "text/event-stream"],
  ["a JSON sequence", (text) => `\u001e${JSON.stringify({ log: text })}\n`, "application/json-seq"],
  ["JSON declared as HTML", (text) => JSON.stringify({ log: text }), "text/html"],
  ["a cell of a table", (text) => `id,log\n1,"${text.replaceAll('"', '""')}"\n`, "text/csv"],
  ["a part", (text) => part('form-data; name="x"', "text/plain", text), "multipart/form-data; boundary=b"],
  [
    "a part in JSON",
    (text) => part("inline", "application/json", JSON.stringify([text])),
    "multipart/mixed; boundary=b",
  ],
  ["a part in HTML", (text) => part("inline", "text/html", `<p>${text}</p>`), "multipart/mixed; boundary=b"],
  ["a part in XML", (text) => part("inline", "text/xml", `<x>${text}</x>`), "multipart/mixed; boundary=b"],
  [
    "a part that is a form",
    (text) => part("inline", "application/x-www-form-urlencoded", text),
    "multipart/mixed; boundary=b",
  ],
];

const PRIMARY = "canaryone";
const CANDIDATE = "canarytwo";

/** Everything that goes to the store of one exchange, as text. */
function stored(parts: {
  body: (secret: string) => string | Uint8Array;
  type: string;
  config?: CompareConfig;
  target?: string;
  note?: (s: string) => string;
}) {
  const keep = new HeaderRedactor(KEY);
  const { body, type, target = "/x", note, config = CONFIG } = parts;
  const headers = (secret: string): readonly string[] =>
    keep.headers(["Content-Type", type, ...(note === undefined ? [] : ["X-Note", note(secret)])]);
  const { samples, outcomes, attributes } = createComparer({ config, redactionKey: KEY }).compare(
    batch(
      exchange({
        target: keep.target(target),
        headers: headers(PRIMARY),
        primary: capture(body(PRIMARY), { headers: headers(PRIMARY) }),
        candidates: [mirrored(body(CANDIDATE), { headers: headers(CANDIDATE) })],
        secondary: mirrored(body(CANDIDATE), { subset: "twin", headers: headers(CANDIDATE) }),
      }),
    ),
  );
  expect([samples.length, attributes.length]).toEqual([1, 1]);
  const [sample] = samples as [Sample];
  expect(sample.differences.length).toBeGreaterThan(0);
  const { primary, candidate, secondary } = sample.legs;
  const bodies = [primary, candidate, secondary].map((leg) => contentOf(leg));
  return JSON.stringify([
    { ...sample, legs: [headersOf(primary), headersOf(candidate)] },
    bodies,
    outcomes,
    attributes,
  ]);
}

function contentOf(leg: SampleLeg | null): string {
  const content = leg?.body.content;
  return content === undefined || content.length === 0 ? "" : zstdDecompressSync(content).toString();
}

function headersOf({ headers, trailers }: SampleLeg): unknown {
  return [headers, trailers];
}

describe.each(BODIES)("no secret is stored of %s", (_, around, type) => {
  it.each(FORMS)("%j", (form) => {
    const text = stored({ body: (secret) => around(form.replaceAll("S", () => secret)), type });
    expect(text).not.toMatch(/canary/);
  });
});

describe("no secret is stored of markup in markup", () => {
  it.each(LINES.filter((form) => !form.includes("&") && !/<\w+ |<.*<\/(?:key|name|th|v)>|CDATA/.test(form)))(
    "%j",
    (form) => {
      const body = (secret: string) => `<p title="x">${escaped(form.replaceAll("S", () => secret))}</p>`;
      expect(stored({ body, type: "text/html" })).not.toMatch(/canary/);
    },
  );
});

describe("no secret is stored of a header field", () => {
  it.each(LINES)("%j", (form) => {
    const note = (secret: string): string => form.replaceAll("S", () => secret);
    expect(stored({ body: (secret) => secret.length.toString(), type: "text/plain", note })).not.toMatch(/canary/);
  });
});

describe("no secret is stored of a query", () => {
  it.each(FORMS)("%j", (form) => {
    const target = `/x?a=1&q=${encodeURIComponent(form.replaceAll("S", PRIMARY))}&b=2`;
    let turn = 0;
    const body = (): string => `${(turn += 1)}`;
    expect(stored({ body, type: "text/plain", target })).not.toMatch(/canary/);
  });
});

describe("no secret is stored of", () => {
  it.each([
    ["a column of CSV", "text/csv", 'id,Password,b\r\n1,S,x\r\n2,"a,""\n S",y\r\n'],
    ["a column far down", "text/csv", `id;token\n${"1;x\n".repeat(100_000)}2;S\n`],
    ["tab-separated values", "text/tab-separated-values", "token\tid\nS\t1\n"],
    ["a name and a value in JSON", "application/json", '[{"name":"a","value":1},{"name":"password","value":"S"}]'],
    ["a value and its name in JSON", "application/json", '{"a":{"Value":["x","S"],"Name":"secret"}}'],
    ["a value below a name in JSON", "application/json", '{"key":"tokens","value":{"S1":{"x":"S"}}}'],
    ["a key of JSON", "application/json", '{"https://h/?token=S":1,"session:S":2}'],
    ["a number of JSON", "application/json", '{"name":"apiKey","value":12345678S}'],
    ["a part's field", "multipart/form-data; boundary=b", part('form-data; name="user[password]"', "text/plain", "S")],
    ["a part's JSON", "multipart/mixed; boundary=b", part("inline", "application/json", '{"token":{"a":"S"}}')],
    ["a part's header", "multipart/mixed; boundary=b", part("inline", "text/plain\r\nX-Api-Key: S", "x")],
    ["a part's other header", "multipart/mixed; boundary=b", part('inline; token="S"', "text/plain", "x")],
    ["a part's name", "multipart/form-data; boundary=b", part('form-data; name="token=S"', "text/plain", "x")],
    ["an event's JSON", "text/event-stream", 'event: a\ndata: {"a":[{"sessionId":"S"}]}\n\n'],
    ["an event's id", "text/event-stream", "id: token=S\ndata: 1\n\n"],
    ["an attribute of XML", "application/xml", '<a><b apiKey="S" c="1"/></a>'],
    ["an attribute in a namespace", "application/xml", '<a xmlns:p="urn:p"><b p:token="S"/></a>'],
    ["an element far below", "application/xml", "<a><secret><b><c d='S'>S</c></b></secret></a>"],
    [
      "what an element names",
      "application/xml",
      '<a><property name="password" value="S"/><dt>Token</dt><dd>S</dd></a>',
    ],
    ["an instruction", "application/xml", '<?a token="S"?><a/>'],
    ["a comment", "text/html", "<p><!-- password=S --></p>"],
    ["an attribute of HTML", "text/html", '<input name="csrf_token" value="S"><meta name="api-key" content="S">'],
    ["an address in HTML", "text/html", '<a href="https://h/?access_token=S">x</a>'],
    ["an odd attribute", "text/html", '<p "token=S">x</p>'],
    ["a script", "text/html", '<script>var config = {"token": "S"};</script>'],
  ])("%s", (_, type, form) => {
    expect(stored({ body: (secret) => form.replaceAll("S", () => secret), type })).not.toMatch(/canary/);
  });
});

const jwt = (secret: string): string => `eyJhbGciOiJ.${secret}.sig`;
const order = (s: string): Buffer => Buffer.concat([number(1, 7), bytes(4, s)]);

describe("no secret is stored of a message", () => {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-canaries-"));
  const described = { ...CONFIG, descriptorSet: join(folder, "shop.binpb") };
  writeFileSync(described.descriptorSet, DESCRIPTOR_SET);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["in a field with a name", "application/protobuf; messageType=shop.Order", (s: string) => bytes(4, s)],
    ["in a field with a number", "application/protobuf", (s: string) => bytes(4, jwt(s))],
    [
      "in a message in it",
      "application/protobuf",
      (s: string) => bytes(3, Buffer.concat([bytes(1, `token=${s}`), number(2, 1)])),
    ],
    [
      "in a field without a description",
      "application/protobuf; messageType=shop.Order",
      (s: string) => bytes(99, jwt(s)),
    ],
    ["in bytes", "application/protobuf", (s: string) => bytes(1, Buffer.from([0xff, ...Buffer.from(s)]))],
    ["of gRPC", "application/grpc", (s: string) => frame(bytes(4, s))],
    ["of gRPC in JSON", "application/grpc+json", (s: string) => frame(Buffer.from(JSON.stringify({ password: s })))],
    ["that is not valid", "application/grpc", (s: string) => Buffer.from(`password=${s}`)],
  ])("%s", (_, type, body) => {
    const text = stored({ body, type, config: described, target: "/shop.Orders/Get" });
    expect(text).not.toMatch(/canary/);
  });

  it("is kept as JSON, so that a person can read the rest", () => {
    const text = stored({ body: order, type: "application/protobuf; messageType=shop.Order", config: described });
    expect(text).toMatch(/\{\\"id\\":7,\\"password\\":\\"\[redacted:\w{8}\]\\"\}/);
  });
});
