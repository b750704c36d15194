import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neutralValue } from "../../src/isolate/request/neutral-value.ts";
import { readRequestParts } from "../../src/isolate/request/request-parts.ts";
import type { ProbeRequest } from "../../src/model/isolate/probe.ts";

const OPTIONS = { endpoint: "GET /", otherTargets: [], ownFields: new Set(["shadowdiff-probe"]) };

const FIELDS = ["Host", "h", "A", "1", "a", "2", "Cookie", " c=1;d; c=2 ;", "cookie", "e=5"];
const FRAMING = [
  "Connection",
  "close, x-hop",
  "X-Hop",
  "1",
  "Content-Length",
  "0",
  "TE",
  "trailers",
  "Shadowdiff-Probe",
  "1",
];

function json(text: string, type = "application/json"): ProbeRequest {
  return { method: "POST", target: "/", headers: ["Content-Type", type], body: Buffer.from(text) };
}

describe("the parts of a request", () => {
  const request: ProbeRequest = {
    method: "GET",
    target: "/a?x=1&&x=2&flag&=3&__proto__=4",
    headers: [...FIELDS, ...FRAMING],
    body: null,
  };

  it("are header fields, cookies and parameters one by one, and never what frames the message", () => {
    const { all, build } = readRequestParts(request, OPTIONS);
    expect(all.map(({ kind, name, value }) => [kind, name, value])).toEqual([
      ["header", "a", "1"],
      ["header", "a", "2"],
      ["cookie", "c", "1"],
      ["cookie", "", "d"],
      ["cookie", "c", "2"],
      ["cookie", "e", "5"],
      ["query", "x", "1"],
      ["query", "x", "2"],
      ["query", "flag", ""],
      ["query", "", "3"],
      ["query", "__proto__", "4"],
    ]);
    expect(build(new Map())).toEqual({ ...request, headers: FIELDS });
  });

  it("are left out and replaced one by one", () => {
    const { all, build } = readRequestParts(request, OPTIONS);
    const without = (...indexes: number[]) => build(new Map(indexes.map((index) => [all[index]!, null])));
    expect(without(0, 3, 5).headers).toEqual(["Host", "h", "a", "2", "Cookie", "c=1; c=2"]);
    expect(without(6, 8, 9, 10).target).toBe("/a?x=2");
    expect(without(6, 7, 8, 9, 10).target).toBe("/a");
    const replaced = build(
      new Map([
        [all[2]!, "9"],
        [all[1]!, "z"],
        [all[8]!, "y"],
      ]),
    );
    expect(replaced.headers).toEqual(["Host", "h", "A", "1", "a", "z", "Cookie", "c=9; d; c=2", "cookie", "e=5"]);
    expect(replaced.target).toBe("/a?x=1&x=2&flag=y&=3&__proto__=4");
  });

  it("are the members and elements of a JSON body: what is left out is missing, and all else is as it was", () => {
    fc.assert(
      fc.property(
        fc.object({ maxDepth: 3, withNullPrototype: true }),
        fc.infiniteStream(fc.boolean()),
        (document, draws) => {
          const text = JSON.stringify(document, null, 1);
          const { all, build } = readRequestParts(json(text), OPTIONS);
          const members = all.filter(({ kind }) => kind === "body");
          const left = new Set(members.filter(() => draws.next().value === false));
          const { body } = build(new Map(members.filter((part) => !left.has(part)).map((part) => [part, null])));
          const isKept = (part: (typeof members)[number]): boolean =>
            left.has(part) && (part.parent === undefined || isKept(part.parent));
          expect(countValues(JSON.parse(Buffer.from(body ?? []).toString()))).toBe(1 + members.filter(isKept).length);
          const scalars = members.filter((part) => isKept(part) && !/^[[{]/.test(part.value));
          for (const { value } of scalars) expect(Buffer.from(body ?? []).toString()).toContain(value);
        },
      ),
    );
  });

  it("keep the spelling of numbers, escapes and repeated members", () => {
    const text = '{ "a" : 1.50, "a":12345678901234567890 , "\\u0062":"\\/", "c":[1e400 ,true,{}] }';
    const { all, build } = readRequestParts(json(text), OPTIONS);
    const [first, , , list] = all.filter(({ kind }) => kind === "body");
    expect(all.map(({ name }) => name)).toEqual([
      "content-type",
      "$.a",
      "$.a",
      "$.b",
      "$.c",
      "$.c[0]",
      "$.c[1]",
      "$.c[2]",
    ]);
    const { body } = build(
      new Map([
        [first!, null],
        [list!, "[]"],
      ]),
    );
    expect(Buffer.from(body ?? []).toString()).toBe('{"a":12345678901234567890,"\\u0062":"\\/","c":[]}');
  });

  it("are the fields of a form", () => {
    const { all, build } = readRequestParts(json("a=1&b=%20&&a=2", "application/x-www-form-urlencoded"), OPTIONS);
    const [, first] = all;
    expect(all.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "header content-type",
      "body a",
      "body b",
      "body a",
    ]);
    expect(Buffer.from(build(new Map([[first!, null]])).body ?? []).toString()).toBe("b=%20&a=2");
  });

  it.each([
    ["no JSON", "{a:1}"],
    ["JSON with a comment", '{"a":1 /* b */}'],
    ["a scalar", '"a"'],
    ["too deep", `${"[".repeat(20)}${"]".repeat(20)}`],
    ["no UTF-8", Buffer.from('{"a":"\xff"}', "latin1")],
    ["large", JSON.stringify({ a: "x".repeat(300_000) })],
    ["something else", "a,b\n1,2", "text/csv"],
  ])("a body that is %s is one block", (_, body, type = "application/json") => {
    const sent = { ...json("", type), body: Buffer.from(body) };
    const { all, build } = readRequestParts(sent, OPTIONS);
    expect(all.map(({ kind }) => kind)).toEqual(["header"]);
    expect(build(new Map([[all[0]!, null]])).body).toBe(sent.body);
  });

  it("have a neutral value of the same type", () => {
    const values = ["EUR", "137", "1", "-2.5", "true", "false", "x", ""].map((value) =>
      neutralValue({ kind: "query", name: "q", value }),
    );
    expect(values).toEqual(["x", "1", "2", "1", "false", "true", undefined, "x"]);
    const members = ['"EUR"', "7", "null", "{}", "[1]"].map((value) =>
      neutralValue({ kind: "body", name: "$.a", value }),
    );
    expect(members).toEqual(['"x"', "1", undefined, undefined, undefined]);
    expect(neutralValue({ kind: "header", name: "accept-language", value: "de" })).toBe("*");
  });
});

function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + countValues(each), 1);
}
