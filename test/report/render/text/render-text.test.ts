import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { AccountingCount } from "../../../../src/model/accounting.ts";
import { renderText } from "../../../../src/report/render/text/render-text.ts";
import { widthOf } from "../../../../src/report/render/text/terminal-text.ts";
import { measured, outcome, reportOf, type Rows } from "../../memory-reader.ts";
import { counted, FAILING } from "../failing-rows.ts";

async function textOf(...accounting: AccountingCount[]): Promise<string> {
  return renderText(await reportOf({ accounting }), { color: false, diffy: false });
}

describe("renderText", () => {
  it("renders a failing run as the golden file", async () => {
    const golden = readFileSync(join(import.meta.dirname, "failing-report.txt"), "utf8");
    expect(renderText(await reportOf(FAILING), { color: false, diffy: false })).toBe(golden);
  });

  it.each(["pass", "fail", "inconclusive"] as const)("has only the verdict %s on its first line", async (verdict) => {
    const text = renderText({ ...(await reportOf(FAILING)), verdict }, { color: false, diffy: false });
    expect(text.split("\n")[0]).toBe(`verdict: ${verdict}`);
  });

  it("renders a run without traffic", async () => {
    expect(renderText(await reportOf({}), { color: false, diffy: false })).toBe(`verdict: inconclusive
  nothing compared: no request received
  candidate v2, run calculator 2 (2026-11-20T10-00-00-ab12), started 2026-11-20 10:00:00 UTC

reasons
  · nothing compared: no request received

gate
  ? parity ≥ 99.9%                  –
  ? latency ratio ≤ 1.1×            –
  ? error rate ≤ primary + 0.1%     –
  ? compared ≥ 1,000                0
  ? primary success ≥ 50%           –
  ? endpoints ≥ 1                   0
  ✓ failing endpoints = 0           0 of 0

accounting
  received           0 = 0 mirrored + 0 not mirrored + 0 sampled out + 0 dropped
  mirrored           0 = 0 compared + 0 skipped
  compared           0 = 0 matched + 0 differed
  0 of the compared exchanges also have a secondary response
`);
  });

  it("shows what is in flight, and what was lost", async () => {
    const rest = "0 mirrored + 0 not mirrored + 98 sampled out + 0 dropped";
    const counts = [counted("received", 100), counted("sampledOut", 98)];
    const open = await textOf(...counts, counted("inFlight", 1), counted("interrupted", 1));
    expect(open).toContain(`received          98 = ${rest}\n`);
    expect(open).toContain("\n  not counted: 1 in flight, 1 interrupted\n");
    expect(await textOf(...counts)).toContain(`received         100 = ${rest} + 2 lost\n`);
    expect(await textOf(counted("received", 8), counted("mirrored", 8))).toContain(
      "mirrored           8 = 0 compared + 0 skipped + 8 lost\n",
    );
  });

  it("has the same text with and without colors", async () => {
    const report = await reportOf(FAILING);
    const colored = renderText(report, { color: true, diffy: false });
    expect(colored).toContain("verdict: \u001B[31mfail\u001B[39m\n");
    expect(stripVTControlCharacters(colored)).toBe(renderText(report, { color: false, diffy: false }));
  });

  it("escapes captured content, so that it cannot act on the terminal or break out of its line", async () => {
    const evil = "\u001B[2Jverdict: pass\r\nverdict: pass\u202E";
    const text = renderText(
      await reportOf({
        outcomes: [
          outcome(9, [], { endpoint: `GET /${evil}` }),
          outcome(9, ["body X value raw"], { endpoint: `GET /${evil}` }),
        ].map((row) => ({ ...row, fields: row.fields.map((field) => ({ ...field, path: `$.${evil}` })) })),
      }),
      { color: false, diffy: false },
    );
    expect(text).not.toMatch(/[^\n\P{C}]/u);
    expect(text.match(/^verdict: .*/gm)).toEqual(["verdict: fail"]);
    expect(text).toContain(String.raw`GET /\x1b[2Jverdict: pass\x0d\x0averdict: pass\u{202e}`);
  });

  it.each([
    [undefined, 100],
    [40, 72],
    [72, 72],
    [84, 84],
    [120, 120],
    [250, 120],
  ])("on a terminal of %s columns keeps every line within %i and wraps long names", async (width, widest) => {
    const long = `GET /${"segment/".repeat(30)}日本語${"x".repeat(130)}`;
    const path = `$.${"member.".repeat(40)}end`;
    const marks = [`body ${path} value raw`, `body ${path}2 value both`, `header ${"x-".repeat(60)} header raw`];
    const rows: Rows = {
      ...FAILING,
      outcomes: [outcome(1_999_999, []), outcome(1_000_000, marks, { endpoint: long })],
      minutes: [
        ...measured("primary", { 123_456: 9, 654_321: 1 }),
        ...measured("candidate", { 223_456: 10 }),
        ...measured("ratio", { 123: 10 }),
      ],
    };
    const text = renderText(await reportOf(rows), { color: false, diffy: true, width });
    const lines = text.split("\n").map(widthOf);
    expect(lines.filter((columns) => columns > widest)).toEqual([]);
    expect(Math.max(...lines)).toBeGreaterThan(widest - 4);
    const joined = text.replaceAll(/\n\s*/g, "");
    expect(joined).toContain(long.replace(" ", ""));
    expect(joined).toContain(path);
  });

  it("leaves the interval out where it would take the space of the names", async () => {
    const report = await reportOf(FAILING);
    const linesAt = (width: number): readonly string[] =>
      renderText(report, { color: false, diffy: false, width }).split("\n");
    const heading = (width: number): string | undefined => linesAt(width).find((line) => line.startsWith("endpoints "));
    expect(heading(83)).toMatch(/ parity$/);
    expect(heading(84)).toMatch(/ parity {2}95% interval$/);
    expect(linesAt(72)).toEqual(
      expect.arrayContaining([
        "      p50 12.2 ms → 13.2 ms  p95 46.7 ms → 48.5 ms  p99 80.2 ms → 2 s",
        "      1.04× (1.04× – 1.04×)",
      ]),
    );
  });

  it("names the headers of several endpoints below each of them", async () => {
    const outcomes = ["GET /a", "GET /b"].flatMap((endpoint) => [
      outcome(300, ["header etag header raw"], { endpoint }),
      outcome(200, ["header vary missing raw", "header x-b missing raw"], { endpoint }),
    ]);
    const lines = renderText(await reportOf({ outcomes }), { color: false, diffy: false }).split("\n");
    const below = lines.filter((line) => line.includes(", as on 1 other endpoint")).map((line) => line.slice(36));
    expect(below).toEqual([
      "header vary, x-b (removed), as on 1 other endpoint",
      "header etag (changed), as on 1 other endpoint",
      "header vary, x-b (removed), as on 1 other endpoint",
      "header etag (changed), as on 1 other endpoint",
    ]);
  });

  it("lists three endpoints with the same causes, and one table for endpoints with the same noise", async () => {
    const outcomes = ["a", "b", "c", "d", "e", "f"].flatMap((slug) => [
      outcome(300, ["body $.now value both"], { endpoint: `GET /posts/${slug}` }),
      outcome(200, ["body $.title value raw"], { endpoint: `GET /posts/${slug}` }),
    ]);
    const text = renderText(await reportOf({ outcomes }), { color: false, diffy: false });
    expect(text.match(/real +200 +new +body \$\.title \(changed\)/g)).toHaveLength(3);
    expect(text).toContain(
      "    … and 3 more endpoints with the same causes: GET /posts/d, GET /posts/e, GET /posts/f\n",
    );
    const noise = text.slice(text.indexOf("noise: the secondary differs")).split("\n");
    expect(noise[1]).toBe(
      "  6 endpoints: GET /posts/a, GET /posts/b, GET /posts/c, GET /posts/d, GET /posts/e, GET /posts/f",
    );
    expect(noise[3]).toMatch(/^ +body +\$\.now +changed +1,800 +1,800$/);
    expect(text.match(/\$\.now/g)).toHaveLength(1);
  });

  it("lists at most 40 endpoints with 20 causes and noisy fields each, and counts the others", async () => {
    const noisy = Array.from({ length: 23 }, (_, index) => `body $.f${String(index).padStart(2, "0")} value both`);
    const causes = Array.from({ length: 22 }, (_, index) =>
      outcome(50 - index, [...noisy, `body $.c${index} value raw`]),
    );
    const quiet = Array.from({ length: 50 }, (_, index) => outcome(5, [], { endpoint: `GET /quiet/${index}` }));
    const text = renderText(await reportOf({ outcomes: [...causes, ...quiet] }), { color: false, diffy: false });
    expect(text).toContain("      … and 3 more fields\n");
    expect(text).toContain("      … and 2 more causes\n");
    expect(text).toContain("  … and 11 more endpoints without findings\n");
    expect(text.match(/GET \/quiet/g)).toHaveLength(39);
  });
});
