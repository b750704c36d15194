import { describe, expect, it } from "vitest";
import type { Explanation, ExplanationFinding } from "../../../../src/model/explain/explanation.ts";
import type { Mark } from "../../../../src/model/explain/mark.ts";
import type { Isolation } from "../../../../src/model/isolate/isolation.ts";
import type { CauseReport, Report } from "../../../../src/model/report.ts";
import { renderExplanation, type ExplainedCause } from "../../../../src/report/render/text/render-explanation.ts";
import { widthOf } from "../../../../src/report/render/text/terminal-text.ts";
import { outcome, ORDERS, reportOf, RUN } from "../../memory-reader.ts";

const HOSTILE = `\u001B]0;x\u0007\u001B[2J\r\n\u202E__proto__ ${"x".repeat(300)}`;
const OPTIONS = ["--url http://127.0.0.1:9900", "--endpoint 'GET /orders/{id}'"];
const PAGE = { color: false, width: 100 };

async function reportWithCause(): Promise<{ readonly report: Report; readonly cause: CauseReport }> {
  const report = await reportOf({ outcomes: [outcome(900, []), outcome(100, ["body $.price value raw"])] });
  const [cause] = report.endpoints.flatMap(({ causes }) => causes);
  if (cause === undefined) throw new Error("no cause");
  return { report, cause };
}

const FINDING: ExplanationFinding = {
  conditions: [{ source: "query", name: "currency", test: "equals", value: "EUR", words: "?currency=EUR" }],
  with: { count: 99, compared: 100 },
  without: { count: 1, compared: 900 },
  isExact: true,
  riskRatio: { estimate: 891, low: 120, high: 6200 },
  evidence: Math.log(2_000_000_000),
  sentence: "?currency=EUR: 99 of 100 differ; all others: 1 of 900.",
};
const MARK: Mark = { id: "1", at: RUN.startedAt, kind: "deployment", text: "v2 restarted", subset: "v2", by: "ann" };
const EXPLANATION: Explanation = {
  signature: "s",
  endpoint: ORDERS,
  route: "default",
  kind: "condition",
  sentence: FINDING.sentence,
  findings: [FINDING],
  time: { firstAt: RUN.startedAt + 1000, change: null, marks: [MARK], sentence: null },
  total: { count: 100, compared: 1000 },
  basis: { cases: 60, controls: 120, attributes: 2, values: 11, cut: ["query"] },
};
const ISOLATION: Isolation = {
  id: "i",
  signature: "s",
  title: "body $.price (changed)",
  endpoint: ORDERS,
  candidate: "v2",
  runId: RUN.id,
  by: "ann",
  startedAt: 1,
  endedAt: 2,
  sampleId: null,
  state: "isolated",
  message: "Two parts decide.",
  probes: 9,
  maxProbes: 60,
  parts: { original: 20, left: 1 },
  isMinimal: true,
  request: { method: "GET", target: "/", headers: [], body: null, curl: "curl \\\n  'http://v1/?currency=EUR'" },
  deciding: [
    { kind: "query", name: "currency", value: "EUR", replacement: null, words: "remove currency=EUR and it is gone" },
  ],
};

async function rendered(more: Partial<ExplainedCause>, page = PAGE): Promise<string> {
  const explained = { explanations: [EXPLANATION], omitted: 0, isolations: [], isolateOptions: OPTIONS };
  return renderExplanation({ ...(await reportWithCause()), ...explained, ...more }, page);
}

describe("renderExplanation", () => {
  it("has the sentence, paired bars, what happened, what was tested and what to do next", async () => {
    const { cause } = await reportWithCause();
    const handle = cause.signature.replace(/^-+/, "").slice(0, 8);
    expect((await rendered({})).split("\n")).toEqual([
      "body $.price (changed)",
      `  cause ${handle}, new on 1 endpoint, candidate v2, run calculator 2`,
      "",
      ORDERS,
      "  100 of 1,000 responses differ",
      "  ?currency=EUR: 99 of 100 differ; all others: 1 of 900.",
      "    ?currency=EUR",
      "      with    ████████████████████     99%  99 of 100",
      "      without █···················   0.11%  1 of 900",
      "      891× as often (95%: 120× – 6,200×); odds of 10^9 : 1 against chance",
      "  first seen: 2026-11-20 10:00:01 UTC",
      "  tested: 11 conditions on 2 attributes of 60 kept exchanges with the cause and 120 without it; not",
      "    all query attributes were kept",
      "",
      "what happened",
      "  2026-11-20 10:00:00 UTC  deployment    v2 restarted [v2] (ann)",
      "",
      "next: this finds the smallest request that shows it",
      `  shadowdiff isolate ${handle} --url http://127.0.0.1:9900 --endpoint 'GET /orders/{id}'`,
      "",
    ]);
  });

  it("shows below each endpoint its own isolated request, the newest that is minimal, instead of what to do next", async () => {
    const other = { ...EXPLANATION, endpoint: "GET /other" };
    const cut = { ...ISOLATION, isMinimal: false, message: "The limit was reached." };
    const isolations = [{ ...ISOLATION, state: "noise" } as const, cut, ISOLATION, { ...cut, endpoint: "GET /third" }];
    const lines = (await rendered({ explanations: [EXPLANATION, other], isolations })).split("\n");
    expect(lines.filter((line) => line.includes("isolated request"))).toHaveLength(1);
    const at = lines.indexOf("  isolated request");
    expect(lines.slice(at, at + 7)).toEqual([
      "  isolated request",
      "    Two parts decide.",
      "    remove currency=EUR and it is gone",
      "    curl \\",
      "      'http://v1/?currency=EUR'",
      "",
      "GET /other",
    ]);
    expect(lines).toContain("next: this finds the smallest request that shows it");
    expect(await rendered({ isolations })).not.toContain("next:");
    expect(await rendered({ isolations: [cut] })).toContain("The limit was reached.");
  });

  it("says what isolate needs if only the store is known", async () => {
    const { cause } = await reportWithCause();
    const handle = cause.signature.replace(/^-+/, "").slice(0, 8);
    expect((await rendered({ isolateOptions: null })).split("\n").slice(-3)).toEqual([
      "next: this finds the smallest request that shows it while shadowdiff runs",
      `  shadowdiff isolate ${handle} --url http://ADMIN-ADDRESS`,
      "",
    ]);
  });

  it("says how many endpoints are left out", async () => {
    const text = await rendered({ omitted: 18 });
    expect(text).toContain("\n\nand 18 more endpoints; --endpoint explains one of them\n\n");
  });

  it("says why there is no explanation", async () => {
    expect(await rendered({ explanations: [] })).toContain("no exchange is kept to explain it");
  });

  it("says what has no upper limit and what never happens without the condition", async () => {
    const certain = {
      ...FINDING,
      without: { count: 0, compared: 900 },
      riskRatio: { estimate: null, low: 40, high: null },
      evidence: Math.log(350.5),
    };
    const text = await rendered({ explanations: [{ ...EXPLANATION, findings: [certain] }] });
    expect(text).toContain("at least 40× as often (95%); odds of 350 : 1 against chance");
    expect(text).toContain("      without ····················      0%  0 of 900");
  });

  it("keeps hostile values from acting on the terminal, and within its width", async () => {
    const [condition] = FINDING.conditions;
    const hostile = {
      ...EXPLANATION,
      endpoint: HOSTILE,
      sentence: HOSTILE,
      findings: [{ ...FINDING, conditions: condition === undefined ? [] : [{ ...condition, words: HOSTILE }] }],
      time: {
        ...EXPLANATION.time,
        marks: [{ ...MARK, text: HOSTILE, subset: HOSTILE, by: HOSTILE }],
        sentence: HOSTILE,
      },
    };
    const isolation = {
      ...ISOLATION,
      endpoint: HOSTILE,
      message: HOSTILE,
      request: { ...ISOLATION.request, method: "GET", target: "/", headers: [], body: null, curl: "curl 'a\u001B[2J'" },
      deciding: [{ kind: "query", name: "a", value: "b", replacement: null, words: HOSTILE } as const],
    };
    const text = await rendered({ explanations: [hostile], isolations: [isolation] });
    expect(text.match(/[^\P{Cc}\n]|\p{Cf}/gu) ?? []).toEqual([]);
    expect(text).toContain("\\x1b[2J");
    expect(text.split("\n").filter((line) => widthOf(line) > PAGE.width)).toEqual([]);
  });
});
