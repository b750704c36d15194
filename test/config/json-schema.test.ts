import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configurationSchema } from "../../src/config/json-schema.ts";

const ROOT = join(import.meta.dirname, "../..");
const COMMITTED = JSON.parse(readFileSync(join(ROOT, "docs/shadowdiff.schema.json"), "utf8")) as object;
const validate = new Ajv({ allErrors: true }).compile(COMMITTED);

/** The locations at which the schema finds an error. */
function wrongPlaces(text: string): readonly string[] {
  validate(parse(text));
  return [...new Set((validate.errors ?? []).map(({ instancePath }) => instancePath))];
}

const ROUTED = "subsets: { v1: { url: 'http://a:1' } }\n";

describe("docs/shadowdiff.schema.json", () => {
  it("is what `npm run schema` writes", () => {
    expect(COMMITTED).toEqual(structuredClone(configurationSchema()));
  });

  const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".yaml"));
  it.each([...examples.map((name) => `examples/${name}`), "deploy/compose/shadowdiff.yaml"])("accepts %s", (file) => {
    expect(wrongPlaces(readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
  });

  it.each(examples)("examples/%s refers editors to the schema", (name) => {
    const [first] = readFileSync(join(ROOT, "examples", name), "utf8").split("\n", 1);
    expect(first).toBe("# yaml-language-server: $schema=../docs/shadowdiff.schema.json");
  });

  it("accepts Istio documents instead of routes", () => {
    const text = "istio: [a.yaml]\naddresses: { reviews/v1: 'http://a:1', reviews/v2: ['http://b:1', 'http://b:2'] }\n";
    expect(wrongPlaces(`${text}mirrors: { methods: [GET, POST], secondary: { url: 'http://c:1' } }\n`)).toEqual([]);
  });

  it.each([
    ["", [""]],
    ["subsets: {}\n", [""]],
    [`${ROUTED}routes: []\n`, ["/routes"]],
    [`${ROUTED}routes: [{ primary: [{ weight: 5 }] }]\n`, ["/routes/0/primary/0"]],
    [`${ROUTED}routes: [{ primary: [{ subset: v1, weight: -1 }] }]\n`, ["/routes/0/primary/0/weight"]],
    [`${ROUTED}routes: [{ primry: [{ subset: v1 }] }]\n`, ["/routes/0"]],
    [`${ROUTED}routes: [{ candidates: [{ subset: v1, percent: 101 }] }]\n`, ["/routes/0/candidates/0/percent"]],
    [
      `${ROUTED}routes: [{ match: [{ method: { exact: get } }] }]\n`,
      ["/routes/0/match/0/method", "/routes/0/match/0/method/exact"],
    ],
    [`${ROUTED}routes: [{ fault: { on: everyone } }]\n`, ["/routes/0/fault/on"]],
    [`${ROUTED}routes: [{ timeout: 5 }]\n`, ["/routes/0/timeout"]],
    ["istio: [a]\nlisten: 8080\n", ["/listen"]],
    ["istio: [a]\ngate: { parity: 2 }\n", ["/gate/parity"]],
    ["istio: [a]\ncompare: { rules: [{ action: ignroe }] }\n", ["/compare/rules/0", "/compare/rules/0/action"]],
    ["istio: [a]\ncapture: { maxBodyBytes: 1 MB! }\n", ["/capture/maxBodyBytes"]],
  ])("%j is rejected at its position", (text, places) => {
    const found = wrongPlaces(text === "" ? "{}" : text);
    expect(found).toEqual(expect.arrayContaining(places));
    expect(found).not.toEqual([]);
  });

  it("contains descriptions and defaults", () => {
    const { properties } = COMMITTED as { properties: Record<string, { properties: Record<string, object> }> };
    expect(properties["listen"]).toMatchObject({
      description: "address for client requests",
      default: "127.0.0.1:8080",
    });
    expect(properties["gate"]?.properties["parity"]).toMatchObject({
      type: "number",
      minimum: 0,
      maximum: 1,
      default: 0.999,
    });
    expect(properties["mirrors"]?.properties["methods"]).toMatchObject({ default: ["GET", "HEAD", "OPTIONS"] });
    expect(properties["retention"]?.properties["maxAge"]).toMatchObject({ default: "14d" });
  });
});
