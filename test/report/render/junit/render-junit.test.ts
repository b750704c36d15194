import { array, assert, asyncProperty, constantFrom, oneof, string } from "fast-check";
import { parse } from "junit2json";
import { XmlDocument } from "libxml2-wasm";
import { describe, expect, it } from "vitest";
import { renderJunit } from "../../../../src/report/render/junit/render-junit.ts";
import { escapeText } from "../../../../src/report/render/text/terminal-text.ts";
import { FAILING } from "../failing-rows.ts";
import { outcome, reportOf, RUN } from "../../memory-reader.ts";

async function suiteOf(xml: string) {
  const parsed = await parse(xml);
  if (parsed === null || parsed === undefined || !("testsuite" in parsed)) throw new Error("no test suites");
  const [suite] = parsed.testsuite ?? [];
  if (suite === undefined) throw new Error("no test suite");
  return suite;
}

describe("renderJunit", () => {
  it("has one case for the gate and one for each endpoint, as a parser of npm reads them", async () => {
    const suite = await suiteOf(renderJunit(await reportOf(FAILING)));
    expect(suite).toMatchObject({
      name: "shadowdiff v2",
      tests: 6,
      failures: 2,
      errors: 1,
      skipped: 2,
      timestamp: "2026-11-20T10:00:00",
    });
    const cases = (suite.testcase ?? []).map(({ name, classname, failure, error, skipped }) => {
      const [kind, found] = Object.entries({ failure, error, skipped }).find(([, own]) => own !== undefined) ?? [
        "passed",
        undefined,
      ];
      return [name, classname, kind, found?.[0]?.message];
    });
    expect(cases).toEqual([
      ["gate", "shadowdiff.v2", "failure", "body $.price (rounded) in 31 of 420 responses of GET /orders/{id}"],
      [
        "GET /orders/{id}",
        "shadowdiff.v2",
        "failure",
        "31 of 420 responses differ in body $.price (parity 92.62%, required 99.9%)",
      ],
      [
        "GET /api/v2/customers/{id}/subscriptions/{id}/invoices/{id}",
        "shadowdiff.v2",
        "error",
        expect.stringMatching(/^1 of 1 response differs in body /),
      ],
      ["GET /healthy", "shadowdiff.v2", "passed", undefined],
      ["GET /time", "shadowdiff.v2", "skipped", expect.stringMatching(/^needs 3,400 more responses/)],
      ["GET /reports/{id}/export", "shadowdiff.v2", "skipped", expect.stringMatching(/^needs 4,059 more responses/)],
    ]);
    expect(suite.testcase?.[1]?.failure?.[0]?.inner).toContain("body $.price (rounded): 31 (denied)");
  });

  it("is an error for the gate if the run is inconclusive, because a skipped gate looks like success, and passes with the run", async () => {
    const few = await suiteOf(renderJunit(await reportOf({ outcomes: [outcome(10, [])] })));
    expect(few).toMatchObject({ tests: 2, failures: 0, errors: 1, skipped: 1 });
    expect(few.testcase?.[0]?.error?.[0]).toMatchObject({ type: "inconclusive" });
    const many = await suiteOf(
      renderJunit(await reportOf({ outcomes: [outcome(5000, [])] }, { ...RUN, endedAt: RUN.startedAt + 61_250 })),
    );
    expect(many).toMatchObject({ tests: 2, failures: 0, errors: 0, skipped: 0, time: 61.25 });
  });

  it("has the run and its figures as properties", async () => {
    const suite = await suiteOf(renderJunit(await reportOf(FAILING)));
    const properties = new Map(suite.properties?.map(({ name, value }) => [name, value]));
    expect(properties).toEqual(
      new Map([
        ["run", RUN.id],
        ["run.name", "calculator 2"],
        ["candidate", "v2"],
        ["verdict", "fail"],
        ["compared", 5570],
        ["differed", 776],
        ["parity", expect.closeTo(0.99425, 5)],
        ["endpoints", 5],
        ["label.candidate", "2.4.0"],
      ]),
    );
  });

  it("names the route of an endpoint that several routes have", async () => {
    const outcomes = ["a", "b"].map((route) => outcome(10, [], { route }));
    const { testcase = [] } = await suiteOf(renderJunit(await reportOf({ outcomes })));
    expect(testcase.map(({ name }) => name)).toEqual([
      "gate",
      "GET /orders/{id} (route a)",
      "GET /orders/{id} (route b)",
    ]);
  });

  it("is well-formed XML that names everything as it is, whatever was captured", async () => {
    const hostile = oneof(
      string({ unit: "binary", maxLength: 12 }),
      array(
        constantFrom(
          "<",
          ">",
          "&",
          '"',
          "'",
          "]]>",
          "<!--",
          "\u0000",
          "\u001B",
          "\uFFFE",
          "\uFFFF",
          "\uD800",
          "\n",
          "\t",
          "é",
          "😀",
        ),
        { maxLength: 8 },
      ).map((parts) => parts.join("")),
    );
    await assert(
      asyncProperty(hostile, async (text) => {
        const endpoint = `GET /${text}`;
        const fields = [{ section: "body", path: `$.${text}`, kind: "value", mark: "raw" } as const];
        const report = await reportOf(
          { outcomes: [{ ...outcome(3000, [], { endpoint }), fields }] },
          { ...RUN, labels: { [`l${text}`]: text } },
        );
        using document = XmlDocument.fromString(renderJunit({ ...report, candidate: text }));
        const [, own] = document.find("//testcase");
        const shown = escapeText(endpoint).replaceAll(
          /[\uFFFE\uFFFF]/g,
          (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
        );
        expect(own?.content === undefined ? undefined : document.get("//testcase[2]/@name")?.content).toBe(shown);
        expect(document.get("//testcase[2]/failure")?.content).toContain(shown.slice("GET /".length));
      }),
      { numRuns: 150 },
    );
  });
});
