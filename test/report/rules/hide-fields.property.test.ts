import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  nat,
  option,
  asyncProperty,
  record,
  type Arbitrary,
} from "fast-check";
import { describe, expect, it } from "vitest";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { Report } from "../../../src/model/report.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { OutcomeRow } from "../../../src/store/store.ts";
import { context, memoryReader, rule, RUN, statusPairs, type Rows } from "../memory-reader.ts";
import { buildReport } from "../../../src/report/build-report.ts";

const PLACES: readonly Pick<DifferingField, "section" | "path" | "kind">[] = [
  { section: "body", path: "$.price", kind: "value" },
  { section: "body", path: "$.price", kind: "missing" },
  { section: "body", path: "$.price.amount", kind: "value" },
  { section: "body", path: "$.now", kind: "value" },
  { section: "body", path: "$.items[*].id", kind: "extra" },
  { section: "header", path: "etag", kind: "header" },
  { section: "status", path: "$", kind: "status" },
];

const RULES: readonly Rule[] = [
  rule("$.price", { endpoint: "GET /a" }),
  rule("$.price", { kind: "missing", endpoint: "GET /a" }),
  rule("$..id", { endpoint: "**" }),
  rule("etag", { section: "header", endpoint: "GET /a" }),
  rule("$", { section: "status", endpoint: "GET /a" }),
  rule("$.now", { action: { type: "only" }, endpoint: "GET /*" }),
];

/** What each rule hides, written out for these fields. */
const HIDES: readonly ((endpoint: string, field: Pick<DifferingField, "section" | "path" | "kind">) => boolean)[] = [
  (endpoint, { path }) => endpoint === "GET /a" && path.startsWith("$.price"),
  (endpoint, { path, kind }) => endpoint === "GET /a" && path === "$.price" && kind === "missing",
  (_, { path }) => path === "$.items[*].id",
  (endpoint, { path }) => endpoint === "GET /a" && path === "etag",
  (endpoint, { section }) => endpoint === "GET /a" && section === "status",
  (_, { section, path }) => section === "body" && path !== "$.now",
];

const markOf = constantFrom("raw" as const, "noise" as const, "both" as const);

const row: Arbitrary<OutcomeRow> = record({
  endpoint: constantFrom("GET /a", "GET /b"),
  paired: boolean(),
  marks: array(option(markOf, { nil: undefined }), { minLength: PLACES.length, maxLength: PLACES.length }),
  overflow: boolean(),
  count: integer({ min: 1, max: 3000 }),
}).map(({ endpoint, paired, marks, overflow, count }) => ({
  route: "default",
  endpoint,
  candidate: "v2",
  paired,
  fields: PLACES.flatMap((place, index) => {
    const mark = paired ? marks[index] : marks[index] && "raw";
    return mark === undefined ? [] : [{ ...place, mark }];
  }),
  overflow,
  beyondCap: false,
  count,
}));

/** Without samples and earlier runs, nothing is kept in the cache, which takes longer to create than a report. */
const CONTEXT = context();

function reportOf(rows: Rows): Promise<Report> {
  return buildReport(memoryReader(rows), RUN, "v2", CONTEXT);
}

/** The part of a report that is about visible fields and does not depend on raw counts. */
function essence({ endpoints, rules: _rules, accounting: _raw, ...report }: Report) {
  return {
    ...report,
    endpoints: endpoints.map(({ matched: _m, differed: _d, statusFlips: _s, ...endpoint }) => ({
      ...endpoint,
      causes: endpoint.causes.filter(({ rule: hiding }) => hiding === null),
      differences: endpoint.differences.filter(({ rule: hiding }) => hiding === null),
    })),
  };
}

describe("rules in reports", () => {
  it("give exactly the report of a field that never differed, and change nothing once they are removed", async () => {
    await assert(
      asyncProperty(array(row, { maxLength: 30 }), nat({ max: RULES.length - 1 }), async (outcomes, chosen) => {
        const own = { ...(RULES[chosen] ?? rule("$")), id: "rule-x" };
        const never = outcomes.map((each) => ({
          ...each,
          fields: each.fields.filter((field) => HIDES[chosen]?.(each.endpoint, field) !== true),
        }));
        const statuses = [
          statusPairs(200, 404, 7, { endpoint: "GET /a" }),
          statusPairs(200, 500, 7, { endpoint: "GET /a" }),
          statusPairs(200, 200, 900, { endpoint: "GET /b" }),
        ];
        const equal = statuses.map((pair) => (pair.endpoint === "GET /a" ? { ...pair, other: 200 } : pair));
        const hidesStatus = chosen === 4;
        const before = await reportOf({ outcomes, statuses });
        const under = await reportOf({ outcomes, statuses, rules: [own] });
        expect(essence(under)).toEqual(
          essence(await reportOf({ outcomes: never, statuses: hidesStatus ? equal : statuses })),
        );
        // Raw counts do not change.
        expect(under.accounting).toEqual(before.accounting);
        expect(await reportOf({ outcomes, statuses })).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});
