import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { importOpenApi, type ImportOpenApiOptions } from "../../../src/commands/import/import-openapi.ts";
import { loadConfig } from "../../../src/config/load-config.ts";

const CALCULATOR = join(import.meta.dirname, "../../../examples/openapi/calculator.yaml");

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-import-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function imported(file: string, options: ImportOpenApiOptions = {}) {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await importOpenApi(file, options, io);
  return { code, out, err };
}

/** The operations as the YAML of the document names them, read without the code under test. */
function operations(base = ""): readonly string[] {
  const { paths } = parse(readFileSync(CALCULATOR, "utf8")) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((key) => key !== "parameters")
      .map((method) => `${method.toUpperCase()} ${base}${path}`),
  );
}

describe("import openapi", () => {
  it("prints a configuration that names every operation, and that loads", async () => {
    const { code, out, err } = await imported(CALCULATOR);
    expect([code, err]).toEqual([0, ""]);
    const flags = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
    const { compare } = loadConfig({ file: { path: "a.yaml", text: out }, flags, env: {} });
    expect(compare.endpoints.toSorted()).toEqual(operations().toSorted());
  });

  it("writes a file with another base path", async () => {
    const output = join(folder, "new/shadowdiff.yaml");
    const { code, out, err } = await imported(CALCULATOR, { basePath: "/v2/", output });
    expect([code, out, err]).toEqual([0, "", `${output}: 11 endpoints\n`]);
    const { compare } = parse(readFileSync(output, "utf8")) as { compare: { endpoints: readonly string[] } };
    expect(compare.endpoints.toSorted()).toEqual(operations("/v2").toSorted());
  });

  it("exits with 2 and a line for each problem, with its place", async () => {
    const file = join(folder, "bad.yaml");
    const schemas = "{ a: { type: int }, b: { type: text } }";
    const content = `{ application/json: { schema: { properties: ${schemas} } } }`;
    writeFileSync(file, `openapi: 3.1.0\npaths:\n  /a: { get: { responses: { 200: { content: ${content} } } } }\n`);
    const { code, out, err } = await imported(file);
    expect([code, out]).toEqual([2, ""]);
    expect(err.split("\n").map((line) => line.replace(/^.*?:3:\d+ .*schema\./, ""))).toEqual([
      "properties.a.type: must be equal to one of the allowed values (allowed: array, boolean, integer, null, number, object, string)",
      "properties.b.type: must be equal to one of the allowed values (allowed: array, boolean, integer, null, number, object, string)",
      "",
    ]);
    const wrong = await imported(CALCULATOR, { basePath: "v2" });
    const line = '--base-path: "v2" is not a valid path (allowed: a path that begins with a slash, like /v1)\n';
    expect(wrong).toEqual({ code: 2, out: "", err: line });
  });
});
