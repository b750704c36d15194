import { describe, expect, it } from "vitest";
import { matchesName } from "../../../src/compare/rules/rule-match.ts";
import { presetRules } from "../../../src/config/native/rules/check-rules.ts";
import { ConfigError } from "../../../src/config/config-error.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { presetPath, RULE_PRESETS } from "../../../src/presentation/rules/rule-presets.ts";
import { overBroad } from "../../../src/report/rules/over-broad-rules.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { outcome, reportOf } from "../memory-reader.ts";

const VERSIONS = "primary: http://h:1\ncandidate: http://h:2\n";

function rulesOf(more: string, flags = {}): readonly (readonly [string, Rule["path"]])[] {
  const { compare } = loadConfig({ file: { path: "s.yaml", text: VERSIONS + more }, flags, env: {} });
  return compare.rules.map(({ id, path }) => [id, path]);
}

/** Fields that decide who may read a response, where a client goes, what it caches and what it keeps. */
const NEVER_HIDDEN = (
  "cache-control expires vary location content-location set-cookie set-cookie.SID.Secure " +
  "access-control-allow-origin access-control-allow-credentials access-control-expose-headers allow content-type content-encoding content-language " +
  "content-disposition content-range link www-authenticate retry-after content-length x-custom " +
  "clear-site-data age sunset"
).split(" ");

describe("suggestions of a report", () => {
  it("name the presets that hide causes or parts of them, those that hide most first", async () => {
    const outcomes = [
      outcome(40, ["header x-powered-by header raw", "header etag header raw"]),
      outcome(30, ["header pragma missing raw", "header expires missing raw"]),
      outcome(20, ["header strict-transport-security missing raw"]),
      outcome(10, ["header cache-control header raw"]),
    ];
    const { suggestions } = await reportOf({ outcomes });
    expect(suggestions).toMatchObject([
      { preset: "framework-headers", causes: 1, partly: 1, headers: ["etag", "pragma", "x-powered-by"] },
      { preset: "security-headers", causes: 1, partly: 0, headers: ["strict-transport-security"] },
    ]);
    const [rule] = presetRules(["framework-headers"]);
    const under = await reportOf({ outcomes, rules: rule === undefined ? [] : [rule] });
    expect(under.suggestions.map(({ preset }) => preset)).toEqual(["security-headers"]);
    expect(under.rules.map(({ state, hits }) => ({ state, hits }))).toEqual([{ state: "active", hits: 70 }]);
  });
});

describe("suggestions that hide the same", () => {
  it("are the narrowest, and none of what a wider one hides as well", async () => {
    const charset = outcome(40, ["header content-type.charset header raw"]);
    const { suggestions } = await reportOf({ outcomes: [charset] });
    expect(suggestions.map(({ preset }) => preset)).toEqual(["content-type-charset"]);
    const both = await reportOf({ outcomes: [charset, outcome(30, ["header x-powered-by missing raw"])] });
    expect(both.suggestions.map(({ preset }) => preset)).toEqual(["framework-headers"]);
  });
});

describe("presets", () => {
  it.each(RULE_PRESETS.map(({ name }) => name))("%s hides none of the fields that decide something", (name) => {
    expect(NEVER_HIDDEN.filter((field) => matchesName(presetPath(name), field))).toEqual([]);
  });

  it.each([
    ["framework-headers", "x-powered-by"],
    ["framework-headers", "X-B3-TraceId"],
    ["framework-headers", "content-type.charset"],
    ["rate-limit-headers", "x-ratelimit-remaining"],
    ["security-headers", "strict-transport-security"],
  ])("%s hides %s", (name, field) => {
    expect(matchesName(presetPath(name), field)).toBe(true);
  });

  it("are narrow enough to need no force", () => {
    const rule = { endpoint: "* /**", section: "header", kind: undefined, action: { type: "ignore" } } as const;
    expect(RULE_PRESETS.map(({ name }) => overBroad({ ...rule, path: presetPath(name) }))).toEqual(
      RULE_PRESETS.map(() => null),
    );
  });

  it("become rules after those of the document, by field and by flag, each once", () => {
    const document = `compare:
  presets: [security-headers, rate-limit-headers, security-headers]
  rules:
    - { endpoint: GET /a, section: header, path: "@framework-headers", action: ignore, reason: r, owner: o }
`;
    const rules = rulesOf(document);
    expect(rules).toEqual([
      [expect.stringMatching(/^config-/), "@framework-headers"],
      ["preset-rate-limit-headers", "@rate-limit-headers"],
      ["preset-security-headers", "@security-headers"],
    ]);
    expect(rulesOf("", { preset: ["framework-headers,rate-limit-headers"] })).toEqual([
      ["preset-framework-headers", "@framework-headers"],
      ["preset-rate-limit-headers", "@rate-limit-headers"],
    ]);
  });

  it.each([
    ["compare: { presets: [framework-header] }", 'unknown value "framework-header"; did you mean "framework-headers"?'],
    [
      'compare: { rules: [{ endpoint: GET /a, section: header, path: "@frame", action: ignore, reason: r, owner: o }] }',
      '"@frame" is not a preset (allowed: @framework-headers, @content-type-charset, @rate-limit-headers, @security-headers, or the name of a field)',
    ],
  ])("%s is an error", (document, expected) => {
    expect(() => rulesOf(document)).toThrow(ConfigError);
    expect(() => rulesOf(document)).toThrow(expected);
  });
});
