import { describe, expect, it } from "vitest";
import { renderComparison } from "../../src/report/render/text/render-comparison.ts";
import { compareRuns, runBefore } from "../../src/report/compare-runs.ts";
import { context, EARLIER_RUN, memoryReader, ORDERS, outcome, related, rule, RUN, type Rows } from "./memory-reader.ts";

const PRICE = "body $.price value raw";
const TOTAL = "body $.total value raw";
const ETAG = "header etag header raw";

function compared(before: Rows, after: Rows, run = RUN) {
  return compareRuns(memoryReader({ ...after, earlier: before }), [EARLIER_RUN, run], "v2", context());
}

describe("compareRuns", () => {
  it("lists new, fixed and remaining causes with their shares before and after", async () => {
    const result = await compared(
      { outcomes: [outcome(800, []), outcome(100, [PRICE]), outcome(100, [ETAG])] },
      {
        outcomes: [outcome(400, []), outcome(50, [PRICE]), outcome(50, [TOTAL]), outcome(9, ["body $.now value both"])],
      },
    );
    expect(result.still).toMatchObject([{ endpoint: ORDERS, title: "body $.price (changed)", before: 0.1 }]);
    expect(result.new).toMatchObject([{ title: "body $.total (changed)", before: 0, after: 50 / 509 }]);
    expect(result.fixed).toMatchObject([{ title: "header etag (changed)", before: 0.1, after: 0 }]);
    expect(result.unseen).toEqual([]);
  });

  it("matches fields that are grouped differently, and reports a new look as new", async () => {
    const before: Rows = { outcomes: [outcome(100, [PRICE, TOTAL])] };
    expect(await compared(before, { outcomes: [outcome(70, [PRICE]), outcome(30, [TOTAL])] })).toMatchObject({
      new: [],
      fixed: [],
      still: [{ title: "body $.price (changed)" }, { title: "body $.total (changed)" }],
    });
    const looksOther = { outcomes: [outcome(100, [PRICE])], relations: [related(100, "body $.price value rounding")] };
    expect(await compared({ outcomes: [outcome(100, [PRICE])] }, looksOther)).toMatchObject({
      new: [{}],
      fixed: [],
      still: [],
    });
  });

  it("does not call a cause fixed that had too little traffic to show", async () => {
    const before: Rows = { outcomes: [outcome(99, []), outcome(1, [PRICE])] };
    expect(await compared(before, { outcomes: [outcome(298, [])] })).toMatchObject({ fixed: [], unseen: [ORDERS] });
    expect(await compared(before, { outcomes: [outcome(299, [])] })).toMatchObject({ fixed: [{}], unseen: [] });
    expect(await compared(before, { outcomes: [outcome(900, [], { endpoint: "GET /x" })] })).toMatchObject({
      unseen: [ORDERS],
    });
  });

  it("judges both runs by the rules of the later one, so that a new rule fixes nothing", async () => {
    const rules = [rule("$.price", { source: "configuration", createdAt: null })];
    const rows: Rows = { outcomes: [outcome(900, []), outcome(100, [PRICE])] };
    expect(await compared(rows, rows, { ...RUN, rules })).toMatchObject({ new: [], fixed: [], still: [], unseen: [] });
  });

  it("is rendered with a section for each group", async () => {
    const result = await compared(
      { outcomes: [outcome(900, []), outcome(100, [PRICE])] },
      { outcomes: [outcome(900, []), outcome(100, [TOTAL])] },
    );
    expect(renderComparison(result))
      .toBe(`calculator 2 (2026-11-19T10-00-00-ab11) candidate=2.4.0 → calculator 2 (2026-11-20T10-00-00-ab12)
  candidate=2.4.0

new (1)
  GET /orders/{id}: body $.total (changed)
    0% → 10% of responses

fixed (1)
  GET /orders/{id}: body $.price (changed)
    10% → 0% of responses
`);
  });

  it("finds the run before by start and candidate", async () => {
    expect((await runBefore(memoryReader({ earlier: {} }), RUN, "v2"))?.id).toBe(EARLIER_RUN.id);
    expect(await runBefore(memoryReader({ earlier: {} }), RUN, "v3")).toBeUndefined();
  });
});
