import { describe, expect, it } from "vitest";
import type { Spec } from "../../tree/json-spec.ts";
import { canonicalJson } from "./canonical-json.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import { changedJson, randomJson, writeJson } from "./random-json.ts";

/** Prefixes, and calls with the text after their JSON. */
const WRAPPERS = [
  ["", ""],
  ["", ""],
  [")]}'\n", ""],
  [")]}',\n", ""],
  ["for(;;);", ""],
  ["for (;;);", ""],
  ["while(1);", ""],
  ["{}&&", ""],
  ["cb(", ")"],
  ["a.b[1](", ")"],
  ["/**/cb(", ")"],
  ["typeof cb === 'function' && cb(", ")"],
] as const;

interface WrappedDocument {
  readonly wrapper: readonly [before: string, after: string];
  readonly spec: Spec;
}

const JSON_FORMAT: ExactFormat<WrappedDocument> = {
  create: (random) => ({ wrapper: random.pick(WRAPPERS), spec: randomJson(random) }),
  change: ({ wrapper, spec }, random) =>
    random.chance(0.2) ? { wrapper: random.pick(WRAPPERS), spec } : { wrapper, spec: changedJson(spec, random) },
  write: ({ wrapper: [before, after], spec }, random) => {
    const end = after === "" ? "" : random.pick([after, `${after};`, ` ${after} ;\n`]);
    // White space after a prefix belongs to it.
    const text = before === "" || after !== "" ? writeJson(spec, random) : writeJson(spec, random).trimStart();
    return { type: "application/json", content: `${before}${text}${end}` };
  },
  canonical: ({ content }, { wrapper: [before, after] }) => {
    const text = String(content).slice(before.length);
    const json = canonicalJson(after === "" ? text : text.slice(0, text.lastIndexOf(after)));
    if (json === undefined) throw new Error(`no JSON: ${String(content)}`);
    return `${before} ${json}`;
  },
};

describe("JSON", () => {
  it("matches exactly if jsonc-parser reads the same values from it, and the prefix or callback is the same", async () => {
    const { pairs, equal, different } = await comparePairs(JSON_FORMAT, 1);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});

const LINES_FORMAT: ExactFormat<{ readonly isSequence: boolean; readonly specs: readonly Spec[] }> = {
  create: (random) => ({ isSequence: random.chance(0.5), specs: random.list(4, () => randomJson(random, 2), 1) }),
  change: (document, random) => ({
    ...document,
    specs: random.changed(
      document.specs,
      () => randomJson(random, 1),
      (spec) => changedJson(spec, random),
    ),
  }),
  write: ({ isSequence, specs }, random) => {
    const blank = (): string => (random.chance(0.2) ? random.pick(["\n", " \r\n", "\t\n\n"]) : "");
    if (isSequence) {
      const content = specs
        .map((spec) => `\u001E${random.pick(["", "\n\u001E"])}${writeJson(spec, random)}\n`)
        .join("");
      return { type: "application/json-seq", content };
    }
    const lines = specs.map((spec) => `${blank()}${writeJson(spec, random, false)}${random.pick(["\n", "\r\n"])}`);
    const text = lines.join("");
    return { type: "application/x-ndjson", content: random.chance(0.3) ? text.trimEnd() : text };
  },
  canonical: ({ content, type }) => {
    const texts = String(content).split(type.endsWith("seq") ? "\u001E" : "\n");
    return texts
      .filter((text) => !/^[ \t\r\n]*$/.test(text))
      .map(canonicalJson)
      .join("\n");
  },
};

describe("JSON Lines and JSON text sequences", () => {
  it("match exactly if jsonc-parser reads the same values from each line or record", async () => {
    const { pairs, equal, different } = await comparePairs(LINES_FORMAT, 2);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
