import { describe, expect, it } from "vitest";
import { ruleProblem } from "../../../../src/commands/terminal/config-problems.ts";
import { ConfigError } from "../../../../src/config/config-error.ts";
import { loadWithWarnings } from "../../../../src/config/load-config.ts";
import type { Rule } from "../../../../src/model/rule.ts";

const ROUTES = `subsets: { v1: { url: "http://h:1" }, v2: { url: "http://h:2" } }
routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }] }]
`;
/** On line 4 of the document. */
const rulesOf = (rule: string): string => `${ROUTES}compare:\n  rules:\n    - { ${rule} }\n`;
const WHO = "reason: clock, owner: team-a";
const load = (text: string) => loadWithWarnings({ file: { path: "s.yaml", text }, flags: {}, env: {}, ruleProblem });

function rules(...written: readonly string[]): readonly Rule[] {
  const lines = written.map((rule) => `    - { endpoint: "GET /a", ${rule}, ${WHO} }\n`).join("");
  return load(`${ROUTES}compare:\n  rules:\n${lines}`).config.compare.rules;
}

function problems(text: string): readonly string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

describe("rules of a document", () => {
  it("are read with all fields", () => {
    const text = rulesOf(
      `endpoint: "GET /users/{id}", path: $.updatedAt, action: ignore, kind: value, ${WHO}, expires: 2099-01-31`,
    );
    expect(load(text)).toMatchObject({
      warnings: [],
      config: {
        compare: {
          rules: [
            {
              id: expect.stringMatching(/^config-[\da-f]{8}$/),
              source: "configuration",
              endpoint: "GET /users/{id}",
              section: "body",
              path: "$.updatedAt",
              kind: "value",
              action: { type: "ignore" },
              owner: "team-a",
              reason: "clock",
              createdBy: "",
              createdAt: null,
              expiresAt: Date.UTC(2099, 0, 31),
            },
          ],
        },
      },
    });
  });

  it.each([
    ["action: only", { type: "only" }],
    ["action: unordered", { type: "unordered" }],
    ["action: keyed, by: [id, a.b]", { type: "keyed", by: ["id", "a.b"] }],
    ["action: tolerance, absolute: 0.5", { type: "tolerance", absolute: 0.5 }],
    ["action: tolerance, absolute: 1, relative: 0.01", { type: "tolerance", absolute: 1, relative: 0.01 }],
    ["action: time, tolerance: 5s", { type: "time", toleranceMs: 5000, shiftMs: 0 }],
    ["action: time, tolerance: 1ms, shift: -2h", { type: "time", toleranceMs: 1, shiftMs: -7_200_000 }],
    ["action: time, shift: +90m", { type: "time", toleranceMs: 0, shiftMs: 5_400_000 }],
    ["action: pattern, regex: '[0-9a-f]{32}'", { type: "pattern", regex: "[0-9a-f]{32}" }],
    ["action: mask, regex: 'v\\d+'", { type: "mask", regex: "v\\d+" }],
    ["action: type-only", { type: "type-only" }],
    ["action: ignore-case", { type: "ignore-case" }],
    ["action: null-is-missing", { type: "null-is-missing" }],
    ["action: subset", { type: "subset" }],
    ["action: superset", { type: "superset" }],
  ])("%s", (written, action) => {
    expect(rules(`path: $.a, ${written}`)[0]?.action).toEqual(action);
  });

  it("can ignore the order of a header's members", () => {
    expect(rules("path: Vary, section: header, action: unordered")[0]).toMatchObject({
      path: "vary",
      action: { type: "unordered" },
    });
  });

  it("can name several paths, which are one rule whatever their order", () => {
    const [list] = rules("path: [$.a, '$.items[*].b', $.a], action: ignore");
    expect(list?.path).toEqual(["$.a", "$.items[*].b"]);
    expect(rules("path: ['$.items[*].b', $.a], action: ignore")[0]?.id).toBe(list?.id);
    expect(rules("path: [ETag, X-Build], section: header, action: ignore")[0]?.path).toEqual(["etag", "x-build"]);
    const [text, single] = rules("path: $.a, action: ignore", "path: [$.a], action: ignore");
    expect(single).toEqual({ ...text, id: `${text?.id}-2` });
  });

  it.each([
    ["path: [$.a, '$.b[0]'], action: ignore", /rules\[0\]\.path\[1\]: "\$\.b\[0\]" is not a valid path/],
    ["path: [], action: ignore", /rules\[0\]\.path: the list is empty \(allowed: a path, .*; or a list of paths\)/],
    ["path: [$.a, $], action: ignore", /rules\[0\]\.path: the rule hides too much/],
    ["path: ['$', 1], action: ignore, section: status", /rules\[0\]\.path: 1 is not a valid path/],
    [
      "path: ['$', x], action: ignore, section: status",
      /rules\[0\]\.path\[1\]: "x" is not a path in the status section/,
    ],
    ["path: [etag, '@x'], action: ignore, section: header", /rules\[0\]\.path\[1\]: "@x" is not a preset/],
  ])("%s is rejected at the path", (written, expected) => {
    const found = problems(rulesOf(`endpoint: "GET /a", ${written}, ${WHO}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it("have ids that depend on what they do, not on their position; duplicates are numbered", () => {
    const [a, etag] = ["path: $.a, action: ignore", "path: ETag, section: header, action: ignore"];
    const [first, second] = rules(a, etag);
    expect([first?.path, second?.path]).toEqual(["$.a", "etag"]);
    const moved = rules(etag, a, `${a}, expires: 2099-01-31`);
    expect(moved.map(({ id }) => id)).toEqual([second?.id, first?.id, `${first?.id}-2`]);
  });

  it("that have expired cause a warning and are kept", () => {
    const { config, warnings } = load(rulesOf(`endpoint: /a, path: $.a, action: ignore, ${WHO}, expires: 2020-06-30`));
    expect(config.compare.rules).toHaveLength(1);
    expect(warnings).toEqual([
      {
        place: expect.stringMatching(/^s\.yaml:5:\d+$/) as string,
        field: "compare.rules[0].expires",
        message: "the rule expired on 2020-06-30T00:00:00.000Z; remove it, or set a later date",
        allowed: "",
      },
    ]);
  });

  it.each([
    ["path: $.a, action: ignroe", /rules\[0\]\.action: unknown value "ignroe"; did you mean "ignore"\?/],
    ["path: $.a, action: ignore, reson: x", /rules\[0\]\.reson: unknown field; did you mean "reason"\?/],
    ["path: $.a, action: ignore, expiresAt: 2027-01-31", /\.expiresAt: unknown field; did you mean "expires"\?/],
    ["path: $.a, action: time, shift: 1h, shiftMs: 1", /\.shiftMs: unknown field; did you mean "shift"\?/],
    ["path: $.a, action: ignore, created_by: x", /\.created_by: unknown field \(allowed: endpoint, section, path, /],
    [
      "path: $.a, action: ignore, expires: 2027-02-30",
      /\.expires: "2027-02-30" is not a valid date \(allowed: a date, like/,
    ],
    ["path: $.a, action: ignore, expires: 2027-01-31T12:00", /\.expires: "2027-01-31T12:00" is not a valid date/],
    [
      "path: $.a, action: mask, regex: '(?=x)'",
      /\.regex: "\(\?=x\)" is not a valid RE2 expression: .*without look-around/,
    ],
    ["path: $.a, action: mask", /\.regex: missing; mask requires regex/],
    ["path: $.a, action: keyed, by: []", /\.by: missing; keyed requires by/],
    ["path: $.a, action: tolerance", /\.absolute: missing; tolerance requires absolute or relative/],
    ["path: $.a, action: time", /\.tolerance: missing; time requires tolerance or shift/],
    ["path: $.a, action: ignore, regex: x", /\.regex: is not a parameter of ignore; remove it/],
    ["path: $.a, action: unordered, kind: order", /\.kind: applies only to ignore and only; remove it/],
    [
      "path: $.a, action: ignore, section: status",
      /\.path: "\$\.a" is not a path in the status section \(allowed: \$ for any status, or a pair such as 200->404\)/,
    ],
    [
      "path: $, action: mask, regex: x, section: status",
      /\.action: mask does not apply to the status section \(allowed: ignore, only\)/,
    ],
    [
      "path: etag, action: subset, section: header",
      /\.action: subset does not apply to the header section \(allowed: ignore, only, unordered, tolerance, /,
    ],
    ["path: a.b, action: ignore", /\.path: "a\.b" is not a valid path \(allowed: \$\.items/],
    ["path: '$.items[0]', action: ignore", /\.path: "\$\.items\[0\]" is not a valid path/],
    ["path: $, action: ignore", /\.path: the rule hides too much\..*body of GET \/a.*force: true/],
    ["path: $..*, action: ignore", /\.path: the rule hides too much/],
    ["path: $, section: transport, action: ignore", /\.path: the rule hides too much/],
  ])("%s is rejected", (written, expected) => {
    const found = problems(rulesOf(`endpoint: "GET /a", ${written}, ${WHO}`));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^s\.yaml:5:\d+ compare\./);
    expect(found[0]).toMatch(expected);
  });

  it.each([
    [`path: $.a, action: ignore, ${WHO}`, "endpoint: missing"],
    [
      `endpoint: get /a, path: $.a, action: ignore, ${WHO}`,
      'endpoint: "get /a" is not a valid endpoint; did you mean "GET /a"?',
    ],
    ["endpoint: /a, path: $.a, action: ignore, owner: me", "reason: missing"],
    ["endpoint: /a, path: $.a, action: ignore, reason: me", "owner: missing"],
  ])("%s is rejected", (written, expected) => {
    expect(problems(rulesOf(written)).join()).toContain(`compare.rules[0].${expected}`);
  });

  it("of the transport section may hide deviations from HTTP, which are not all of it", () => {
    const written = `endpoint: "GET /a", section: transport, path: $, kind: protocol-quirk, action: ignore, ${WHO}`;
    expect(problems(rulesOf(written))).toEqual([]);
  });

  it("that hide too much are accepted with force", () => {
    expect(problems(rulesOf(`endpoint: "**", path: $, action: ignore, ${WHO}, force: true`))).toEqual([]);
  });
});

describe("the gate of a document", () => {
  it("has thresholds for errors and single endpoints, and endpoints that must be covered", () => {
    const gate = `gate:
  errorRate: 0.02
  coverage: ["GET /a", "* /b/**"]
  endpoints:
    - { endpoint: "GET /slow", latencyRatio: 2 }
    - { endpoint: "* /b/**", parity: 0.9, minCompared: 10, errorRate: 0.1 }
    - { endpoint: "GET /tail", p95Ratio: 3, p99Ratio: 4, p95Ms: 0.5, p99Ms: 2 }
`;
    expect(load(ROUTES + gate).config.gate).toEqual({
      parity: 0.999,
      latencyRatio: 1.1,
      p95Ratio: 1.25,
      p99Ratio: 1.5,
      minCompared: 1000,
      errorRate: 0.02,
      minSuccess: 0.5,
      minEndpoints: 1,
      coverage: ["GET /a", "* /b/**"],
      endpoints: [
        { endpoint: "GET /slow", latencyRatio: 2 },
        { endpoint: "* /b/**", parity: 0.9, minCompared: 10, errorRate: 0.1 },
        { endpoint: "GET /tail", p95Ratio: 3, p99Ratio: 4, p95Ms: 0.5, p99Ms: 2 },
      ],
    });
  });

  it.each([
    ["{ coverage: [users] }", 'gate.coverage: "users" is not a valid endpoint'],
    ["{ errorRate: 2 }", "gate.errorRate: 2 is above 1"],
    [
      "{ endpoints: [{ endpoint: /a }] }",
      "gate.endpoints[0]: no threshold (allowed: one or more of parity, latencyRatio",
    ],
    ["{ endpoints: [{ endpoint: /a, party: 1 }] }", 'gate.endpoints[0].party: unknown field; did you mean "parity"?'],
  ])("%s is rejected", (gate, expected) => {
    expect(problems(`${ROUTES}gate: ${gate}\n`).join()).toContain(expected);
  });
});
