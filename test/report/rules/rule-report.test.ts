import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import type { Review } from "../../../src/model/review.ts";
import type { Sample } from "../../../src/model/sample.ts";
import { previewReviews } from "../../../src/report/preview/preview-reviews.ts";
import { previewRules } from "../../../src/report/preview/preview-rules.ts";
import { batch, capture, CONFIG, exchange, KEY, mirrored } from "../../compare/build-exchanges.ts";
import { context, memoryReader, NOW, ORDERS, outcome, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

const PRICE = "body $.price value raw";
const CASE = "body $.name value raw";

const source = (rows: Rows) => ({ reader: memoryReader(rows), run: RUN, candidate: "v2" });

/** A kept exchange of ORDERS with these response bodies. */
function kept(id: string, primary: object, candidate: object, at = RUN.startedAt): Sample {
  const one = exchange({
    id,
    at,
    target: "/orders/7",
    primary: capture(JSON.stringify(primary)),
    candidates: [mirrored(JSON.stringify(candidate))],
  });
  const [sample] = createComparer({ config: CONFIG, redactionKey: KEY }).compare(batch(one)).samples;
  if (sample === undefined) throw new Error("no sample was kept");
  return { ...sample, endpoint: ORDERS };
}

/** Kept exchanges that differ in case only, and in more. */
const ann = (id: string): Sample => kept(id, { name: "ann" }, { name: "Ann" });
const bob = (id: string): Sample => kept(id, { name: "ann" }, { name: "bob" });

describe("rules that act on reports", () => {
  const outcomes = [outcome(4900, []), outcome(60, [PRICE, CASE]), outcome(40, [PRICE])];

  it("count the exchanges in which they hide something, and name the fields", async () => {
    const report = await reportOf({ outcomes, rules: [rule("$.price")] });
    expect(report.rules).toMatchObject([{ state: "active", hits: 100, past: null }]);
    expect(report.endpoints[0]?.differences.map(({ path, rule: id, count }) => [path, id, count])).toEqual([
      ["$.name", null, 60],
      ["$.price", "rule-1", 100],
    ]);
    expect(report.endpoints[0]).toMatchObject({ matched: 4900, differed: 100, parity: { rate: 0.988 } });
    expect(report.endpoints[0]?.causes.map(({ rule: id }) => id)).toEqual([null, "rule-1"]);
  });

  it("are not applied after they expired, and are dead if they never hide anything", async () => {
    const rules = [
      rule("$.price", { expiresAt: NOW }),
      rule("$.gone", { id: "rule-2" }),
      rule("$.gone", { id: "rule-3", endpoint: "GET /rare" }),
      rule("$.name", { id: "rule-4", action: { type: "ignore-case" } }),
    ];
    const ruleHits = [{ rule: "rule-4", route: "default", endpoint: ORDERS, candidate: "v2", count: 12 }];
    expect((await reportOf({ outcomes, rules, ruleHits })).rules.map(({ state, hits }) => [state, hits])).toEqual([
      ["expired", 0],
      ["dead", 0],
      ["active", 0],
      ["active", 12],
    ]);
  });
});

describe("rules that were added after the comparison", () => {
  const ignoreCase = rule("$.name", { action: { type: "ignore-case" }, createdAt: NOW });
  const outcomes = [outcome(4900, []), outcome(100, [CASE])];

  it("explain a field if every kept exchange with it agrees under them", async () => {
    const report = await reportOf({ outcomes, rules: [ignoreCase], samples: [ann("a"), ann("b")] });
    expect(report.verdict).toBe("pass");
    expect(report.rules).toMatchObject([{ state: "active", hits: 100, past: { samples: 2, explained: 2 } }]);
    expect(report.endpoints[0]?.differences).toMatchObject([{ path: "$.name", rule: "rule-1", count: 100 }]);
  });

  it("explain nothing if one exchange still differs or none was kept, and say so", async () => {
    const mixed = await reportOf({ outcomes, rules: [ignoreCase], samples: [ann("a"), bob("b"), ann("c")] });
    expect(mixed.verdict).toBe("fail");
    expect(mixed.rules).toMatchObject([{ hits: 0, past: { samples: 3, explained: 2 } }]);
    expect(await reportOf({ outcomes, rules: [ignoreCase] })).toMatchObject({
      verdict: "fail",
      rules: [{ state: "active", past: { samples: 0, explained: 0 } }],
    });
  });

  it("are not checked against samples of a run that they were in force for", async () => {
    const held = { ...ignoreCase, createdAt: RUN.startedAt };
    const report = await reportOf({ outcomes, rules: [held], samples: [ann("a")] });
    expect(report.rules).toMatchObject([{ past: null }]);
    expect(report.verdict).toBe("fail");
    const configured = { ...ignoreCase, source: "configuration", createdAt: null } as const;
    const withConfigured = { ...RUN, rules: [configured] };
    expect((await reportOf({ outcomes, samples: [ann("a")] }, withConfigured)).rules).toMatchObject([{ past: null }]);
  });

  it("compare at most as many exchanges again as one report may, and continue in the next one", async () => {
    const rows: Rows = { outcomes, rules: [ignoreCase], samples: [ann("a"), ann("b")] };
    const bounded = { ...context(), cache: Object.assign(context().cache, { maxComparedAgain: 1 }) };
    const preview = { ...ignoreCase, id: "preview" };
    const first = await previewRules(source({ ...rows, rules: [] }), [preview], bounded);
    expect(first).toMatchObject({ exchanges: 0, basis: { type: "samples", samples: 1, explained: 1 } });
    const second = await previewRules(source({ ...rows, rules: [] }), [preview], bounded);
    expect(second).toMatchObject({ exchanges: 100, basis: { type: "samples", samples: 2, explained: 2 } });
  });

  it("are compared again once, whatever rule is previewed next, and not again when the previewed one is added", async () => {
    const samples = [ann("a"), ann("b")];
    const bounded = { ...context(), cache: Object.assign(context().cache, { maxComparedAgain: 1 }) };
    const show = (own: typeof ignoreCase, rules: (typeof ignoreCase)[]) =>
      previewRules(source({ outcomes, rules, samples }), [own], bounded);
    await show({ ...ignoreCase, id: "preview-1" }, []);
    expect(await show({ ...ignoreCase, id: "preview-2" }, [])).toMatchObject({ exchanges: 100, noLongerCounting: 100 });
    const ignored = rule("$.other", { id: "preview-3" });
    expect(await show(ignored, [ignoreCase])).toMatchObject({ exchanges: 0, noLongerCounting: 0 });
    const other = rule("$.x", { ...ignoreCase, id: "preview-4", path: "$.other" });
    expect(await show(other, [ignoreCase])).toMatchObject({ exchanges: 0, noLongerCounting: 0 });
  });
});

describe("previewRules", () => {
  const outcomes = [
    outcome(4900, []),
    outcome(60, [PRICE, CASE]),
    outcome(40, [PRICE]),
    outcome(5, [PRICE], { endpoint: "GET /other" }),
  ];
  const preview = (more: Parameters<typeof rule>[1], rows: Rows = {}) =>
    previewRules(source({ outcomes, ...rows }), [rule("$.price", { id: "new", ...more })], context());

  it("counts exactly what an ignore rule hides, and how many exchanges it excuses", async () => {
    expect(await preview({ endpoint: "**" })).toEqual({
      exchanges: 105,
      differences: 105,
      noLongerCounting: 45,
      counting: { before: 105, after: 60 },
      verdict: { before: "fail", after: "fail" },
      endpoints: [
        { endpoint: ORDERS, exchanges: 100, fields: ["body $.price (changed)"] },
        { endpoint: "GET /other", exchanges: 5, fields: ["body $.price (changed)"] },
      ],
      denied: [],
      basis: { type: "exact" },
      overBroad: null,
    });
  });

  it("counts nothing that another rule already hides", async () => {
    expect(await preview({ endpoint: "**" }, { rules: [rule("$.price")] })).toMatchObject({
      exchanges: 5,
      noLongerCounting: 5,
    });
  });

  it("warns of a denied cause and of a rule that hides everything", async () => {
    const fields = [{ section: "body", path: "$.price", kind: "value", relation: null }] as const;
    const review = { signature: "x", decision: "denied", endpoints: [ORDERS], title: "price", fields } as const;
    const reviews = [{ ...review, reason: "money", by: "bob", at: NOW, expiresAt: null }];
    const broad = await preview({ path: "$" }, { reviews });
    expect(broad.denied).toEqual([{ endpoint: ORDERS, title: "body $.price (changed)" }]);
    expect(broad.overBroad).toMatch(/^It hides every difference in the body of GET/);
    expect(broad.noLongerCounting).toBe(0);
  });

  it("says what several rules hide together, and which verdict follows", async () => {
    const together = [rule(["$.price", "$.other"], { id: "new-1" }), rule("$.name", { id: "new-2", endpoint: "**" })];
    const shown = await previewRules(source({ outcomes: outcomes.slice(0, 3) }), together, context());
    expect(shown).toMatchObject({ exchanges: 100, differences: 160, counting: { before: 100, after: 0 } });
    expect(shown.verdict).toEqual({ before: "fail", after: "pass" });
    expect(shown.endpoints).toEqual([
      { endpoint: ORDERS, exchanges: 100, fields: ["body $.name (changed)", "body $.price (changed)"] },
    ]);
  });
});

describe("previewReviews", async () => {
  const outcomes = [outcome(4900, []), outcome(60, [PRICE]), outcome(5, [PRICE], { endpoint: "GET /other" })];
  const report = await reportOf({ outcomes });
  const review = (decision: Review["decision"], endpoint: string): Review => {
    const cause = report.endpoints.find((each) => each.endpoint === endpoint)?.causes[0];
    if (cause === undefined) throw new Error(`no cause on ${endpoint}`);
    const { signature, title, fields } = cause;
    return {
      signature,
      title,
      fields,
      decision,
      endpoints: [endpoint],
      reason: "",
      by: "bob",
      at: NOW,
      expiresAt: null,
    };
  };

  it("counts the exchanges of the causes, and says which verdict follows", async () => {
    const one = await previewReviews(source({ outcomes }), [review("accepted", ORDERS)], context());
    expect(one).toEqual({
      exchanges: 60,
      counting: { before: 65, after: 5 },
      verdict: { before: "fail", after: "inconclusive" },
      endpoints: [{ endpoint: ORDERS, exchanges: 60 }],
    });
    const both = [review("accepted", ORDERS), review("accepted", "GET /other")];
    expect(await previewReviews(source({ outcomes }), both, context())).toMatchObject({
      exchanges: 65,
      counting: { before: 65, after: 0 },
      verdict: { before: "fail", after: "pass" },
    });
    const denied = await previewReviews(
      source({ outcomes, reviews: [review("accepted", ORDERS)] }),
      [review("denied", ORDERS)],
      context(),
    );
    expect(denied).toMatchObject({ exchanges: 60, counting: { before: 5, after: 65 } });
  });
});
