import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/config/config-error.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { mergeReloaded } from "../../../src/serve/merge-reload.ts";
import type { Environment, FlagValues } from "../../../src/config/options/settings.ts";
import type { Config, TapConfig } from "../../../src/model/config.ts";

const TWO = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
const SAFE: TapConfig = { methods: new Set(["GET", "HEAD", "OPTIONS"]), stripHostSuffix: true };

function load(text: string | undefined, flags: FlagValues = TWO, env: Environment = {}): Config {
  return loadConfig({ file: text === undefined ? undefined : { path: "s.yaml", text }, flags, env });
}

function problem(text: string | undefined, flags: FlagValues = TWO, env: Environment = {}): string {
  try {
    load(text, flags, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

function candidateMethods({ routes }: Config): string[][] {
  return routes.flatMap(({ action }) =>
    action.type === "forward" ? action.candidates.map(({ methods }) => [...methods]) : [],
  );
}

describe("tap", () => {
  it.each<[string, string | undefined, FlagValues, Environment, TapConfig | undefined]>([
    ["is off by default", undefined, {}, {}, undefined],
    ["--tap", undefined, { tap: "true" }, {}, SAFE],
    ["the variable", undefined, {}, { SHADOWDIFF_TAP: "true" }, SAFE],
    ["tap: true", "tap: true", {}, {}, SAFE],
    ["tap: false", "tap: false", {}, {}, undefined],
    ["an empty mapping", "tap: {}", {}, {}, SAFE],
    ["methods", "tap: { methods: [GET, POST] }", {}, {}, { methods: new Set(["GET", "POST"]), stripHostSuffix: true }],
    ["host: keep", "tap: { host: keep }", {}, {}, { ...SAFE, stripHostSuffix: false }],
    ["--tap together with a mapping", "tap: { host: keep }", { tap: "true" }, {}, { ...SAFE, stripHostSuffix: false }],
    ["--tap-method", "tap: true", { tapMethod: ["PUT"] }, {}, { methods: new Set(["PUT"]), stripHostSuffix: true }],
    ["--tap-host", undefined, { tap: "true", tapHost: "keep" }, {}, { ...SAFE, stripHostSuffix: false }],
    ["a variable that disables it", "tap: true", {}, { SHADOWDIFF_TAP: "false" }, undefined],
  ])("%s", (_, text, flags, env, expected) => {
    expect(load(text, { ...TWO, ...flags }, env).tap).toEqual(expected);
  });

  it("its methods apply to candidates without methods, and to no others", () => {
    expect(candidateMethods(load(undefined, { ...TWO, tap: "true" }))).toEqual([["GET", "HEAD", "OPTIONS"]]);
    expect(candidateMethods(load(undefined, { ...TWO, tap: "true", tapMethod: ["GET", "POST"] }))).toEqual([
      ["GET", "POST"],
    ]);
    expect(
      candidateMethods(load(undefined, { ...TWO, tap: "true", tapMethod: ["GET", "POST"], method: ["GET"] })),
    ).toEqual([["GET"]]);
    const document = `subsets: { v1: { url: http://127.0.0.1:9001 }, v2: { url: http://127.0.0.1:9002 }, v3: { url: http://127.0.0.1:9003 } }
routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }, { subset: v3, methods: [HEAD] }] }]
tap: { methods: [GET, POST] }
`;
    expect(candidateMethods(load(document, {}))).toEqual([["GET", "POST"], ["HEAD"]]);
  });

  it.each<[string, string | undefined, FlagValues, string]>([
    ["methods without a tap", undefined, { tapMethod: ["POST"] }, "--tap-method: requires --tap"],
    ["a number", "tap: 5", {}, "s.yaml:1:6 tap: 5 is not a mapping (allowed: a mapping with methods, host)"],
    ["an unknown value", "tap: { host: cut }", {}, 's.yaml:1:14 tap.host: unknown value "cut" (allowed: strip, keep)'],
    [
      "a wrong field",
      "tap: { method: [GET] }",
      {},
      's.yaml:1:8 tap.method: unknown field; did you mean "methods"? (allowed: methods, host)',
    ],
    [
      "a wrong method, reported once",
      "tap: { methods: [post] }",
      {},
      's.yaml:1:17 tap.methods: "post" is not a valid method (allowed: a list of: a method in upper case, like GET or POST)',
    ],
  ])("says what is wrong: %s", (_, text, flags, message) => {
    expect(problem(text, { ...TWO, ...flags })).toBe(message);
  });

  it("needs a restart to change", () => {
    const { config, needsRestart } = mergeReloaded(load("tap: true"), load("tap: { host: keep }"));
    expect(config.tap).toEqual(SAFE);
    expect(needsRestart).toEqual(["tap"]);
  });
});
