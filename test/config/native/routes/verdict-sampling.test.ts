import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../../src/config/config-error.ts";
import { loadConfig } from "../../../../src/config/load-config.ts";
import type { Config } from "../../../../src/model/config.ts";

const SUBSETS = `subsets: { v1: { url: "http://h:1" }, v2: { url: "http://h:2" }, v3: { url: "http://h:3" } }\n`;
const VERSIONS = { primary: "http://h:1", candidate: ["http://h:2"] };

function load(candidates: string): Config {
  const text = `${SUBSETS}routes: [{ primary: [{ subset: v1 }], candidates: [${candidates}] }]\n`;
  return loadConfig({ file: { path: "s.yaml", text }, flags: {}, env: {} });
}

function samplings({ routes }: Config): readonly unknown[] {
  return routes.flatMap(({ action }) =>
    action.type === "forward" ? action.candidates.map(({ sampling }) => sampling) : [],
  );
}

/** The problems of a configuration. */
function problemsOf(create: () => Config): readonly string[] {
  try {
    create();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("sampling: verdict", () => {
  it("has a budget and a floor of each candidate; the others are sampled uniformly", () => {
    const config = load("{ subset: v2, sampling: verdict, budget: 50, floor: 0.5 }, { subset: v3 }");
    expect(samplings(config)).toEqual([{ budget: 50, floor: 0.5 }, undefined]);
    expect(samplings(load("{ subset: v2, sampling: verdict }"))).toEqual([{ budget: 200, floor: 0.1 }]);
    expect(samplings(load("{ subset: v2, sampling: uniform }"))).toEqual([undefined]);
  });

  it("is set by flags and the environment too", () => {
    const flags = { ...VERSIONS, sampling: "verdict", budget: "20" };
    expect(samplings(loadConfig({ flags, env: { SHADOWDIFF_FLOOR: "2" } }))).toEqual([{ budget: 20, floor: 2 }]);
  });

  it.each([
    [
      "{ subset: v2, sampling: verdicts }",
      's.yaml:2:76 routes[0].candidates[0].sampling: unknown value "verdicts"; did you mean "verdict"? (allowed: uniform, verdict)',
    ],
    [
      "{ subset: v2, sampling: verdict, budget: 0 }",
      "s.yaml:2:93 routes[0].candidates[0].budget: 0 is below 1 (allowed: a whole number, 1 to 1000000)",
    ],
    [
      "{ subset: v2, sampling: verdict, floor: 0 }",
      "s.yaml:2:92 routes[0].candidates[0].floor: 0 is below 0.01 (allowed: a number, 0.01 to 100)",
    ],
    [
      "{ subset: v2, sampling: verdict, percent: 5, floor: 10 }",
      "s.yaml:2:104 routes[0].candidates[0].floor: 10 is above the percentage of the candidate (allowed: at most 5)",
    ],
    [
      "{ subset: v2, budget: 10 }",
      "s.yaml:2:66 routes[0].candidates[0].budget: has no effect without sampling: verdict; add that, or remove it",
    ],
  ])("%s is rejected", (candidates, expected) => {
    expect(problemsOf(() => load(candidates))).toEqual([expected]);
  });

  it("names the flag that has no effect without it", () => {
    const flags = { ...VERSIONS, budget: "10" };
    expect(problemsOf(() => loadConfig({ flags, env: {} }))).toEqual([
      "--budget: has no effect without sampling: verdict; add that, or remove it",
    ]);
  });
});
