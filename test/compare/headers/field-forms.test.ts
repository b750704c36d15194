import { parseMIMEType, serializeAMimeType } from "undici";
import { describe, expect, it } from "vitest";
import { canonicalMembers } from "../../../src/compare/headers/field-forms.ts";
import { seeded } from "../../lib/seeded.ts";

function isSame(name: string, left: string, right: string): boolean {
  const [one, other] = [canonicalMembers(name, left), canonicalMembers(name, right)];
  return one !== undefined && other !== undefined && one.join("\n") === other.join("\n");
}

describe("canonicalMembers", () => {
  it.each([
    ["content-type", 'text/html; charset="UTF-8"', "Text/HTML;charset=utf-8"],
    ["content-type", "text/plain; format=flowed; charset=utf-8", "text/plain; Charset=UTF-8;; format=flowed;"],
    ["content-type", "multipart/mixed; boundary=a", 'multipart/mixed; boundary="b c"'],
    ["vary", "Accept-Encoding, Origin", "origin,accept-encoding , ORIGIN"],
    ["allow", "GET, HEAD", "HEAD,GET,,"],
    ["accept-ranges", "Bytes", "bytes"],
    ["content-language", "de-DE, en", "EN,de-de"],
    ["content-encoding", "x-GZIP", "gzip"],
    ["cache-control", 'max-age="60", Private="Set-Cookie"', "private=set-cookie,MAX-AGE=060"],
    ["cache-control", "no-store,\tno-cache", "No-Cache , no-store"],
    ["strict-transport-security", "max-age=31536000; includeSubDomains", 'includesubdomains;Max-Age="31536000"'],
    [
      "content-security-policy",
      "default-src 'self' a.example; img-src *",
      "IMG-SRC  * ; default-src A.example 'SELF';",
    ],
    ["link", '</a>; rel="next"; title="x"', "</a>;title=x ; REL=NEXT"],
    ["link", '</a>; rel="prev next"', '</a>; rel="next  PREV"'],
    ["www-authenticate", 'Basic realm="a", charset="UTF-8"', 'basic charset="UTF-8" , Realm = a'],
    ["www-authenticate", "Negotiate, Bearer", "NEGOTIATE,bearer"],
    ["content-disposition", 'attachment; filename="a.txt"', "Attachment; FileName=a.txt"],
    [
      "content-disposition",
      "attachment; filename*=UTF-8''%e2%82%ac.txt",
      "attachment; filename*=utf-8'en'%E2%82%AC.txt; filename=x",
    ],
    ["server-timing", 'db;dur=53, cache;desc="hit";dur=1.2', "db;dur=9.1, cache;dur=3;desc=hit"],
    ["last-modified", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"],
    ["last-modified", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"],
    ["location", "HTTP://Example.COM:80/a%2fB", "http://example.com/a%2FB"],
    ["access-control-max-age", "0600", "600"],
    ["access-control-allow-headers", "X-A,x-b", "X-B, x-a"],
    ["x-frame-options", "deny", "DENY"],
    ["alt-svc", 'h3=":443"; ma=86400', 'h3=":443";ma="86400"'],
    ["permissions-policy", "camera=(), geolocation=(self)", "geolocation=( self ),camera=()"],
    ["priority", "u=1, i", "i=?1,u=1"],
    ["content-security-policy", "img-src HTTPS://A.example:443/X", "img-src https://a.example:443/X"],
    ["location", "/%7ea%2f", "/~a%2F"],
    ["link", "<https://A.example>; rel=next", "<https://a.example/>; rel=next"],
    ["clear-site-data", '"cache", "cookies"', '"cookies","cache"'],
    ["timing-allow-origin", "https://a.example, https://b.example", "https://b.example,https://a.example"],
    ["x-robots-tag", "noindex, nofollow", "NoFollow,noindex"],
    ["expect-ct", "max-age=60, enforce", "enforce,max-age=60"],
    ["x-permitted-cross-domain-policies", "none", "None"],
    ["nel", '{"report_to":"a","max_age":1.0}', '{ "max_age": 1, "report_to": "a" }'],
    ["report-to", '{"group":"a","max_age":1}, {"group":"b"}', '{"max_age":1,"group":"a"},{"group":"b"}'],
    ["content-range", "bytes 0-9/20", "Bytes 0-9/20"],
    ["content-security-policy", "report-uri /a; sandbox allow-forms", "SANDBOX Allow-Forms;report-uri /a"],
    ["accept-post", "Text/HTML; q=1, image/png", "text/html;q=1,image/png"],
  ])("%s: %s means %s", (name, left, right) => {
    expect(isSame(name, left, right)).toBe(true);
  });

  it.each([
    ["content-type", "text/html; charset=utf-8", "text/html; charset=utf-16"],
    ["content-type", "text/html; charset=utf-8", "text/html"],
    ["content-type", "text/html; a=B", "text/html; a=b"],
    ["content-type", "text/html; a=1", "text/html; b=1"],
    ["content-type", "multipart/mixed; boundary=a", "multipart/mixed"],
    ["vary", "Accept", "Accept, Origin"],
    ["allow", "GET", "get"],
    ["content-encoding", "gzip, br", "br, gzip"],
    ["cache-control", "max-age=60, max-age=70", "max-age=70, max-age=60"],
    ["cache-control", "no-cache", 'no-cache="a"'],
    ["cache-control", 'x="a,b"', "x=a, b"],
    ["strict-transport-security", "max-age=1", "max-age=1; includeSubDomains"],
    ["content-security-policy", "script-src 'nonce-Aa'", "script-src 'nonce-aa'"],
    ["content-security-policy", "script-src a", "script-src a, script-src a"],
    ["content-security-policy", "img-src a; img-src b", "img-src b; img-src a"],
    ["link", "</a>; rel=next", "</A>; rel=next"],
    ["link", "</a>; rel=next", "</a>; rel=next; title=x"],
    ["link", "</a>; rel=next, </b>; rel=prev", "</b>; rel=prev, </a>; rel=next"],
    ["www-authenticate", "Basic realm=a", "Basic realm=A"],
    ["www-authenticate", "Basic realm=a, Bearer", "Bearer realm=a, Basic"],
    ["content-disposition", "attachment; filename=a", "attachment; filename=b"],
    ["content-disposition", "attachment; filename=a", "inline; filename=a"],
    ["server-timing", "db;dur=53", "db;dur=53, cache"],
    ["last-modified", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"],
    ["location", "http://example.com/a", "https://example.com/a"],
    ["location", "http://example.com/a", "http://example.com/A"],
    ["priority", "u=1", "u=1, i"],
    ["clear-site-data", '"cache"', '"Cache"'],
    ["content-security-policy", "img-src a.example/X", "img-src a.example/x"],
    ["location", "/a%2Fb", "/a/b"],
    ["timing-allow-origin", "https://a.example", "https://A.example"],
    ["nel", '{"max_age":1}', '{"max_age":"1"}'],
    ["report-to", '{"group":"a"}, {"group":"b"}', '{"group":"b"}, {"group":"a"}'],
    ["content-range", "bytes 0-9/20", "bytes 0-9/21"],
    ["content-security-policy", "report-to Main", "report-to main"],
    ["content-security-policy", "report-uri Main", "report-uri main"],
    ["content-security-policy", "trusted-types One", "trusted-types one"],
    ["alt-svc", "clear", "Clear"],
    ["alt-svc", 'h3=":443"', 'H3=":443"'],
  ])("%s: %s does not mean %s", (name, left, right) => {
    expect(isSame(name, left, right)).toBe(false);
  });

  it.each([
    ["content-type", 'text/html; charset="utf-8'],
    ["content-type", "text/html, text/plain"],
    ["vary", "a b"],
    ["cache-control", 'max-age="1'],
    ["link", "/a; rel=next"],
    ["last-modified", "yesterday"],
    ["last-modified", "Sun, 06 Nov 1994 08:49:37 +0100"],
    ["priority", "u=("],
    ["access-control-max-age", "-1"],
    ["nel", '{"max_age":1'],
    ["report-to", "[".repeat(100_000)],
    ["cache-status", "a; ttl=1.0"],
    ["x-robots-tag", "googlebot: noindex, nofollow"],
    ["x-custom", "a"],
  ])("%s: %s has no form and is compared as text", (name, value) => {
    expect(canonicalMembers(name, value)).toBeUndefined();
  });
});

/** Spells values of a model at random. */
interface Speller {
  readonly random: () => number;
  readonly pick: <T>(all: readonly T[]) => T;
  /** Upper and lower case at random. */
  readonly anyCase: (text: string) => string;
  readonly anyOrder: <T>(all: readonly T[]) => T[];
  /** As a token where that is possible, or as a quoted string. */
  readonly anyQuotes: (text: string) => string;
  readonly list: (members: readonly string[]) => string;
  readonly parameters: (members: readonly string[]) => string;
}

function createSpeller(random: () => number): Speller {
  const pick: Speller["pick"] = (all) => all[Math.floor(random() * all.length)] as never;
  return {
    random,
    pick,
    anyCase: (text) =>
      text.replaceAll(/[a-z]/gi, (letter) => (random() < 0.4 ? letter.toUpperCase() : letter.toLowerCase())),
    anyOrder: (all) =>
      all
        .map((one) => ({ one, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ one }) => one),
    anyQuotes: (text) =>
      /^[\w-]+$/.test(text) && random() < 0.5 ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`,
    list: (members) => members.map((member) => `${pick(["", " ", "\t"])}${member}${pick(["", " ", ","])}`).join(","),
    parameters: (members) => members.map((member) => `${pick(["", " "])}${member}${pick(["", " ", ";"])}`).join(";"),
  };
}

interface Family {
  readonly name: string;
  /** The meaning of a value, as names with texts; an array counts in order. */
  readonly create: (speller: Speller) => readonly (readonly [string, string])[];
  /** The meaning in one form, independent of the code under test. */
  readonly meaning: (model: readonly (readonly [string, string])[]) => unknown;
  readonly spell: (model: readonly (readonly [string, string])[], speller: Speller) => string;
}

const NAMES = ["alpha", "beta", "gamma-2"];
const TEXTS = ["a", "A", "b c", 'q"t', "x,y", "x;y"];
const byName = (model: readonly (readonly [string, string])[]): unknown =>
  model.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
const someOf = (names: readonly string[], texts: readonly string[]) => (speller: Speller) =>
  names.filter(() => speller.random() < 0.6).map((name) => [name, speller.pick(texts)] as const);
const asParameter =
  (speller: Speller) =>
  ([name, text]: readonly [string, string]): string =>
    `${speller.anyCase(name)}=${speller.anyQuotes(text)}`;

const FAMILIES: readonly Family[] = [
  {
    name: "vary",
    create: someOf(NAMES, [""]),
    meaning: (model) => model.map(([name]) => name).toSorted(),
    spell: (model, speller) => speller.list(speller.anyOrder(model).map(([name]) => speller.anyCase(name))),
  },
  {
    name: "content-type",
    create: (speller) => [
      ["type", speller.pick(["text/a", "text/b"])],
      ...someOf(["charset", "alpha", "beta"], ["u", "v", "x;y"])(speller),
    ],
    meaning: byName,
    spell: ([[, type] = ["", ""], ...rest], speller) =>
      speller.parameters([speller.anyCase(type), ...speller.anyOrder(rest).map(asParameter(speller))]),
  },
  {
    name: "cache-control",
    create: someOf(["max-age", "no-store", "private", "alpha"], ["", "60", "70", "x,y"]),
    meaning: byName,
    spell: (model, speller) =>
      speller.list(
        speller.anyOrder(model).map((one) => (one[1] === "" ? speller.anyCase(one[0]) : asParameter(speller)(one))),
      ),
  },
  {
    name: "strict-transport-security",
    create: someOf(["max-age", "includesubdomains", "preload"], ["", "1", "2"]),
    meaning: byName,
    spell: (model, speller) =>
      speller.parameters(
        speller.anyOrder(model).map((one) => (one[1] === "" ? speller.anyCase(one[0]) : asParameter(speller)(one))),
      ),
  },
  {
    name: "content-disposition",
    create: (speller) => [
      ["type", speller.pick(["inline", "attachment"])],
      ...someOf(["filename", "alpha"], TEXTS)(speller),
    ],
    meaning: byName,
    spell: ([[, type] = ["", ""], ...rest], speller) =>
      speller.parameters([
        speller.anyCase(type),
        ...speller
          .anyOrder(rest)
          .map(([name, text]) =>
            name === "filename" && speller.random() < 0.4
              ? `${speller.anyCase("filename*")}=${speller.anyCase("utf-8")}''${encodeURIComponent(text)}`
              : asParameter(speller)([name, text]),
          ),
      ]),
  },
  {
    name: "link",
    create: (speller) => [
      ["uri", speller.pick(["/a", "/b,c", "/d;e"])],
      ...someOf(["rel", "title"], ["next", "prev"])(speller),
    ],
    meaning: byName,
    spell: ([[, uri] = ["", ""], ...rest], speller) =>
      speller.parameters([
        `<${uri}>`,
        ...speller
          .anyOrder(rest)
          .map(([name, text]) => asParameter(speller)([name, name === "rel" ? speller.anyCase(text) : text])),
      ]),
  },
  {
    name: "www-authenticate",
    create: (speller) => [
      ["scheme", speller.pick(["basic", "bearer"])],
      ...someOf(["realm", "alpha"], ["a", "A", "b c", "x,y"])(speller),
    ],
    meaning: byName,
    spell: ([[, scheme] = ["", ""], ...rest], speller) =>
      `${speller.anyCase(scheme)} ${speller.list(speller.anyOrder(rest).map(asParameter(speller))).replace(/^[\t ]+/, "")}`.trim(),
  },
  {
    name: "server-timing",
    create: someOf(["db", "cache", "app"], ["", "hit", "miss"]),
    meaning: (model) => model,
    spell: (model, speller) =>
      speller.list(
        model.map(([name, text]) =>
          speller.parameters([
            name,
            ...speller.anyOrder([
              ...(text === "" ? [] : [`desc=${speller.anyQuotes(text)}`]),
              `dur=${speller.random().toFixed(2)}`,
            ]),
          ]),
        ),
      ),
  },
  {
    name: "permissions-policy",
    create: someOf(["camera", "usb", "midi"], ["()", "(self)", "*"]),
    meaning: byName,
    spell: (model, speller) =>
      speller
        .anyOrder(model)
        .map(([name, text]) => `${name}=${text}`)
        .join(speller.pick([",", ", ", " ,\t"])),
  },
];

const PAIRS = 5_000;

function parsedByUndici(value: string): string {
  const type = parseMIMEType(value);
  if (type === "failure") return type;
  const [essence, ...parameters] = serializeAMimeType(type).split(";");
  return JSON.stringify([essence, ...parameters.toSorted()]);
}

describe("values in random spellings", () => {
  it.each(FAMILIES)(`$name: equal meanings have equal forms, others do not, in ${PAIRS} pairs`, (family) => {
    const speller = createSpeller(seeded(9110));
    const wrong: unknown[] = [];
    let equal = 0;
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const model = family.create(speller);
      const other = speller.random() < 0.5 ? model : family.create(speller);
      const [left, right] = [family.spell(model, speller), family.spell(other, speller)];
      const expected = JSON.stringify(family.meaning(model)) === JSON.stringify(family.meaning(other));
      if (expected) equal += 1;
      if (isSame(family.name, left, right) !== expected) wrong.push({ left, right, expected });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(equal).toBeGreaterThan(PAIRS / 3);
    expect(equal).toBeLessThan(PAIRS * 0.8);
  });

  it("content-type: the forms of random pairs are equal where another parser's are", () => {
    const speller = createSpeller(seeded(2045));
    const family = FAMILIES.find(({ name }) => name === "content-type") as Family;
    const wrong: unknown[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const model = family.create(speller);
      const other = speller.random() < 0.5 ? model : family.create(speller);
      const [left, right] = [family.spell(model, speller), family.spell(other, speller)];
      if (isSame("content-type", left, right) !== (parsedByUndici(left) === parsedByUndici(right)))
        wrong.push({ left, right });
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
