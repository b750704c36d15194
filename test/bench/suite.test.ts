import { describe, expect, it } from "vitest";
import { contendersFor } from "./contenders.ts";
import { SHAPE_NAMES } from "./shapes.ts";
import { goalsSuite, plansOf } from "./suite.ts";

const namesOf = (plans: ReturnType<typeof plansOf>): readonly string[] => plans.map(({ name }) => name);

describe("the suite of goals", () => {
  it("has every contender that it names, and the references in each part", () => {
    const parts = goalsSuite().map(({ machine, shape, plans }) => {
      const names = namesOf(plans).filter((name) => name !== "envoy-mirror");
      return [`${machine} ${shape}`, names.slice(0, 2).join(), names.length];
    });
    const references = "direct,nginx";
    expect(parts).toEqual([
      ["quiet get-1k", references, 10],
      ["quiet post-2k", references, 4],
      ["hogs get-1k", references, 9],
      ["hogs post-2k", references, 4],
      ["quiet service", references, 4],
      ["quiet h2-1k", references, 5],
      ["quiet grpc", references, 5],
    ]);
  });
});

describe("contenders", () => {
  it("have different names in every shape", () => {
    for (const shape of SHAPE_NAMES) {
      const names = namesOf(contendersFor(shape, "../before"));
      expect(new Set(names).size).toBe(names.length);
      expect(names).toContain("shadowdiff-equal@before");
    }
  });

  it("are chosen by their names, with the references", () => {
    expect(namesOf(plansOf("grpc", ["shadowdiff", "haproxy"]))).toEqual(["direct", "nginx", "shadowdiff"]);
  });
});
