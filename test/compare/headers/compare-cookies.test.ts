import { getSetCookies, Headers } from "undici";
import { describe, expect, it } from "vitest";
import { compareCookies } from "../../../src/compare/headers/compare-cookies.ts";
import { createMapLearner } from "../../../src/compare/tree/keys/map-paths.ts";
import { seeded } from "../../lib/seeded.ts";

const DATE = Date.UTC(2026, 0, 1);

function differing(
  left: string[],
  right: string[],
  options: { target?: string; dates?: [number, number] } = {},
): string[] {
  const [a, b] = options.dates ?? [undefined, undefined];
  return compareCookies({ lines: left, date: a }, { lines: right, date: b }, options.target ?? "/", undefined).map(
    ({ path, kind }) => `${path} ${kind}`,
  );
}

const DEMO = "SESSION=1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60";

describe("compareCookies", () => {
  it.each([
    ["SESSION=2; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", ["SESSION header", "SESSION.Secure missing"]],
    ["SESSION=1; Path=/; Secure; SameSite=None; Max-Age=60", ["SESSION.HttpOnly missing", "SESSION.SameSite header"]],
    ["SESSION=1; Path=/a; Secure; HttpOnly; SameSite=Lax", ["SESSION.Path header", "SESSION.Max-Age missing"]],
    [`${DEMO}; Partitioned; Domain=a.example`, ["SESSION.Partitioned extra", "SESSION.Domain extra"]],
    [`${DEMO}; Version=1`, ["SESSION.{*} extra"]],
    ["session=1; Path=/; Secure", ["SESSION missing", "session extra"]],
  ])("finds the value and each attribute of %s", (line, expected) => {
    expect(differing([DEMO], [line])).toEqual(expected.map((each) => `set-cookie.${each}`));
  });

  it.each([
    "SESSION=1;path=/;SECURE;httponly;samesite=LAX;max-age=60",
    "SESSION = 1 ; Path = / ; Secure ; HttpOnly ; SameSite = lax ; Max-Age = 0060",
    "SESSION=1; SameSite=Lax; Max-Age=60; HttpOnly=; Secure=1; Path=/; ;",
    "SESSION=1; Path=/a; Max-Age=5; Secure; HttpOnly; SameSite=Lax; Max-Age=60; Path=/",
  ])("a user agent stores %s as the same cookie", (line) => {
    expect(differing([DEMO], [line])).toEqual([]);
  });

  it("a leading dot and the case of a domain, an invalid Max-Age and an unknown SameSite have no meaning", () => {
    expect(differing(["a=1; Domain=.Example.com"], ["a=1; Domain=example.COM"])).toEqual([]);
    expect(differing(["a=1; Max-Age=soon; SameSite=Some; Path=; Domain="], ["a=1"])).toEqual([]);
    expect(differing(["a=1; Max-Age=0"], ["a=1; Max-Age=-5"])).toEqual([]);
  });

  it("an invalid Max-Age or Expires leaves the one before it, an invalid Path or SameSite replaces it", () => {
    const expires = "Expires=Sun, 06 Nov 2094 08:49:37 GMT";
    expect(differing([`a=1; Max-Age=60; Max-Age=x; ${expires}; Expires=x`], [`a=1; Max-Age=60; ${expires}`])).toEqual(
      [],
    );
    expect(differing(["a=1; Max-Age=60; Max-Age=x"], ["a=1"])).toEqual(["set-cookie.a.Max-Age missing"]);
    expect(differing(["a=1; Path=/x; Path=y; SameSite=Lax; SameSite=x"], ["a=1"])).toEqual([]);
  });

  it("quotes belong to the value, and a missing value is not an empty one", () => {
    expect(differing(['a="1"'], ["a=1"])).toEqual(["set-cookie.a header"]);
    expect(differing(["a="], ["a"])).toEqual(["set-cookie.a missing", "set-cookie.{*} extra"]);
    expect(differing(["a="], ["a= "])).toEqual([]);
  });

  it("a cookie without a path has the directory of the request's", () => {
    expect(differing(["a=1; Path=/x"], ["a=1"], { target: "/x/y?z=/w" })).toEqual([]);
    expect(differing(["a=1; Path=/x/"], ["a=1"], { target: "/x/y" })).toEqual(["set-cookie.a.Path missing"]);
    expect(differing(["a=1; Path=/"], ["a=1"], { target: "/y" })).toEqual([]);
  });

  it("pairs cookies of one name by domain and path, whatever the order of lines", () => {
    const lines = ["a=1; Path=/x", "a=2; Path=/y", "b=3"];
    expect(differing(lines, lines.toReversed())).toEqual([]);
    expect(differing(lines, ["a=2; Path=/y; Secure", "b=3", "a=1; Path=/x"])).toEqual(["set-cookie.a.Secure extra"]);
    expect(differing(["a=1", "a=2"], ["a=2", "a=1"])).toEqual(["set-cookie.a header", "set-cookie.a header"]);
  });

  it.each([
    ["Thu, 01 Jan 2026 01:00:00 GMT", "Thu, 01 Jan 2026 01:00:07 GMT", []],
    ["Thu, 01 Jan 2026 01:00:00 GMT", "Thursday, 01-Jan-26 01:00:05 GMT", []],
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 31 Dec 2025 23:59:59 GMT", []],
    ["Thu, 01 Jan 2026 01:00:00 GMT", "Thu, 01 Jan 2026 01:00:10 GMT", ["set-cookie.a.Expires header"]],
    ["Thu, 01 Jan 2026 01:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", ["set-cookie.a.Expires header"]],
    ["Thu, 01 Jan 2026 01:00:00 GMT", "soon", ["set-cookie.a.Expires missing"]],
  ])("compares Expires %s and %s relative to Date, five seconds apart", (left, right, expected) => {
    const found = differing([`a=1; Expires=${left}`], [`a=1; Expires=${right}`], { dates: [DATE, DATE + 5_000] });
    expect(found).toEqual(expected);
  });

  it("without Date, compares Expires exactly", () => {
    const [left, right] = ["a=1; Expires=Thu, 01 Jan 2026 01:00:00 GMT", "a=1; Expires=Thu, 01 Jan 2026 01:00:01 GMT"];
    expect(differing([left], [right])).toEqual(["set-cookie.a.Expires header"]);
    expect(differing([left], ["a=1; expires=Thursday, 01-Jan-26 01:00:00 GMT"])).toEqual([]);
  });

  it("names that are data share one path, and their attributes are still compared", () => {
    const left = ["wp_6d5e0c1f22334455aabb=1; Secure", "4711=1"];
    const right = ["wp_77aa0c1f22334455aacc=1", "4712=1"];
    expect(differing(left, right)).toEqual([
      "set-cookie.wp_{*} header",
      "set-cookie.wp_{*}.Secure missing",
      "set-cookie.{*} header",
    ]);
    expect(differing(["visid_incap_2293847=1"], [])).toEqual(["set-cookie.visid_incap_{*} missing"]);
  });

  it("learns that names are data once both sides have had 24 new ones", () => {
    const maps = createMapLearner()("GET /");
    const paths = Array.from({ length: 25 }, (_, index) => {
      const [left, right] = [`k${String.fromCharCode(97 + index)}x=1`, `q${String.fromCharCode(97 + index)}y=1`];
      const found = compareCookies({ lines: [left], date: undefined }, { lines: [right], date: undefined }, "/", maps);
      return found.map(({ path }) => path);
    });
    expect(paths[0]).toEqual(["set-cookie.kax", "set-cookie.qay"]);
    expect(paths[24]).toEqual(["set-cookie.{*}"]);
  });
});

/** What another implementation of RFC 6265bis makes of a line. */
function storedByUndici(line: string): string {
  const headers = new Headers();
  headers.append("set-cookie", line);
  return JSON.stringify(
    getSetCookies(headers).map(({ name, value, domain, path, maxAge, expires, secure, httpOnly, sameSite }) => [
      name,
      value,
      domain?.replace(/^\./, "") ?? "",
      path ?? "/",
      maxAge === undefined ? "" : Math.max(0, maxAge),
      expires === undefined ? "" : Number(expires),
      secure === true,
      httpOnly === true,
      sameSite ?? "",
    ]),
  );
}

const ATTRIBUTES: readonly (readonly [name: string, values: readonly string[]])[] = [
  ["Secure", [""]],
  ["HttpOnly", [""]],
  ["SameSite", ["Lax", "Strict", "None"]],
  ["Path", ["/", "/a", ""]],
  ["Domain", ["example.com", ".example.com", "a.example.com"]],
  ["Max-Age", ["0", "-1", "60", "060", "x"]],
  ["Expires", ["Thu, 01 Jan 2026 01:00:00 GMT", "Thu, 01 Jan 2026 01:00:01 GMT"]],
];

describe("compareCookies and another parser of Set-Cookie", () => {
  it("agree on 20,000 pairs of lines in random spellings", () => {
    const random = seeded(6265);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const inAnyCase = (text: string): string =>
      text.replaceAll(/[a-z]/gi, (letter) => (random() < 0.3 ? letter.toUpperCase() : letter.toLowerCase()));
    const choose = (): string[] => ATTRIBUTES.map(([, values]) => (random() < 0.3 ? pick(values) : "-"));
    const line = (chosen: readonly string[]): string => {
      const spelled = ATTRIBUTES.flatMap(([name], at) => {
        const value = chosen[at] ?? "-";
        if (value === "-") return [];
        const spelledValue = name === "Path" || name === "Expires" ? value : inAnyCase(value);
        return value === "" ? inAnyCase(name) : `${inAnyCase(name)}${pick(["=", " = "])}${spelledValue}`;
      });
      const inAnyOrder = spelled.map((text) => ({ text, at: random() })).toSorted((a, b) => a.at - b.at);
      return [`a${pick(["=", " = "])}1`, ...inAnyOrder.map(({ text }) => text)].join(pick([";", "; ", " ; "]));
    };
    let same = 0;
    const disagreed: unknown[] = [];
    for (let round = 0; round < 20_000; round += 1) {
      const chosen = choose();
      const at = Math.floor(random() * chosen.length);
      const changed = random() < 0.5 ? chosen : chosen.with(at, pick(["-", ...(ATTRIBUTES[at]?.[1] ?? [])]));
      const [left, right] = [line(chosen), line(changed)];
      const isSame = storedByUndici(left) === storedByUndici(right);
      if (isSame) same += 1;
      if ((differing([left], [right]).length === 0) !== isSame) disagreed.push({ left, right, isSame });
    }
    expect(disagreed).toEqual([]);
    expect(same).toBe(14_066);
  });
});
