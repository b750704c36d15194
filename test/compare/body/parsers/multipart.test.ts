import { describe, expect, it } from "vitest";
import { found, tree } from "../bodies.ts";

const form = (boundary: string) => `multipart/form-data; boundary=${boundary}`;
const field = (name: string, body: string, more = ""): string =>
  `Content-Disposition: form-data; name="${name}"${more}\r\n\r\n${body}`;
const joined = (boundary: string, ...parts: readonly string[]): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;

describe("form data", () => {
  it("becomes parts by name, each with its headers and its parsed body", () => {
    const file = `Content-Disposition: form-data; name="f"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n{"a":1}`;
    expect(tree(joined("b", field("x", "1"), file), form("b"))).toEqual({
      x: { headers: { "content-disposition": 'form-data; name="x"' }, body: "1" },
      f: {
        headers: {
          "content-disposition": 'form-data; filename="a.json"; name="f"',
          "content-type": "application/json",
        },
        body: { a: 1 },
      },
    });
  });

  it("ignores the boundary and reports differences in its parts", () => {
    const left = joined("b", field("x", '{"a":1}'), field("y", "2"));
    expect(tree(left, form("b"))).toEqual(tree(joined("q", field("y", "2"), field("x", '{"a": 1}')), form("q")));
    expect(found(left, joined("b", field("x", '{"a":2}')), form("b"))).toEqual([
      "missing $.y: object of 2 members → null",
      "value $.x.body.a: 1 → 2",
    ]);
  });

  it("keeps fields of one name in order", () => {
    const [ab, ba] = [joined("b", field("x", "a"), field("x", "b")), joined("b", field("x", "b"), field("x", "a"))];
    expect(found(ab, ba, form("b"))).toEqual(["value $.x.body: 2 values under one key → 2 values under one key"]);
  });
});

const image = (pixel: string): string => joined("b", `Content-Type: image/png\r\n\r\n${pixel}`);

/** @param name one character per byte */
function namedFile(name: string): Buffer {
  const head = `Content-Disposition: form-data;\r\n name="f"; filename="${name}"`;
  return Buffer.from(joined("b", `${head}\r\n\r\nx`), "latin1");
}

describe("multipart of other types", () => {
  const MIXED = "multipart/mixed; boundary=b";
  it("becomes an array; a part can have no headers, and nested parts", () => {
    const inner = joined("c", "Content-Type: text/plain\r\n\r\ndeep");
    const text = `preamble\r\n${joined("b", "\r\nplain\r\n\r\nlines", `Content-Type: multipart/mixed; boundary=c\r\n\r\n${inner}`)}epilogue`;
    expect(tree(text, MIXED)).toEqual([
      { headers: {}, body: "plain\r\n\r\nlines" },
      {
        headers: { "content-type": "multipart/mixed; boundary" },
        body: [{ headers: { "content-type": "text/plain" }, body: "deep" }],
      },
    ]);
  });

  it("compares images by size and hash", () => {
    expect(found(image("\u0001"), image("\u0002\u0003"), MIXED)).toEqual([
      "value $[*].body.bytes: 1 → 2",
      expect.stringMatching(/^value \$\[\*\]\.body\.sha256: "\w{64}" → "\w{64}"$/),
    ]);
  });

  it.each([
    ["without the closing boundary", "--b\r\n\r\nx\r\n", MIXED],
    ["without a boundary", "--b\r\n\r\nx\r\n--b--", "multipart/mixed"],
    ["with an unterminated part header", "--b\r\nA: 1\r\n--b--", MIXED],
  ])("is not parsed %s", (_, text, type) => {
    const [line] = found(text, joined("b", "\r\nx"), type);
    expect(line).toMatch(
      type === MIXED
        ? /^parse \$: not valid multipart data: \d+ bytes, SHA-256 \w{12}… → multipart data$/
        : /^value \$/,
    );
  });

  it("treats a boundary inside a line as text", () => {
    expect(tree(joined("b", "\r\nx --b y\r\n--bc"), MIXED)).toEqual([{ headers: {}, body: "x --b y\r\n--bc" }]);
  });

  it("is empty with only a closing boundary, which must be alone on its line", () => {
    expect(tree("--b--\r\n", form("b"))).toEqual({});
    expect(tree(joined("b", "\r\n--b--x"), MIXED)).toEqual([{ headers: {}, body: "--b--x" }]);
  });

  it("keeps bytes of header fields that are not UTF-8, and unfolds lines", () => {
    expect(Object.keys(tree(namedFile("a"), form("b")) as object)).toEqual(["f"]);
    const [line] = found(namedFile("\xe9"), namedFile("\xe8"), form("b"));
    expect(line).toContain("value $.f.headers['content-disposition']: ");
    expect(line).toMatch(/\\udce9.* → .*\\udce8/);
  });

  it("whose lines end in a line feed only is never equal to one whose lines end as RFC 2046 §4.1.1 says", () => {
    const text = joined("b", "A: 1\r\n\r\nx");
    expect(found(text, text.replaceAll("\r\n", "\n"), MIXED)).toEqual(['extra $[*].lineBreaks: null → "LF"']);
    expect(found(text, text.replace("--b\r\n", "--b\n"), MIXED)).toHaveLength(1);
    expect(found(text, text.replace("1\r\n\r\n", "1\r\n\n"), MIXED)).toHaveLength(1);
    expect(found(text, text.replace("x\r\n", "x\n"), MIXED)).toHaveLength(1);
  });

  it("stops at endless nesting and at too many parts", () => {
    let nested = "x";
    for (let level = 0; level < 1_000; level += 1)
      nested = joined("b", `Content-Type: multipart/mixed; boundary=b\r\n\r\n${nested}`);
    expect(tree(nested, MIXED)).not.toBe("tree");
    expect(tree(joined("b", ...Array.from({ length: 34_000 }, () => "\r\nx")), MIXED)).toBe(
      "too many values to compare",
    );
  });
});
