import { beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../../src/model/report.ts";
import { renderJunit } from "../../../src/report/render/junit/render-junit.ts";
import { renderMarkdown } from "../../../src/report/render/markdown/render-markdown.ts";
import { renderText } from "../../../src/report/render/text/render-text.ts";
import { GATE, ORDERS, outcome, related, reportOf, RUN, statusPairs } from "../memory-reader.ts";
import { pageOf } from "./html/html-fixture.ts";

const NEVER = "GET /<b>never</b>";

function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

describe("the contract in a report", () => {
  let report: Report;
  beforeAll(async () => {
    const gate = { ...GATE, operations: [ORDERS, NEVER] };
    const rows = {
      outcomes: [
        outcome(1000, []),
        outcome(160, ["status 404->500 status raw", "status 404->500 contract raw"]),
        outcome(20, [], { endpoint: "GET /internal" }),
      ],
      statuses: [statusPairs(200, 200, 1000), statusPairs(404, 500, 160)],
      relations: [
        related(990, "status $ contract conforms"),
        related(160, "status $ contract candidate-breaks"),
        related(10, "status $ contract both-break"),
        related(10, "body $.price contract both-break"),
      ],
    };
    report = await reportOf(rows, { ...RUN, gate });
  });

  it("has the same figures in text, Markdown and HTML", () => {
    const text = plain(renderText(report, { color: false, width: 400, diffy: false }));
    const markdown = plain(renderMarkdown(report, 60_000).replaceAll(/&#\d+;/g, "?"));
    const html = plain(pageOf(report).replaceAll(/<[^>]*>/g, " "));
    for (const format of [text, markdown, html]) {
      expect(format).toMatch(/1 of 2 operations were compared \(50%\)/);
      expect(format).toContain("not in the contract: GET /internal");
      expect(format).toMatch(/body \S+price: both break it in 10 exchanges/);
    }
    expect(markdown).toContain("### Contract");
    expect(markdown).toContain("- only the candidate breaks the contract: 160 - both break it in the same places: 10");
    expect(markdown).toContain("never compared: GET /?b?never?/b?");
    expect(html).toContain("only the candidate breaks the contract 160");
    expect(html).toContain("never compared: GET /&lt;b&gt;never&lt;/b&gt;");
  });

  it("is cut in Markdown like other sections, and its figures are properties in JUnit", () => {
    expect(Buffer.byteLength(renderMarkdown(report, 3_000))).toBeLessThanOrEqual(3_000);
    const properties = renderJunit(report).matchAll(/<property name="contract\.(\w+)" value="(\d+)"/g);
    expect(Object.fromEntries([...properties].map(([, name, value]) => [name, Number(value)]))).toEqual({
      operations: 2,
      compared: 1,
      neverCompared: 1,
      notInContract: 1,
      conforming: 990,
      candidateBreaks: 160,
      primaryBreaks: 0,
      bothBreak: 10,
      notJudged: 0,
    });
  });

  it("names a status that the contract lacks once", () => {
    const titles = report.endpoints.flatMap(({ causes }) => causes.map(({ title }) => title));
    expect(titles).toEqual(["break: status 404 → 500 (breaks the contract)"]);
  });
});
