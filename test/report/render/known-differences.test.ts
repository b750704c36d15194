import { beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../../src/model/report.ts";
import { reportAgainstBaseline } from "../../../src/report/baseline/report-against.ts";
import { renderJunit } from "../../../src/report/render/junit/render-junit.ts";
import { renderMarkdown } from "../../../src/report/render/markdown/render-markdown.ts";
import { renderText } from "../../../src/report/render/text/render-text.ts";
import { context, EARLIER_RUN, memoryReader, outcome, RUN, statusPairs, type Rows } from "../memory-reader.ts";
import { pageOf } from "./html/html-fixture.ts";

/** 160 responses are 500 instead of 404, 206 have another price, and 40 of 4,660 differ in noise alone. */
const ROWS: Rows = {
  outcomes: [
    outcome(4254, []),
    outcome(40, ["body $.now value both"]),
    outcome(160, ["status 404->500 status raw"]),
    outcome(206, ["body $.price value raw", "body $.now value both"]),
  ],
  statuses: [statusPairs(200, 200, 4500), statusPairs(404, 500, 160)],
};

/** Markup and escapes of Markdown and HTML as spaces. */
function words(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#8203;", "")
    .replaceAll(/\s+/g, " ");
}

describe("a report against a baseline with known differences", () => {
  let report: Report;
  beforeAll(async () => {
    const source = { run: RUN, baseline: EARLIER_RUN, candidate: "v2" };
    report = await reportAgainstBaseline(memoryReader({ ...ROWS, earlier: ROWS }), source, context());
  });

  it("counts them apart from noise", () => {
    expect(report.verdict).toBe("pass");
    expect(report.baseline).toMatchObject({ causes: 2, differed: 366, errors: 160 });
    expect(report.reasons[0]).toBe(
      "4,294 of 4,660 responses agree, 366 differ only as in the baseline and are not judged (parity 100%, required 99.9%)",
    );
  });

  it("says in every format that they are not judged, next to parity and error rate too", () => {
    const rendered = {
      text: renderText(report, { color: false, width: 400, diffy: false }),
      markdown: renderMarkdown(report, 60_000),
      html: pageOf(report),
    };
    for (const text of Object.values(rendered).map(words)) {
      expect(text).toContain("4,294 of 4,660 responses agree, 366 differ only as in the baseline and are not judged");
      expect(text).toContain("without 366 responses that differ as in the baseline");
      expect(text).toContain("primary 0%, without 160 errors as in the baseline");
      expect(text).toContain("2 causes (366 responses, 160 errors) are known and not judged");
    }
    expect(words(rendered.html)).toContain(
      "Candidate v2 differs from the primary only as in the baseline: 366 of 4,660 compared exchanges on 1 endpoint.",
    );
    expect(rendered.html).not.toContain("behaves like");
    const junit = renderJunit(report);
    expect(junit).toContain('<property name="baseline.knownDiffered" value="366"/>');
    expect(junit).toContain('<property name="baseline.knownErrors" value="160"/>');
  });

  it("names them in the reasons of a candidate that fails for something else", async () => {
    const worse = { ...ROWS, outcomes: [...(ROWS.outcomes ?? []), outcome(4000, ["body $.total value raw"])] };
    const source = { run: RUN, baseline: EARLIER_RUN, candidate: "v2" };
    const failing = await reportAgainstBaseline(memoryReader({ ...worse, earlier: ROWS }), source, context());
    expect(failing.verdict).toBe("fail");
    expect(failing.reasons).toContain("366 of 8,660 responses differ only as in the baseline and are not judged");
  });
});
