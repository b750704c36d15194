import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import { recompare } from "../../../src/compare/recompare.ts";
import { CONFIG, KEY, batch, capture, exchange, mirrored } from "../build-exchanges.ts";
import { found, tree } from "./bodies.ts";
import { zstdDecompressSync } from "node:zlib";

const JSON_TYPE = "application/json";
const SCRIPT = "application/javascript";

describe("JSON behind a prefix", () => {
  it.each([
    ")]}'\n",
    ")]}',\n",
    ")]}', ",
    "while(1);",
    "while(true);",
    "for(;;);",
    "for (;;);",
    "{}&&",
    "{} && ",
    "throw 1; <don't be evil>\n",
  ])("is read as JSON: %j", (prefix) => {
    for (const type of [JSON_TYPE, SCRIPT, "text/plain", "text/html", ""]) {
      expect(tree(`${prefix}{"a":[1]}`, type)).toEqual({ a: [1] });
      expect(found(`${prefix}{"a":1,"b":2}`, `${prefix}{"b":2, "a":1.0}`, type)).toEqual([]);
      expect(found(`${prefix}{"a":1}`, `${prefix}{"a":2}`, type)).toEqual(["value $.a: 1 → 2"]);
      expect(found(`${prefix}{"a":1}`, '{"a":1}', type)).toEqual([
        `missing $.$prefix: ${JSON.stringify(prefix)} → null`,
      ]);
    }
    expect(tree(`${prefix}true`, JSON_TYPE)).toBe(true);
  });

  it("differs where the prefix is written differently, since clients cut it off by its length", () => {
    expect(found(")]}'\n[1]", ")]}',\n[1]", JSON_TYPE)).toEqual([`value $.$prefix: ")]}'\\n" → ")]}',\\n"`]);
  });

  it.each([")]}'", ")]}'\n{", "while(1);x", "{}&&", ")]}'\n[1] x"])("is text when no JSON follows: %j", (text) => {
    expect(tree(text, "text/plain")).toBe("text");
    expect(found(text, "[1]", JSON_TYPE)).toEqual(["parse $: not valid JSON → JSON"]);
  });
});

describe("JSONP", () => {
  it.each([
    ["cb({A});", {}],
    ["  cb ( {A} ) ;\n", {}],
    ["/**/cb({A})", { $prefix: "/**/" }],
    ["/**/ typeof cb === 'function' && cb({A});", { $prefix: "/**/ typeof $callback === 'function' &&" }],
    ["cb && cb({A});", { $prefix: "$callback &&" }],
  ])("is read as JSON: %s", (pattern, more) => {
    const [one, other] = [pattern.replace("{A}", '{"a":[1]}'), pattern.replaceAll("cb", "x.y[0]")];
    for (const type of [JSON_TYPE, SCRIPT, "text/javascript; charset=utf-8", "text/plain", ""]) {
      expect(tree(one, type)).toEqual({ a: [1] });
      const [line, ...others] = found(one, '{"a":[2]}', type);
      expect(line).toBe('missing $.$callback: "cb" → null');
      const prefixes = Object.values(more).map((text) => `missing $.$prefix: ${JSON.stringify(text)} → null`);
      expect(others).toEqual([...prefixes, "value $.a[*]: 1 → 2"]);
      expect(found(one, other.replace("{A}", '{ "a": [1] }'), type)).toEqual(['value $.$callback: "cb" → "x.y[0]"']);
    }
  });

  it("of a scalar is read under the types of JSON and JavaScript only", () => {
    expect(tree('cb("a")', SCRIPT)).toBe("a");
    expect(tree('cb("a")', "text/plain")).toBe("text");
  });

  it.each(["cb({A}, 2)", "cb({A}) + 1", "f(); cb({A})", "if({A})b", "cb({A}", "new cb({A})"])(
    "other scripts are text: %s",
    (pattern) => {
      expect(tree(pattern.replace("{A}", '{"a":1}'), SCRIPT)).toBe("text");
    },
  );
});

const sampleOf = (type: string, primary: string, candidate: string) => {
  const headers = ["Content-Type", type];
  const responses = { primary: capture(primary, { headers }), candidates: [mirrored(candidate, { headers })] };
  const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
  const [sample] = comparer.compare(batch(exchange({ target: "/", method: "GET", ...responses }))).samples;
  if (sample === undefined) throw new Error("no sample");
  return sample;
};

describe("a stored response", () => {
  it.each([
    [")]}'\n", ""],
    ["/**/cb(", ");"],
  ])("keeps %j around its JSON, with secrets masked, and can be compared again", (before, after) => {
    const text = (value: number): string => `${before}{"password":"hunter2","a":${value}}${after}`;
    const sample = sampleOf(SCRIPT, text(1), text(2));
    const stored = zstdDecompressSync(sample.legs.primary.body.content).toString();
    expect(stored).toMatch(/^.*\{"password":"\[redacted:\w{8}\]","a":1\}(?:\);)?$/s);
    expect(stored.startsWith(before)).toBe(true);
    expect(sample.fields).toEqual([{ section: "body", path: "$.a", kind: "value", mark: "raw" }]);
    expect(recompare(sample, [])).toEqual(sample.fields);
  });

  it("can be compared again for its callback", () => {
    const sample = sampleOf(JSON_TYPE, "a([1])", "b([1])");
    expect(sample.fields).toEqual([{ section: "body", path: "$.$callback", kind: "value", mark: "raw" }]);
    expect(recompare(sample, [])).toEqual(sample.fields);
  });
});
