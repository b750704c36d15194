import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Parser } from "htmlparser2";
import { assert, property, string } from "fast-check";
import { parse, type DefaultTreeAdapterTypes } from "parse5";
import { beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../../../src/model/report.ts";
import { causeAnchor, endpointAnchor } from "../../../../src/report/render/html/anchors.ts";
import { shown } from "../../../../src/report/render/html/html-text.ts";
import { MAX_HTML_BYTES } from "../../../../src/report/render/html/render-html.ts";
import { DARK_THEME, LIGHT_THEME } from "../../../../src/report/render/html/report-style.ts";
import { measured, outcome, reportOf, rule, statusPairs } from "../../memory-reader.ts";
import { pageOf, textSample } from "./html-fixture.ts";

/** Text of traffic that would break out of markup, look like something else, or end the page. */
const HOSTILE = `</script></style><img src=x onerror=alert(1)>"'\`&amp;\u0000\u001b[31m\u202Egnp.\u2066\uD800]]>-->`;
const ENDPOINT = `GET /${HOSTILE}`;

type Element = DefaultTreeAdapterTypes.Element;

/** All elements of a document, as the parser of the HTML standard builds it. */
function elementsOf(page: string): readonly Element[] {
  const found: Element[] = [];
  const visit = (node: DefaultTreeAdapterTypes.ParentNode): void => {
    for (const child of node.childNodes) {
      if (!("tagName" in child)) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(parse(page));
  return found;
}

function attribute({ attrs }: Element, name: string): string | undefined {
  return attrs.find((each) => each.name === name)?.value;
}

/** The text of a document without its style, and without what is only for screen readers. */
function textOf(page: string): string {
  let text = "";
  let isStyle = false;
  const parser = new Parser({
    onopentag: (name) => (isStyle ||= name === "style"),
    onclosetag: (name) => (isStyle &&= name !== "style"),
    ontext: (data) => (text += isStyle ? "" : data),
  });
  parser.end(page);
  return text.replaceAll(/\s+/g, " ");
}

/** A long text with a difference in each line. */
function lines(word: string): string {
  return Array.from({ length: 150 }, (_, at) => `${word} ${at} <&> ${HOSTILE}`).join("\n");
}

let report: Report;
let page = "";
beforeAll(async () => {
  report = await reportOf({
    outcomes: [
      outcome(389, []),
      outcome(61, ["body $.price value raw", "header x-cache header raw"]),
      outcome(700, ["body $.now value both"], { endpoint: "GET /time" }),
      outcome(40, ["status 200->500 status raw"], { endpoint: "GET /broken" }),
      outcome(60, ["body $.name value raw"], { endpoint: ENDPOINT }),
    ],
    statuses: [statusPairs(200, 500, 40, { endpoint: "GET /broken" })],
    rules: [rule("x-cache", { section: "header", reason: `because ${HOSTILE}` })],
    minutes: [...measured("primary", { 12: 300, 45: 100 }), ...measured("candidate", { 14: 300, 90: 100 })],
  });
  page = pageOf(report, (signature) => [
    textSample(`sample-of-${signature}`, `one\n${HOSTILE}\nthree`, `one\n${HOSTILE}!\nthree`, {
      target: `/a?q=${HOSTILE}`,
      headers: [`X-${HOSTILE}`, HOSTILE],
    }),
  ]);
});

describe("renderHtml", () => {
  it("says what the report says: verdict, thresholds, statuses, causes, endpoints, latency, accounting, noise, rules", () => {
    const text = textOf(page);
    expect(text).toContain(
      "Candidate v2 does not behave like the primary: 3 of 4 endpoints fail (1,250 compared exchanges).",
    );
    expect(text).toContain("parity ✗ fail ≥ 99.9%");
    expect(text).toContain("200 → 500 break GET /broken 40 of 40 0 new");
    expect(text).toContain("body $.price (changed) 61 of 450 responses, 1 endpoint, new");
    expect(text).toMatch(/GET \/orders\/\{id\} ✗ fail 450 61 86\.44%/);
    expect(text).toMatch(/primary ?candidate 12\.\d ms ?14\.\d ms/);
    expect(text).toContain("received 1,250");
    expect(text).toContain("body $.now GET /time changed 700 700");
    expect(text).toContain("ignore header x-cache active GET /orders/{id} 61 team-a because");
    expect(text).toContain("Made by shadowdiff 1.2.3 on 2026-11-20 11:00:00 UTC.");
  });

  it("details endpoints with findings only, and says why responses that differ do not count", () => {
    const [, details = ""] = page.split("Endpoints with findings");
    const found = elementsOf(details).filter(
      ({ tagName, attrs }) => tagName === "details" && attrs[0]?.value === "endpoint",
    );
    expect(found).toHaveLength(3);
    const [, table = ""] = textOf(page).split("Endpoints, most urgent first");
    expect(table.split("Endpoints with findings")[0]).toContain("that differ do not count: noise");
  });

  it("calls a candidate with the default name so once", () => {
    expect(textOf(pageOf({ ...report, candidate: "candidate" }))).toContain("The candidate does not behave like");
  });

  it("marks what differs between two bodies, next to equal lines", () => {
    const rows = elementsOf(page).filter(({ tagName, attrs }) => tagName === "tr" && attrs[0]?.name === "class");
    expect(rows.slice(0, 3).map((row) => attribute(row, "class"))).toEqual(["same", "replace", "same"]);
    const small = pageOf(report, () => [textSample("s", "price: 10 EUR", "price: 12 EUR")]);
    expect(textOf(small)).toContain("1 price: 10 EUR ~changed 1 price: 12 EUR");
    const [body] = small.split('<table class="diff">').slice(1);
    const [found = ""] = (body ?? "").split("</table>");
    expect([...found.matchAll(/<mark\s*>([^<]*)<\/mark/g)].map(([, text]) => text)).toEqual(["0", "2"]);
  });

  it("links to traces over HTTP only", () => {
    const [one, other] = ["https://jaeger.example/trace/1", "javascript:alert(1)"];
    const { legs } = textSample("s", "a", "b");
    const trace = { id: "0af7651916cd43dd8448eb211c80319c", isSampled: true };
    const primary = { ...legs.primary, trace, traceUrl: one };
    const candidate = { ...legs.candidate, trace, traceUrl: other };
    const links = elementsOf(
      pageOf(report, () => [textSample("s", "a", "b", { legs: { ...legs, primary, candidate } })]),
    )
      .map((element) => attribute(element, "href") ?? "")
      .filter((href) => href !== "" && !href.startsWith("#") && href !== "data:,");
    expect(links).toEqual([one]);
  });

  it("shows hostile traffic as text: it adds no element, no attribute and no invisible character", () => {
    const harmless = pageOf(
      JSON.parse(JSON.stringify(report).replaceAll(JSON.stringify(HOSTILE).slice(1, -1), "plain")) as Report,
      (signature) => [
        textSample(`sample-of-${signature}`, "one\nplain\nthree", "one\nplain!\nthree", {
          target: "/a?q=plain",
          headers: ["X-plain", "plain"],
        }),
      ],
    );
    const shape = (html: string): readonly string[] =>
      elementsOf(html)
        .filter((element) => attribute(element, "class") !== "hidden-character")
        .map(({ tagName, attrs }) => `${tagName} ${attrs.map(({ name }) => name).join(" ")}`);
    expect(shape(page)).toEqual(shape(harmless));
    expect(page).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]|\p{Cs}/u);
    expect(textOf(page)).toContain("U+202E");
    expect(elementsOf(page).filter(({ tagName }) => ["script", "img", "iframe", "object"].includes(tagName))).toEqual(
      [],
    );
  });

  it("escapes any text so that a browser reads the same characters again", () => {
    // Characters that cannot be seen are shown by their number.
    const visible = string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(text));
    assert(
      property(visible, (text) => {
        expect(textOf(`<p>${String(shown(text))}</p>`)).toBe(text.replaceAll(/\s+/g, " "));
      }),
    );
  });

  it("gives every id once, and every link inside the page has a target", () => {
    const elements = elementsOf(page);
    const ids = elements.map((element) => attribute(element, "id")).filter((id) => id !== undefined);
    expect(ids).toHaveLength(new Set(ids).size);
    const targets = elements.filter(({ tagName }) => tagName === "a").map((element) => attribute(element, "href"));
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((href) => !ids.includes(href?.slice(1) ?? ""))).toEqual([]);
    for (const { endpoint, route, causes } of report.endpoints) {
      expect(ids).toContain(endpointAnchor({ endpoint, route }));
      const open = causes.filter((cause) => cause.verdict !== "noise" && cause.rule === null);
      for (const { signature } of open) expect(ids).toContain(causeAnchor(signature));
    }
  });

  it("has no link to a cause that the baseline had, and lists it apart", () => {
    const known = report.endpoints.map((endpoint) => ({
      ...endpoint,
      causes: endpoint.causes.map((cause) => ({ ...cause, state: "baseline" as const })),
    }));
    const elements = elementsOf(pageOf({ ...report, endpoints: known }));
    const ids = elements.map((element) => attribute(element, "id"));
    const targets = elements
      .filter(({ tagName }) => tagName === "a")
      .map((element) => attribute(element, "href") ?? "");
    expect(targets.filter((href) => !ids.includes(href.slice(1)))).toEqual([]);
    expect(ids).toContain("excused");
  });

  it("loads nothing and runs nothing: its policy allows only its own style, by hash", () => {
    const policy = elementsOf(page).find((element) => attribute(element, "http-equiv") === "Content-Security-Policy");
    expect(policy === undefined ? "" : attribute(policy, "content")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; base-uri 'none'; form-action 'none'$/,
    );
    expect(page).not.toMatch(/ style=|@import|url\(|https?:/);
  });

  it("stays below 2 MB, with the samples of the most important causes, and says what was left out", async () => {
    const endpoints = Array.from({ length: 200 }, (_, at) => `GET /service-${at}/items/{id}`);
    const many = await reportOf({
      outcomes: endpoints.flatMap((endpoint, at) => [
        outcome(30, [], { endpoint }),
        outcome(30, [`body $.field${at}.price value raw`, `header x-${at} header raw`], { endpoint }),
      ]),
      minutes: endpoints.flatMap((endpoint) => [
        ...measured("primary", { 12: 20 }, { endpoint }),
        ...measured("candidate", { 13: 20 }, { endpoint }),
      ]),
    });
    const large = pageOf(many, (signature) =>
      [1, 2, 3].map((round) => textSample(`${round} ${signature}`, lines("old"), lines("new"))),
    );
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(MAX_HTML_BYTES);
    const text = textOf(large);
    expect(text).toMatch(/[\d,]+ samples left out to keep this file below 2 MB; the dashboard shows them\./);
    expect(text).toContain("more lines near differences, left out to limit the size of this file");
    // The most important cause has its sample.
    const [first] = large.split('<details class="cause">').slice(1);
    expect(first).toContain("<article");
  });

  it("stays below 2 MB with the longest and most hostile names", async () => {
    const name = HOSTILE.repeat(40);
    const names = Array.from({ length: 100 }, (_, at) => `GET /${at}${name}`);
    const hostile = await reportOf({
      outcomes: names.flatMap((endpoint) => [
        outcome(60, [`body $.${name.replaceAll(" ", "")} value raw`], { endpoint }),
      ]),
      statuses: names.map((endpoint) => statusPairs(200, 500, 10, { endpoint })),
      rules: names.map((_, at) => rule(`$.${at}`, { id: `rule-${at}`, endpoint: "**", reason: name })),
    });
    const large = pageOf(hostile);
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(MAX_HTML_BYTES);
    expect(textOf(large)).toContain("left out to limit the size of this file");
  });

  it("has the colors of the dashboard, in both themes", () => {
    const theme = readFileSync(join(import.meta.dirname, "../../../../web/src/styles/theme.css"), "utf8");
    const [light = "", dark = ""] = theme.split("prefers-color-scheme: dark");
    const missing = (
      [
        [light, LIGHT_THEME],
        [dark, DARK_THEME],
      ] as const
    ).flatMap(([wanted, own]) =>
      own
        .trim()
        .split("\n")
        .filter((line) => !wanted.includes(` ${line}`)),
    );
    expect(missing).toEqual([]);
  });

  it("renders a run without traffic", async () => {
    const text = textOf(pageOf(await reportOf({})));
    expect(text).toContain("No verdict on candidate v2 yet");
    expect(text).toContain("No latency was measured.");
  });
});
