import { describe, expect, it } from "vitest";
import { chosen, readNumbers } from "./settings.ts";

describe("benchmark settings", () => {
  it("are numbers with defaults, and texts", () => {
    const args = ["--turns", "2", "--out", "a.json"];
    expect(readNumbers({ turns: 5, seconds: 0.5 }, ["out", "only"], args)).toEqual({
      numbers: { turns: 2, seconds: 0.5 },
      texts: { out: "a.json", only: undefined },
    });
  });

  it("are refused with the name of the flag", () => {
    expect(() => readNumbers({ turns: 5 }, [], ["--turns", "many"])).toThrow('--turns: a number from 0, not "many"');
    expect(() => readNumbers({ turns: 5 }, [], ["--turn", "1"])).toThrow("--turn");
    expect(() => chosen("only", "nginx,apache", ["direct", "nginx"])).toThrow(
      '--only: no "apache"; choose from direct, nginx',
    );
  });

  it("select from a list in its order, and everything by default", () => {
    expect(chosen("only", "c,a", ["a", "b", "c"])).toEqual(["a", "c"]);
    expect(chosen("only", undefined, ["a", "b"])).toEqual(["a", "b"]);
    expect(chosen("only", "all", ["a", "b"])).toEqual(["a", "b"]);
  });
});
