import { afterEach, describe, expect, it, vi } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import type { Exchange } from "../../src/model/capture.ts";
import type { DeniedField } from "../../src/model/review.ts";
import type { Rule } from "../../src/model/rule.ts";
import { CONFIG, KEY, batch, capture, exchange, failed, identical, mirrored } from "./build-exchanges.ts";
import { rule } from "./rules/rule-builder.ts";

function comparer(rules: readonly Rule[] = []) {
  return createComparer({ config: { ...CONFIG, rules }, redactionKey: KEY });
}

const judged = (rules: readonly Rule[], ...exchanges: Exchange[]) => comparer(rules).compare(batch(...exchanges));
const createHeaderMap = (rules: readonly Rule[], ...exchanges: Exchange[]) =>
  judged(rules, ...exchanges).outcomes.map(({ fields }) =>
    fields.map(({ section, path, mark }) => `${section} ${path} ${mark}`),
  );

const WHERE = { route: "default", endpoint: "GET /users/{id}", candidate: "v2" };

const flip = (primary: number, candidate: number) =>
  exchange({
    primary: capture("{}", { status: primary }),
    candidates: [mirrored("{}", { status: candidate })],
    secondary: identical("twin"),
  });

const differing = (at: number) => exchange({ at, primary: capture('{"a":"x"}'), candidates: [mirrored('{"a":"X"}')] });

const arriving = (at: number) => exchange({ at, candidates: [identical()] });

const sent = (backToBack: boolean) => exchange({ backToBack, candidates: [identical(), identical("v3")] });

const refusing = (address: string, subset = "v2") =>
  mirrored("", {
    subset,
    failure: { kind: "refused", detail: "connect ECONNREFUSED 127.0.0.1:9002", address },
    status: 0,
    headers: [],
  });

describe("comparer: counters", () => {
  it("counts why responses of candidate and secondary are missing, by address", () => {
    const broken = mirrored("{", { failure: { kind: "reset", detail: "read ECONNRESET" }, status: 200 });
    const { failures } = judged(
      [],
      exchange({ candidates: [refusing("http://a:80")] }),
      exchange({ candidates: [refusing("http://a:80")], secondary: identical("twin") }),
      exchange({ candidates: [refusing("http://b:80")], secondary: refusing("http://c:80", "twin") }),
      exchange({ candidates: [broken] }),
    );
    expect(failures).toEqual(
      [
        ["candidate", "refused", "connection refused", "http://a:80", 2] as const,
        ["candidate", "refused", "connection refused", "http://b:80", 1] as const,
        ["secondary", "refused", "connection refused", "http://c:80", 1] as const,
        ["candidate", "reset", "connection reset after the response head", "", 1] as const,
      ].map(([role, kind, reason, address, count]) => ({ ...WHERE, role, kind, reason, address, count })),
    );
  });

  it("counts relations of the candidate, not of the secondary", () => {
    const differing = exchange({
      primary: capture('{"a":1,"b":"x","c":1}'),
      candidates: [mirrored('{"a":"1","b":"y","c":1}')],
      secondary: mirrored('{"a":1,"b":"x","c":"1"}', { subset: "twin" }),
    });
    expect(judged([], differing, differing).relations).toEqual([
      { ...WHERE, section: "body", path: "$.a", kind: "type", relation: "number-as-string", count: 2 },
    ]);
  });

  it("counts pairs of status codes in both directions and for both roles", () => {
    const refused = exchange({ candidates: [failed("refused")] });
    const { statuses } = judged([], flip(200, 404), flip(404, 200), flip(404, 200), refused);
    expect(statuses.map(({ primary, other, role, count }) => `${role} ${primary} ${other} ${count}`)).toEqual([
      "candidate 200 404 1",
      "secondary 200 200 1",
      "candidate 404 200 2",
      "secondary 404 404 2",
      "candidate 200 0 1",
    ]);
  });

  it("counts by slots of an eighth of a second", () => {
    const { outcomes, statuses } = judged([], arriving(120_000), arriving(120_124), arriving(120_125));
    expect(outcomes.map(({ slot, count }) => [slot, count])).toEqual([
      [960, 2],
      [961, 1],
    ]);
    expect(statuses.map(({ slot, count }) => [slot, count])).toEqual([
      [960, 2],
      [961, 1],
    ]);
  });

  it("counts the exchanges whose client had waited for a response", () => {
    expect(judged([], sent(true), sent(false), sent(true)).pacing).toEqual([
      { ...WHERE, slot: 960, backToBack: 2 },
      { ...WHERE, candidate: "v3", slot: 960, backToBack: 2 },
    ]);
  });

  it("counts a rule once per exchange in which it removes a difference, and applies it to noise too", () => {
    const rules = [
      rule({ id: "case", action: { type: "ignore-case" } }),
      rule({ id: "idle", action: { type: "subset" } }),
    ];
    const differing = exchange({
      primary: capture('{"a":"x","b":"y","c":"z"}'),
      candidates: [mirrored('{"a":"X","b":"Y","c":"z"}')],
      secondary: mirrored('{"a":"x","b":"y","c":"Z"}', { subset: "twin" }),
    });
    const { outcomes, ruleHits, samples } = judged(rules, differing, exchange({ candidates: [identical()] }));
    expect(outcomes.map(({ fields, count }) => ({ fields, count }))).toEqual([
      { fields: [], count: 1 },
      { fields: [], count: 1 },
    ]);
    expect(ruleHits).toEqual([{ rule: "case", ...WHERE, count: 1 }]);
    expect(samples).toEqual([]);
  });

  it("applies a rule until it expires, by the time of the exchange, and replaces the rules on setRules", () => {
    const ending = rule({ action: { type: "ignore-case" }, expiresAt: 60_000 });
    expect(createHeaderMap([ending], differing(59_999), differing(60_000))).toEqual([[], ["body $.a raw"]]);
    const stage = comparer([ending]);
    stage.setRules([], []);
    expect(stage.compare(batch(differing(0))).outcomes[0]?.fields).toHaveLength(1);
  });
});

describe("comparer: denied fields", () => {
  const tolerant = rule({ path: "$..*", action: { type: "ignore-case" } });
  const secondary = mirrored('{"a":"x","b":"Y"}', { subset: "twin" });
  const two = () =>
    exchange({
      primary: capture('{"a":"x","b":"y"}'),
      candidates: [mirrored('{"a":"X","b":"Y"}')],
      secondary,
    });
  const fieldsOf = (stage: ReturnType<typeof comparer>) =>
    stage.compare(batch(two())).outcomes.map(({ fields }) => fields.map(({ path, mark }) => `${path} ${mark}`));

  it("are hidden by no rule, while the rule hides others", () => {
    const stage = comparer([tolerant]);
    expect(fieldsOf(stage)).toEqual([[]]);
    stage.setRules([tolerant], denied("GET /users/{id}", "$.a"));
    expect(fieldsOf(stage)).toEqual([["$.a raw"]]);
    stage.setRules([tolerant], denied("**", "$.b"));
    expect(fieldsOf(stage)).toEqual([["$.b both"]]);
    stage.setRules([tolerant], denied("GET /others", "$.a"));
    expect(fieldsOf(stage)).toEqual([[]]);
  });

  it("are known from the start", () => {
    const config = { ...CONFIG, rules: [tolerant] };
    const stage = createComparer({ config, denied: denied("GET /users/{id}", "$.a"), redactionKey: KEY });
    expect(fieldsOf(stage)).toEqual([["$.a raw"]]);
  });
});

function denied(endpoint: string, path: string): DeniedField[] {
  return [{ endpoint, section: "body", path, kind: "value" }];
}

const headers = (type: string) => ["Content-Type", type, "Connection", "content-type"];

describe("comparer: skipped bodies", () => {
  const [primary, other] = [capture('{"a":1}'), mirrored('{"a":2}', { status: 404 })];
  const text = mirrored('{"a":2}', { headers: ["Content-Type", "text/json"] });

  it("skips the body when the status or media type differs", () => {
    expect(createHeaderMap([], exchange({ primary, candidates: [other] }))).toEqual([["status 200->404 raw"]]);
    expect(createHeaderMap([], exchange({ primary, candidates: [text] }))).toEqual([["header content-type raw"]]);
  });

  it("compares the body when a rule omits or removes the status or type difference", () => {
    const ignoring = rule({ section: "status", action: { type: "ignore" } });
    expect(createHeaderMap([ignoring], exchange({ primary, candidates: [other] }))).toEqual([
      ["body $.a raw", "status 200->404 raw"],
    ]);
    const only = rule({ section: "header", path: "etag", action: { type: "only" } });
    expect(createHeaderMap([only], exchange({ primary, candidates: [text] }))[0]).toContain("body $.a raw");
    const pattern = rule({ section: "header", path: "content-type", action: { type: "pattern", regex: ".*json" } });
    expect(createHeaderMap([pattern], exchange({ primary, candidates: [text] }))).toEqual([["body $.a raw"]]);
  });

  it("compares the body when Connection names Content-Type", () => {
    const hop = exchange({
      primary: capture('{"a":1}', { headers: headers("application/json") }),
      candidates: [mirrored('{"a":2}', { headers: headers("text/json") })],
    });
    expect(createHeaderMap([], hop)).toEqual([["body $.a raw"]]);
  });
});

const nested = (levels: number, leaf: string) => `${'{"a":['.repeat(levels / 2)}${leaf}${"]}".repeat(levels / 2)}`;

const list = (bytes: number, from: number) => {
  const values: number[] = [];
  for (let length = 2; length < bytes; length += 8) values.push(1_000_000 + ((values.length + from) % 900_000));
  return `[${values.join(",")}]`;
};

const map = (keys: number, plus: number) =>
  `{${Array.from({ length: keys }, (_, at) => `"k${at}":${at % 7 === 0 ? `"${at + plus}"` : at + plus}`).join(",")}}`;

describe("comparer: limits", () => {
  const plain = exchange({ primary: capture('{"a":1}'), candidates: [mirrored('{"a":2}')] });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ["JSON a million levels deep", nested(1_000_000, "1"), nested(1_000_000, "2"), false],
    ["arrays of 10 MB whose elements all moved", list(10_000_000, 0), list(10_000_000, 1), false],
    ["200,000 keys", map(200_000, 0), map(200_000, 0).replace(":199998", ":-1"), false],
    ["50,000 differences", map(50_000, 0), map(50_000, 1), true],
  ])("ends a comparison with %s at a limit and loses no other exchange", (_, left, right, overflow) => {
    // The time limit must not be what ends the comparison, even on a busy machine.
    vi.spyOn(performance, "now").mockReturnValue(0);
    const stage = createComparer({
      config: { ...CONFIG, samplesPerDifference: 0, maxDecodedBytes: 64e6 },
      redactionKey: KEY,
    });
    const large = exchange({ primary: capture(left), candidates: [mirrored(right)] });
    const { outcomes, accounting } = stage.compare(batch(plain, large, plain));
    expect(accounting).toEqual([]);
    expect(outcomes.map(({ count }) => count)).toEqual([2, 1]);
    expect(outcomes[1]?.fields.length).toBeGreaterThan(0);
    expect(outcomes[1]?.overflow).toBe(overflow);
  });
});
