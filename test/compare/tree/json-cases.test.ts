import { describe, expect, it } from "vitest";
import { ExactNumber } from "../../../src/compare/tree/exact-number.ts";
import { Duplicates, type Json } from "../../../src/compare/tree/json-tree.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import { INVALID, VALID } from "./json-cases.ts";

const valid = Object.entries(VALID);
const invalid = Object.entries(INVALID);
const cases = [...valid, ...invalid].reduce((sum, [, all]) => sum + all.length, 0);

function shown(value: Json): string {
  if (value instanceof ExactNumber) return value.canonical;
  if (value instanceof Duplicates) return `<${value.values.map(shown).join("|")}>`;
  if (Array.isArray(value)) return `[${value.map(shown).join(",")}]`;
  if (typeof value === "number") return shownNumber(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${shown(value[key] as Json)}`).join(",")}}`;
}

/** The shortest decimal that parses to a double, without zeros at either end. */
function shownNumber(value: number): string {
  if (value === 0) return "0";
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  return `${digits}e${Number(exponent) - (mantissa.split(".")[1]?.length ?? 0)}`;
}

describe(`parseJson: ${cases} cases of RFC 8259`, () => {
  it("has at least 250 distinct cases", () => {
    const texts = [...valid.flatMap(([, all]) => all.map(([text]) => text)), ...invalid.flatMap(([, all]) => all)];
    expect(texts.length).toBeGreaterThanOrEqual(250);
    expect(new Set(texts).size).toBe(texts.length);
  });

  describe.each(valid)("accepts %s", (_, all) => {
    it.each(all)("%j", (text, kept) => {
      const parsed = parseJson(text);
      expect(parsed && shown(parsed.value)).toBe(kept);
    });
  });

  describe.each(invalid)("rejects %s", (_, all) => {
    it.each(all.map((text) => [text]))("%j", (text) => {
      expect(parseJson(text)).toBeUndefined();
    });
  });

  it("distinguishes keys that V8's parser confuses after a key with a backslash", () => {
    expect(shown(parseJson('[{"\\n":0,"\\\\":0}]')?.value ?? null)).toBe(
      '[{"\\n":0e0,"\\\\":0e0}]'.replaceAll("0e0", "0"),
    );
    expect(shown(parseJson('[{"\\n":0,"\\"":0}]')?.value ?? null)).toBe('[{"\\n":0,"\\"":0}]');
  });
});
