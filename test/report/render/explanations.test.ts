import { DomUtils, parseDocument } from "htmlparser2";
import { parse } from "junit2json";
import { XmlDocument } from "libxml2-wasm";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { CauseReport, Report } from "../../../src/model/report.ts";
import { causeHandle, isHandleOf } from "../../../src/presentation/explain/cause-explanations.ts";
import { renderJunit } from "../../../src/report/render/junit/render-junit.ts";
import { renderMarkdown } from "../../../src/report/render/markdown/render-markdown.ts";
import { escapeText } from "../../../src/report/render/text/terminal-text.ts";
import { renderText } from "../../../src/report/render/text/render-text.ts";
import { outcome, reportOf } from "../memory-reader.ts";
import { pageOf } from "./html/html-fixture.ts";

const HOSTILE =
  '`query note: <img src=x onerror=alert(1)>\u001B[31m\u202E @octocat | "q" ]]> [a](https://evil.example)`: 31 of 31 differ; all others: 0 of 389.';
const MARKUP = new Set(["img", "script", "a"]);

/** A report of causes with these explanations, by the most frequent one. */
async function explained(...explanations: readonly string[]): Promise<Report> {
  const report = await reportOf({
    outcomes: [
      outcome(389, []),
      outcome(31, ["body $.price value raw"]),
      outcome(3000, [], { endpoint: "GET /b" }),
      outcome(29, ["body $.price value raw"], { endpoint: "GET /b" }),
      outcome(9, ["body $.other value raw"]),
    ],
  });
  const causes = report.endpoints.flatMap((each) => each.causes).toSorted((one, other) => other.count - one.count);
  const texts = new Map(causes.map((cause, at) => [cause, explanations[at] ?? null]));
  const withText = (cause: CauseReport): CauseReport => ({ ...cause, explanation: texts.get(cause) ?? null });
  return {
    ...report,
    explanationPlacebo: { tested: 12, explained: 1 },
    endpoints: report.endpoints.map((each) => ({ ...each, causes: each.causes.map(withText) })),
  };
}

function words(text: string): string {
  return text.replaceAll("\u200B", "").replaceAll(/\s+/g, " ");
}

/** Control and formatting characters, apart from line breaks. */
function unsafeOf(text: string): readonly string[] {
  return text.match(/[^\P{Cc}\n]|\p{Cf}/gu) ?? [];
}

function textReport(report: Report): string {
  return renderText(report, { color: false, width: 120, diffy: false });
}

/** What a reader of the document sees, and the names of its elements. */
function read(html: string): { readonly text: string; readonly names: readonly string[] } {
  const document = parseDocument(html);
  const names = DomUtils.getElementsByTagName(() => true, document).map(({ name }) => name);
  return { text: words(DomUtils.textContent(document)), names };
}

describe("the explanations of a report", () => {
  it("are printed under each cause with the words that ask for more", async () => {
    const report = await explained("`query currency: EUR`: 31 of 31 differ.", "spread evenly.", "too few.");
    const text = words(textReport(report));
    for (const { cause, sentence } of report.endpoints.flatMap((each) =>
      each.causes.map((cause) => ({ cause, sentence: cause.explanation ?? "" })),
    )) {
      expect(text).toContain(`why: ${sentence} (explain ${cause.signature.replace(/^-+/, "").slice(0, 8)})`);
    }
    expect(text).toContain("explanations: 1 of 12 differences of the secondary is explained");
  });

  it("name the endpoint where a cause of several endpoints is listed once", async () => {
    const report = await explained("first sentence.", "second sentence.");
    const [where, sentence] = report.endpoints
      .flatMap(({ endpoint, causes }) => causes.map((cause) => ({ endpoint, cause })))
      .filter(({ cause }) => cause.endpoints === 2)
      .toSorted((one, other) => other.cause.rank - one.cause.rank)
      .map(({ endpoint, cause }) => [endpoint, cause.explanation])[0] as [string, string];
    for (const text of [textReport(report), renderMarkdown(report, 60_000), read(pageOf(report)).text]) {
      expect(words(text).toLowerCase()).toContain(
        `why: ${where}: ${sentence} 1 other endpoint has its own.`.toLowerCase(),
      );
    }
    const none = await explained();
    for (const text of [textReport(none), renderMarkdown(none, 60_000), pageOf(none), renderJunit(none)]) {
      expect(text.toLowerCase()).not.toContain("why:");
    }
  });

  it("show hostile values as text in every format", async () => {
    const report = await explained(HOSTILE, HOSTILE, HOSTILE);
    const text = textReport(report);
    expect(unsafeOf(text)).toEqual([]);
    expect(words(text)).toContain(escapeText("onerror=alert(1)>\u001B[31m\u202E @octocat"));

    const markdown = read(
      micromark(renderMarkdown(report, 60_000), {
        allowDangerousHtml: true,
        extensions: [gfm()],
        htmlExtensions: [gfmHtml()],
      }),
    );
    expect(markdown.names.filter((name) => MARKUP.has(name))).toEqual([]);
    expect(markdown.text).toContain(escapeText(HOSTILE));

    const page = pageOf(report);
    expect(read(page).names).not.toContain("img");
    expect(unsafeOf(page)).toEqual([]);
    expect(read(page).text).toContain("<img src=x onerror=alert(1)>");

    const junit = renderJunit(report);
    using document = XmlDocument.fromString(junit);
    expect(document.root.name).toBe("testsuites");
    const parsed = await parse(junit);
    expect(words(JSON.stringify(parsed))).toContain("why: `query note: <img src=x onerror=alert(1)>");
    expect(unsafeOf(junit)).toEqual([]);
  });
});

describe("the handle of a cause", () => {
  it("is the beginning of its signature, without dashes that a shell takes for an option", () => {
    const cause = { signature: "--Ab_cd-EfGhIjKl" };
    expect(causeHandle(cause)).toBe("Ab_cd-Ef");
    for (const text of ["Ab_cd-Ef", "A", "--Ab", cause.signature]) expect(isHandleOf(text, cause)).toBe(true);
    for (const text of ["", "b_cd", `${cause.signature}x`]) expect(isHandleOf(text, cause)).toBe(false);
  });
});
