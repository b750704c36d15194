import { array, assert, asyncProperty, constantFrom, oneof, string } from "fast-check";
import { DomUtils, ElementType, parseDocument } from "htmlparser2";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import type { Report } from "../../../../src/model/report.ts";
import { renderMarkdown } from "../../../../src/report/render/markdown/render-markdown.ts";
import { escapeText } from "../../../../src/report/render/text/terminal-text.ts";
import type { OutcomeRow } from "../../../../src/store/store.ts";
import { FAILING } from "../failing-rows.ts";
import { outcome, related, reportOf } from "../../memory-reader.ts";

const COMMENT = 65_000;

type Document = ReturnType<typeof parseDocument>;

/** What GitHub shows, apart from its own references. */
function documentOf(markdown: string): Document {
  const html = micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  return parseDocument(html);
}

type Element = ReturnType<typeof elementsOf>[number];

function elementsOf(document: Document) {
  return DomUtils.getElementsByTagName(() => true, document);
}

/** All elements in order, with their attributes. */
function structureOf(document: Document): readonly string[] {
  return elementsOf(document).map(({ name, attribs }) => `${name} ${JSON.stringify(attribs)}`);
}

function textOf(element: Element): string {
  return DomUtils.textContent(element).replaceAll("\u200B", "").replaceAll(/\s+/g, " ").trim();
}

function isInCode(node: { readonly parent: unknown }): boolean {
  for (let at = node.parent as Element | null; at !== null; at = at.parent as Element | null) {
    if (at.name === "code") return true;
  }
  return false;
}

/** The text in which GitHub looks for references: not that of code. */
function proseOf(document: Document): string {
  return DomUtils.filter((node) => node.type === ElementType.Text && !isInCode(node), document)
    .map((node) => DomUtils.textContent(node))
    .join("\n");
}

function changedField(path: string, mark: "raw" | "both"): OutcomeRow["fields"][number] {
  return { section: "body", path, kind: "value", mark };
}

/** A report whose names all come from traffic or from its owner. */
async function reportNamed(name: string): Promise<Report> {
  const endpoint = `GET /${name}`;
  const path = `$.${name}`;
  const outcomes = [
    { ...outcome(300, [], { endpoint }), fields: [] },
    { ...outcome(200, [], { endpoint }), fields: [changedField(path, "raw")] },
    { ...outcome(90, [], { endpoint: `${endpoint} 2` }), fields: [changedField(path, "raw")] },
    {
      ...outcome(80, [], { endpoint: "GET /noisy" }),
      fields: [changedField(`${path}2`, "both")],
    },
    outcome(5, [], { endpoint: `${endpoint} 3` }),
  ];
  const report = await reportOf({ outcomes, relations: [related(200, "body $.x value rounding")] });
  return {
    ...report,
    candidate: name,
    run: { ...report.run, id: `r ${name}`, name },
    uncovered: [name],
    gate: { ...report.gate, coverage: [name] },
    reasons: [...report.reasons, name],
  };
}

const HOSTILE = [
  "|",
  "||",
  "\\|",
  "\\",
  "`",
  "``",
  "$`",
  "$x$",
  "<script>alert(1)</script>",
  "</details>",
  "<!--",
  "-->",
  "<img src=x onerror=y>",
  "@octocat",
  "@org/team",
  "#1",
  "owner/repo#5",
  "GH-12",
  "!7",
  "~label",
  "%1",
  "&1",
  "[x](http://evil.test)",
  "![i](x)",
  "[^1]",
  "[ ] ",
  "https://evil.test/a",
  "ftp://evil.test",
  "www.evil.test",
  "someone@evil.test",
  "mailto:a@evil.test",
  ":tada:",
  "**b**",
  "_i_",
  "~~s~~",
  "&lt;b&gt;",
  "&#60;",
  "\n",
  "\r\n",
  "\t",
  "\u0000",
  "\u001B[2J",
  "\u202E",
  "\u200B",
  "- ",
  "1. ",
  "# ",
  "> ",
  "    ",
  "---",
  "===",
  "0123456789abcdef0123456789abcdef01234567",
  "日本",
  "😀",
  " ",
  "x",
];
const hostileText = array(oneof({ weight: 4, arbitrary: constantFrom(...HOSTILE) }, string({ maxLength: 5 })), {
  minLength: 1,
  maxLength: 8,
}).map((parts) => `a${parts.join("")}z`);

/** What GitHub or GitLab would link. */
const REFERENCE = /(?:^|\W)[@#!~%&$^*][\w"']|\bGH-\d|:\/\/|\bwww\.|:(?!\d\d:)[\w+-]+:|\b[\da-f]{40}\b/i;

describe("renderMarkdown", () => {
  it("begins with the verdict and the sentence that a person would say first", async () => {
    const lines = renderMarkdown(await reportOf(FAILING), COMMENT).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "<!-- shadowdiff report -->",
      "## ❌ shadowdiff: fail",
      "",
      "**body &#36;.price (rounded) in 31 of 420 responses of GET /orders/{id}**",
    ]);
  });

  it("has the thresholds, the endpoints that decide and their causes, and folds the rest", async () => {
    const document = documentOf(renderMarkdown(await reportOf(FAILING), COMMENT));
    const rows = DomUtils.getElementsByTagName("tr", document).map((row) =>
      DomUtils.getElementsByTagName("td", row).map(textOf),
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        ["❌", "parity ≥ 99.9%", "99.43%", "99.19% – 99.59%"],
        ["❌", "GET /orders/{id}", "420", "31", "92.62% (89.71% – 94.75%)", "46.7 ms → 48.5 ms", "1.04×"],
        ["✅", "GET /healthy", "4,400", "0", "100% (99.91% – 100%)", "–", "–"],
        ["GET /time", "body $.now", "changed", "699", "700"],
      ]),
    );
    expect(DomUtils.getElementsByTagName("summary", document).map(textOf)).toEqual([
      "body $.price (rounded) in 31 of 420 responses of GET /orders/{id} (denied)",
      "body $.data.items[*].attributes.pricing.discounts[*].amount (type changed) in 1 of 1 response of " +
        "GET /api/v2/customers/{id}/subscriptions/{id}/invoices/{id} (new)",
      "2 endpoints without findings",
      "Noise: 1 field in which the secondary differs too",
      "Accounting of requests",
    ]);
    expect(DomUtils.getElementsByTagName("li", document).map(textOf)).toEqual(
      expect.arrayContaining([
        "GET /orders/{id}: 31 of 420 responses differ in body $.price (parity 92.62%, required 99.9%)",
        "denied: cents are money",
        "body $.price rounded",
      ]),
    );
  });

  it("shows hostile names as they are: the same document as with harmless ones, without mentions, references and links", async () => {
    const expected = structureOf(documentOf(renderMarkdown(await reportNamed("harmless"), COMMENT)));
    await assert(
      asyncProperty(hostileText, async (name) => {
        const document = documentOf(renderMarkdown(await reportNamed(name), COMMENT));
        expect(structureOf(document)).toEqual(expected);
        expect(REFERENCE.exec(proseOf(document))?.[0]).toBeUndefined();
        const rows = DomUtils.getElementsByTagName("tr", document).map((row) =>
          DomUtils.getElementsByTagName("td", row).map(textOf),
        );
        const shown = escapeText(`GET /${name}`).replaceAll(/\s+/g, " ").trim();
        expect(rows.filter(([, endpoint]) => endpoint === shown)).toEqual([
          ["❌", shown, "500", "200", expect.stringMatching(/^60% /), "–", "–"],
        ]);
      }),
      { numRuns: 30 },
    );
  });

  it("finds what it must not contain, so that the property can fail", () => {
    const found = (text: string): boolean => REFERENCE.test(proseOf(documentOf(text)));
    expect(["@octocat", "see #1", "GH-12", "https://evil.test", "www.evil.test", ":tada:"].map(found)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(["`@octocat`", "<code>#1</code>", "@&#8203;octocat"].map(found)).toEqual([false, false, false]);
    expect(structureOf(documentOf("- [ ] b\n"))).not.toEqual(structureOf(documentOf("- &#91; ] b\n")));
  });

  it.each([COMMENT, 12_000])(
    "fits into %i bytes and says what is left out, the least important first",
    async (maxBytes) => {
      const outcomes = Array.from({ length: 1_000 }, (_, index) => {
        const endpoint = `GET /${"segment|".repeat(index % 7)}${String(index).padStart(4, "0")}`;
        return outcome(20, index < 500 ? [`body $.field${index}@x value raw`] : [], { endpoint });
      });
      const report = await reportOf({ outcomes });
      const markdown = renderMarkdown(report, maxBytes);
      expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(maxBytes);
      expect(Buffer.byteLength(markdown)).toBeGreaterThan(maxBytes * 0.8);
      const document = documentOf(markdown);
      const names = DomUtils.getElementsByTagName("tr", document)
        .map((row) => DomUtils.getElementsByTagName("code", row).map(textOf)[0] ?? "")
        .filter((name) => name.startsWith("GET /"));
      const [withFindings, quiet] = [true, false].map((has) =>
        report.endpoints.filter(({ causes }) => causes.length > 0 === has).map(({ endpoint }) => endpoint),
      );
      const leftOut = (what: string): number => {
        const [, count = "0"] = new RegExp(`too long: ([\\d,]+) more endpoints ${what} findings`).exec(markdown) ?? [];
        return Number(count.replace(",", ""));
      };
      expect(names).toEqual([
        ...(withFindings?.slice(0, 500 - leftOut("with")) ?? []),
        ...(quiet?.slice(0, 500 - leftOut("without")) ?? []),
      ]);
      expect(leftOut("with")).toBeGreaterThan(0);
      expect(DomUtils.getElementsByTagName("details", document)).toHaveLength(
        DomUtils.getElementsByTagName("summary", document).length,
      );
    },
  );

  it("leaves nothing out of the summary of a step that fits", async () => {
    const outcomes = Array.from({ length: 1_500 }, (_, index) => outcome(20, [], { endpoint: `GET /${index}` }));
    const markdown = renderMarkdown(await reportOf({ outcomes }), 1_000_000);
    expect(markdown.match(/^\| . \| `GET /gm)).toHaveLength(1_500);
    expect(markdown).not.toContain("Left out");
  });
});
