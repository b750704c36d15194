import { describe, expect, it } from "vitest";
import type { CauseReport, EndpointReport, Report } from "../../src/model/report.ts";
import { ReportWatch } from "../../src/notify/report-watch.ts";
import { shortenReport } from "../../src/report/views/shorten-report.ts";

type Watched = Parameters<ReportWatch["look"]>[0][number];

function report(verdict: Report["verdict"], signatures: readonly string[], runId = "r1"): Watched {
  const causes = signatures.map((signature) => {
    const cause = {
      signature,
      title: `body ${signature}`,
      state: "new",
      rule: null,
      verdict: "real",
      rank: 1,
      count: 1,
      fields: [],
    };
    return cause as unknown as CauseReport;
  });
  const endpoints = [{ endpoint: "GET /a", causes, compared: 10, latency: {} } as unknown as EndpointReport];
  const run = { id: runId } as Report["run"];
  return shortenReport({ run, candidate: "v2", verdict, reasons: ["too many"], endpoints } as unknown as Report);
}

describe("ReportWatch", () => {
  it("notices changed verdicts and new causes; the first look is the base", () => {
    const watch = new ReportWatch();
    expect(watch.look([report("inconclusive", ["$.old"])])).toEqual([]);
    expect(watch.look([report("inconclusive", ["$.old"])])).toEqual([]);
    expect(watch.look([report("fail", ["$.old", "$.a", "$.b"])])).toEqual([
      { type: "verdict-changed", title: "verdict of v2: inconclusive → fail", details: ["too many"], candidate: "v2" },
      {
        type: "new-cause",
        title: "2 new causes in v2",
        details: ["body $.a on GET /a", "body $.b on GET /a"],
        candidate: "v2",
      },
    ]);
    expect(watch.look([report("fail", ["$.a"])])).toEqual([]);
    expect(watch.look([report("fail", ["$.b"])])).toEqual([]);
  });

  it("begins a new run without a verdict, and repeats no cause of the run before", () => {
    const watch = new ReportWatch();
    watch.look([report("fail", ["$.a"])]);
    expect(watch.look([report("inconclusive", [], "r2")])).toEqual([]);
    const titles = watch.look([report("fail", ["$.a"], "r2")]).map(({ title }) => title);
    expect(titles).toEqual(["verdict of v2: inconclusive → fail"]);
  });

  it("forgets the causes of runs before the previous one", () => {
    const watch = new ReportWatch();
    watch.look([report("fail", ["$.a"])]);
    expect(watch.look([report("fail", ["$.a"], "r2")]).map(({ type }) => type)).toEqual(["verdict-changed"]);
    watch.look([report("pass", [], "r3")]);
    expect(watch.look([report("pass", ["$.a"], "r3")])).toEqual([]);
    watch.look([report("pass", [], "r4")]);
    watch.look([report("pass", [], "r5")]);
    expect(watch.look([report("pass", ["$.a"], "r5")]).map(({ title }) => title)).toEqual(["1 new cause in v2"]);
  });

  it("names ten causes", () => {
    const watch = new ReportWatch();
    watch.look([report("fail", [])]);
    const [event] = watch.look([
      report(
        "fail",
        Array.from({ length: 12 }, (_, index) => `$.${index}`),
      ),
    ]);
    expect([event?.title, event?.details.length, event?.details.at(-1)]).toEqual([
      "12 new causes in v2",
      11,
      "and 2 more",
    ]);
  });
});
