import { describe, expect, it } from "vitest";
import { found, tree } from "../bodies.ts";

const HTML = "text/html; charset=utf-8";
const XML = "application/xml";
const page = (body: string): string => `<!doctype html><html><head><title>t</title></head><body>${body}</body></html>`;
const svg = (title: string): string => page(`<svg><g><title>${title}</title><title>b</title></g></svg>`);

const svgText = (text: string): string => `<svg><text xml:space="preserve">${text}</text></svg>`;
/** Two elements with a style, with and without a text between them. */
const styled = (style: string, between: string, name = "b"): [string, string] => {
  const element = `<${name} style="${style}">a</${name}>`;
  return [element + between + element, element + element];
};
const SPACE_IS_MISSING = 'missing $.html.body.$text: "⟨⟩ ⟨⟩" → null';

describe("HTML", () => {
  it("becomes lists of elements by name, with attributes and text", () => {
    expect(tree(page(`<div class="a"><p>x <b>y</b>z</p></div>`), HTML)).toEqual({
      $doctype: "html",
      html: {
        head: { title: { $text: "t" } },
        body: { div: [{ "@class": "a", p: [{ $text: "x \u0000z", b: [{ $text: "y" }] }] }] },
        $order: ["head", "body"],
      },
    });
  });

  it.each([
    ["attributes in another order", `<a href="/x" id="1">l</a>`, `<a id="1" href="/x">l</a>`],
    ["other quotes, case and spelling", `<DIV ID='1'>a &amp; b</DIV>`, `<div id=1>a &#38; b</div>`],
    ["whitespace between blocks", "<ul><li>a</li><li>b</li></ul>", "<ul>\n  <li>\n a </li>\n  <li>b</li>\n</ul>\n"],
    ["runs of whitespace in a text", "<p>a b</p>", "<p>a\n\t b</p>"],
    ["spaces between blocks by a style with comments", ...styled("/* inline */ display: /**/ block", " ")],
    ["an optional end tag", "<p>a</p><p>b</p>", "<p>a<p>b"],
  ])("ignores %s", (_, left, right) => {
    expect(found(page(left), page(right), HTML)).toEqual([]);
  });

  it.each([
    ["an attribute", `<a class="x">l</a>`, `<a class="y">l</a>`, [`value $.html.body.a[*].@class: "x" → "y"`]],
    ["a text", "<p>a</p>", "<p>b</p>", [`value $.html.body.p[*].$text: "a" → "b"`]],
    ["a visible space", "<p>a <b>b</b></p>", "<p>a<b>b</b></p>", [`value $.html.body.p[*].$text: "a ⟨⟩" → "a⟨⟩"`]],
    ["whitespace in pre", "<pre>a  b</pre>", "<pre>a b</pre>", [`value $.html.body.pre[*].$text: "a  b" → "a b"`]],
    [
      "an element that moved among others",
      "<h2>a</h2><p>1</p><h2>b</h2><p>2</p><p>3</p>",
      "<h2>a</h2><p>1</p><p>2</p><h2>b</h2><p>3</p>",
      ['order $.html.body.$order: "h2 p h2 p p" → "h2 p p h2 p"'],
    ],
    [
      "an additional element among others as one difference",
      "<h2>a</h2><p>1</p>",
      "<h2>a</h2><p>1</p><p>2</p>",
      ["extra $.html.body.p[*]: null → object of 1 member"],
    ],
    [
      "an element that one side has and another one instead as two differences",
      "<h2>a</h2><p>1</p><hr><p>2</p>",
      "<h2>a</h2><p>1</p><br><p>2</p>",
      ["missing $.html.body.hr: array of 1 element → null", "extra $.html.body.br: null → array of 1 element"],
    ],
    ["a space between elements without boxes", ...styled("display:contents", " ", "div"), [SPACE_IS_MISSING]],
    ["whitespace in SVG", svgText("a  b"), svgText("a b"), ['value $.html.body.svg[*].text[*].$text: "a  b" → "a b"']],
    ["a space between links", "<a>a</a> <a>b</a>", "<a>a</a><a>b</a>", ['missing $.html.body.$text: "⟨⟩ ⟨⟩" → null']],
    ["an additional element", "<p>a</p>", "<p>a</p><p>b</p>", ["extra $.html.body.p[*]: null → object of 1 member"]],
    [
      "elements in another order",
      "<h1>a</h1><p>b</p>",
      "<p>b</p><h1>a</h1>",
      ['order $.html.body.$order: "h1 p" → "p h1"'],
    ],
    ["a comment", "<p>a<!-- 1 --></p>", "<p>a<!-- 2 --></p>", [`value $.html.body.p[*].$comments[*]: " 1 " → " 2 "`]],
    [
      "the position of an element in a text",
      "<p>a<br>bc</p>",
      "<p>ab<br>c</p>",
      [`value $.html.body.p[*].$text: "a⟨⟩bc" → "ab⟨⟩c"`],
    ],
  ])("reports %s", (_, left, right, expected) => {
    expect(found(page(left), page(right), HTML)).toEqual(expected);
  });

  it("loses no repetition of elements that should occur once", () => {
    expect(found(svg("a"), svg("c"), HTML)).toHaveLength(1);
  });

  it("is compared as JSON when the content is JSON", () => {
    expect(found('{"a":1}', '{"a": 2}', HTML)).toEqual(["value $.a: 1 → 2"]);
    expect(found('{"a":1}', page("Error"), HTML)).toEqual(["type $: JSON → HTML"]);
  });

  it("is parsed with a million comments in a style that do not end", () => {
    expect(found(page(`<p style="${"/*".repeat(1_000_000)}">a  b`), page("<p>a b"), HTML)).toHaveLength(1);
  });

  it.each([
    ["a million elements deep", "<div>".repeat(1_000_000), "nested too deeply to compare"],
    ["a million formatting elements", "<b>".repeat(1_000_000), "nested too deeply to compare"],
    [
      "elements that are reopened repeatedly",
      `${"<b a=1><i b=2>".repeat(200)}${"<p>".repeat(400_000)}`,
      "too many values to compare",
    ],
  ])("reports %s as not compared", (_, text, why) => {
    expect(tree(text, HTML)).toBe(why);
    expect(found(text, `${text}x`, HTML)).toEqual([`truncated $: ${why} → ${why}`]);
  });
});

const xhtml = (content: string): string => `<body xmlns="http://www.w3.org/1999/xhtml">${content}</body>`;

describe("XML", () => {
  it("becomes lists of elements by local name", () => {
    const text = `<?xml version="1.0"?><o:order xmlns:o="urn:o" id="7"><o:item>9.99</o:item><o:item x="1"/></o:order>`;
    expect(tree(text, XML)).toEqual({
      order: { $ns: "urn:o", "@id": "7", item: [{ $text: "9.99" }, { "@x": "1" }] },
    });
  });

  it.each([
    ["another prefix", `<a:x xmlns:a="urn:1"><a:y/></a:x>`, `<x xmlns="urn:1"><y/></x>`],
    ["attributes in another order", `<x a="1" b="2"/>`, `<x b='2' a='1'></x>`],
    ["CDATA", "<x>a&lt;b</x>", "<x><![CDATA[a<b]]></x>"],
    ["whitespace between elements", "<x><y/><z/></x>", "<x>\n  <y/>\n  <z/>\n</x>"],
    ["the declaration", "<x/>", `<?xml version="1.0" encoding="utf-8"?>\n<x/>`],
    [
      "a prefix of a SOAP fault code",
      '<s:F xmlns:s="urn:s"><faultcode>s:Client</faultcode></s:F>',
      '<F xmlns="urn:s" xmlns:e="urn:s"><faultcode xmlns="">e:Client</faultcode></F>',
    ],
    [
      "a default namespace instead of a prefix in XML Schema",
      '<xs:element xmlns:xs="http://www.w3.org/2001/XMLSchema" type="xs:int"/>',
      '<element xmlns="http://www.w3.org/2001/XMLSchema" type="int"/>',
    ],
    ["whitespace between blocks of XHTML", xhtml("<div/><p><b/></p>"), xhtml("\n<div/>\n<p>\n<b/>\n</p>\n")],
    ["whitespace between inline elements and blocks of XHTML", xhtml("<b/><p/><b/>"), xhtml("<b/> <p/> <b/>")],
    ["how much space is between links in XHTML", xhtml("<a/> <a/>"), xhtml("\n<a/>\n \n<a/>\n")],
    ["a prefix of an attribute", `<x xmlns:a="urn:1" a:k="1"/>`, `<x xmlns:b="urn:1" b:k="1"/>`],
  ])("ignores %s", (_, left, right) => {
    expect(found(left, right, XML)).toEqual([]);
  });

  it.each([
    ["another namespace", `<x xmlns="urn:1"/>`, `<x xmlns="urn:2"/>`, [`value $.x.$ns: "urn:1" → "urn:2"`]],
    [
      "a type in another namespace",
      '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:1" xsi:type="p:T"/>',
      '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:2" xsi:type="p:T"/>',
      [`value $.x['@{http://www.w3.org/2001/XMLSchema-instance}type']: "{urn:1}T" → "{urn:2}T"`],
    ],
    [
      "a reference instead of its literal text",
      "<!DOCTYPE x><x>&a;</x>",
      "<!DOCTYPE x><x>&amp;a;</x>",
      ['value $.x.$text: "&a;" → "&a;"'],
    ],
    ["a space between links in XHTML", xhtml("<a/> <a/>"), xhtml("<a/><a/>"), ['missing $.body.$text: "⟨⟩ ⟨⟩" → null']],
    [
      "whitespace in pre of XHTML",
      xhtml("<pre> <b/></pre>"),
      xhtml("<pre><b/></pre>"),
      ['missing $.body.pre[*].$text: " ⟨⟩" → null'],
    ],
    [
      "a space in a text of SVG",
      '<text xmlns="http://www.w3.org/2000/svg"><tspan/> <tspan/></text>',
      '<text xmlns="http://www.w3.org/2000/svg"><tspan/><tspan/></text>',
      ['missing $.text.$text: "⟨⟩ ⟨⟩" → null'],
    ],
    ["a no-break space", "<x><y/>&#160;<y/></x>", "<x><y/><y/></x>", ['missing $.x.$text: "⟨⟩ ⟨⟩" → null']],
    [
      "preserved space",
      '<x xml:space="preserve"><y/> <y/></x>',
      '<x xml:space="preserve"><y/><y/></x>',
      ['missing $.x.$text: "⟨⟩ ⟨⟩" → null'],
    ],
    ["an attribute", `<x><y k="1"/></x>`, `<x><y k="2"/></x>`, [`value $.x.y[*].@k: "1" → "2"`]],
    ["a text", "<x><y>1</y></x>", "<x><y>2</y></x>", [`value $.x.y[*].$text: "1" → "2"`]],
    ["a missing element", "<x><y/><y>a</y></x>", "<x><y/></x>", ["missing $.x.y[*]: object of 1 member → null"]],
    [
      "elements of one name in another order",
      "<x><y>a</y><y>b</y></x>",
      "<x><y>b</y><y>a</y></x>",
      ["order $.x.y: array of 2 elements → array of 2 elements"],
    ],
    [
      "elements of two names in another order",
      "<x><y/><z/></x>",
      "<x><z/><y/></x>",
      ['order $.x.$order: "y z" → "z y"'],
    ],
    [
      "a processing instruction",
      `<?s href="a"?><x/>`,
      `<?s href="b"?><x/>`,
      [`value $['?s'][*]: "href=\\"a\\"" → "href=\\"b\\""`],
    ],
    ["invalid XML", "<x><y></x>", "<x><y/></x>", ["parse $: not valid XML → XML"]],
    [
      "another root",
      "<x/>",
      "<y/>",
      ["missing $.x: object of 0 members → null", "extra $.y: null → object of 0 members"],
    ],
  ])("reports %s", (_, left, right, expected) => {
    expect(found(left, right, XML)).toEqual(expected);
  });

  it("is compared as text when it is invalid on both sides", () => {
    expect(found("<x>\n<y>1", "<x>\n<y>2", "image/svg+xml")).toEqual([
      "value $: not valid XML: text of 8 characters → not valid XML: text of 8 characters",
    ]);
  });

  it("neither expands nor fetches entities", () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]>`;
    expect(tree(`${laughs}<x>&b;&e;</x>`, XML)).toEqual({
      $doctype: `x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY e SYSTEM "file:///etc/passwd">]`,
      x: { $text: "\uFFFF&b;\uFFFF&e;" },
    });
    expect(found(`${laughs}<x>&a;</x>`, `${laughs}<x>&b;</x>`, XML)).toEqual([`value $.x.$text: "&a;" → "&b;"`]);
    expect(tree("<x>&a;</x>", XML)).toBe("text");
  });

  it("reports a million nested elements as not compared", () => {
    expect(tree("<x>".repeat(1_000_000), XML)).toBe("nested too deeply to compare");
  });

  it("parses many attributes and elements", () => {
    const attributes = Array.from({ length: 100_000 }, (_, at) => `a${at}="1"`).join(" ");
    expect(Object.keys(tree(`<x ${attributes}/>`, XML) as object)).toEqual(["x"]);
    expect(tree(`<x>${"<y/>".repeat(400_000)}</x>`, XML)).toBe("too many values to compare");
  });
});
