import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { describe, expect, it } from "vitest";
import { reportJsonSchema } from "../../../src/admin/schemas/report-json-schema.ts";
import { renderReport } from "../../../src/commands/report/render-report.ts";
import type { DetailSource } from "../../../src/report/details/detail-source.ts";
import type { Report } from "../../../src/model/report.ts";
import { reportAgainstBaseline } from "../../../src/report/baseline/report-against.ts";
import { FAILING } from "../../report/render/failing-rows.ts";
import { context, EARLIER_RUN, memoryReader, outcome, reportOf, RUN } from "../../report/memory-reader.ts";

const COMMITTED = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../docs/report.schema.json"), "utf8"),
) as object;

/** The same schema, but without further properties: what a report has and the schema does not name is an error. */
function closed(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const own = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return "properties" in own ? { additionalProperties: false, ...own } : own;
}

const validateOpen = new Ajv({ allErrors: true }).compile(COMMITTED);
const validateClosed = new Ajv({ allErrors: true }).compile(closed(COMMITTED) as object);

/** JSON has no details. */
const notNeeded = () => Promise.reject(new Error("not needed"));
const details: DetailSource = { samples: notNeeded, latency: notNeeded, explain: notNeeded, isolations: notNeeded };

/** The report as a program reads it. */
async function printed(report: Report): Promise<unknown> {
  return JSON.parse(
    await renderReport({ report, details }, "json", { color: false, diffy: false, markdownFor: "comment" }),
  );
}

function placesOf(errors: readonly ErrorObject[] | null | undefined): readonly string[] {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe("docs/report.schema.json", () => {
  it("is what `npm run schema` writes", () => {
    expect(COMMITTED).toEqual(structuredClone(reportJsonSchema()));
  });

  it.each([
    ["that fails", FAILING],
    ["without traffic", {}],
    ["that passes", { outcomes: [outcome(5000, [])] }],
  ])("names every property of a report %s", async (_, rows) => {
    const report = await printed(await reportOf(rows));
    validateClosed(report);
    expect(placesOf(validateClosed.errors)).toEqual([]);
    expect(validateOpen(report)).toBe(true);
  });

  it("names every property of a report against a baseline", async () => {
    const source = { run: RUN, baseline: EARLIER_RUN, candidate: "v2" };
    const reader = memoryReader({ ...FAILING, earlier: FAILING });
    const report = await printed(await reportAgainstBaseline(reader, source, context()));
    expect(report).toMatchObject({ baseline: { id: EARLIER_RUN.id } });
    validateClosed(report);
    expect(placesOf(validateClosed.errors)).toEqual([]);
  });

  it("accepts what a later version adds, and rejects another version, a wrong type and a missing part", async () => {
    const report = (await printed(await reportOf(FAILING))) as object;
    expect(validateOpen({ ...report, added: { later: 1 } })).toBe(true);
    validateOpen({ ...report, version: 2, verdict: "maybe", accounting: undefined });
    expect(placesOf(validateOpen.errors).toSorted()).toEqual([
      " must have required property 'accounting'",
      "/verdict must be equal to one of the allowed values",
      "/version must be equal to constant",
    ]);
  });
});
