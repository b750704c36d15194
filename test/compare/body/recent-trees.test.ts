import { describe, expect, it } from "vitest";
import { parseBody, type BodySource, type ParsedTree } from "../../../src/compare/body/parse-body.ts";
import { RecentTrees } from "../../../src/compare/body/recent-trees.ts";

const SOURCE: BodySource = {
  type: { mediaType: "application/json", parameters: new Map() },
  target: "/",
  grpcEncoding: undefined,
  registry: undefined,
  maxBytes: 1_000_000,
  stored: undefined,
};

function body(id: number, extra = ""): string {
  return JSON.stringify({ id, items: ["x".repeat(100)] }) + extra;
}

/** @returns whether each body shared its tree with an earlier one */
function shares(
  trees: RecentTrees,
  bodies: readonly string[],
  targetOf: (at: number) => string = () => "/a",
): boolean[] {
  return bodies.map((text, at) => {
    const parsed = trees.parse(targetOf(at), (similar) => parseBody(Buffer.from(text), SOURCE, similar)) as ParsedTree;
    expect(parsed.value).toEqual(JSON.parse(text));
    return parsed.plain?.isShared === true;
  });
}

describe("RecentTrees", () => {
  it("shares the tree of an earlier response to the same target", () => {
    expect(shares(new RecentTrees(), [body(1), body(2), body(3)])).toEqual([false, true, true]);
    expect(shares(new RecentTrees(), [body(1), body(2)], (at) => `/${at}`)).toEqual([false, false]);
  });

  it("tries more and more rarely what fails, and again after a success", () => {
    const lists = Array.from({ length: 12 }, (_, length) => JSON.stringify(Array.from({ length }, () => ({ id: 1 }))));
    const trees = new RecentTrees();
    expect(shares(trees, lists)).toEqual(lists.map(() => false));
    // Attempts 1, 3 and 7 have failed. Three of the next seven are left out here, then one fails, and fifteen are left out.
    const bodies = Array.from({ length: 20 }, (_, id) => body(id));
    expect(shares(trees, bodies).indexOf(true)).toBe(19);
    // The first failure after a success: one is left out, one fails, and three are left out.
    expect(shares(trees, ["[]", ...bodies]).indexOf(true)).toBe(6);
  });

  it("keeps no tree of a large body, and of 32 targets only", () => {
    const large = JSON.stringify({ id: 1, text: "x".repeat(20_000) });
    expect(shares(new RecentTrees(), [large, large])).toEqual([false, false]);
    const trees = new RecentTrees();
    shares(
      trees,
      Array.from({ length: 33 }, () => body(1)),
      (at) => `/${at}`,
    );
    expect(shares(trees, [body(1), body(1)], (at) => ["/32", "/0"][at] ?? "")).toEqual([true, false]);
  });
});
