import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Environment, FlagValues } from "../../../src/config/options/settings.ts";
import type { Config, ExplainConfig } from "../../../src/model/config.ts";
import { configFingerprint } from "../../../src/serve/config-fingerprint.ts";
import { mergeReloaded } from "../../../src/serve/merge-reload.ts";

const TWO = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
const DEFAULT: ExplainConfig = { enabled: true, claims: [], ignoreHeaders: [] };

function load(text: string | undefined, flags: FlagValues = {}, env: Environment = {}): Config {
  return loadConfig({
    file: text === undefined ? undefined : { path: "s.yaml", text },
    flags: { ...TWO, ...flags },
    env,
  });
}

describe("explain", () => {
  it.each<[string, string | undefined, FlagValues, Environment, Partial<ExplainConfig>]>([
    ["is on, and reads no claim, by default", undefined, {}, {}, {}],
    ["--explain false", undefined, { explain: "false" }, {}, { enabled: false }],
    ["the variable", undefined, {}, { SHADOWDIFF_EXPLAIN: "false" }, { enabled: false }],
    ["enabled: false", "explain: { enabled: false }", {}, {}, { enabled: false }],
    ["a flag overrides the document", "explain: { enabled: false }", { explain: "true" }, {}, {}],
    [
      "claims",
      "explain: { claims: [plan, 'https://shop.example/tier'] }",
      {},
      {},
      { claims: ["plan", "https://shop.example/tier"] },
    ],
    ["--explain-claim", undefined, { explainClaim: ["plan", "tenant"] }, {}, { claims: ["plan", "tenant"] }],
    ["headers ignore case", "explain: { ignoreHeaders: [X-Shard] }", {}, {}, { ignoreHeaders: ["x-shard"] }],
  ])("%s", (_, text, flags, env, expected) => {
    const { explain, compare } = load(text, flags, env);
    expect(explain).toEqual({ ...DEFAULT, ...expected });
    expect(compare.explain).toEqual(explain);
  });

  it.each([
    ["explain: { claims: ['two words'] }", '"two words" is not a valid claim'],
    ["explain: { ignoreHeaders: ['a b'] }", '"a b" is not a valid header name'],
    ["explain: { enabled: perhaps }", '"perhaps" is not true or false'],
    ["explain: { claim: [plan] }", 'did you mean "claims"'],
  ])("%s is rejected", (text, message) => {
    expect(() => load(text)).toThrow(message);
  });

  it("takes effect on a reload", () => {
    const reloaded = mergeReloaded(load(undefined), load("explain: { claims: [plan] }"));
    expect(reloaded.needsRestart).toEqual([]);
    expect(reloaded.config.compare.explain.claims).toEqual(["plan"]);
  });

  it("replicas that differ in it are told apart by one section", () => {
    const one = configFingerprint(load(undefined)).sections;
    const other = configFingerprint(load("explain: { claims: [plan] }")).sections;
    expect(Object.keys(one).filter((name) => one[name] !== other[name])).toEqual(["explain"]);
  });
});
