import { describe, expect, it } from "vitest";
import type { Forward } from "../../../src/model/routing.ts";
import type { RoutableHead } from "../../../src/proxy/routing/match-conditions.ts";
import { compileDestinations, pickByWeight } from "../../../src/proxy/routing/weighted-destinations.ts";
import { ClientRegistry } from "../../../src/upstream/client-registry.ts";
import { seeded, withinThreeSigma } from "../../lib/seeded.ts";
import { destination, forward, subset } from "../route-builders.ts";

const DRAWS = 100_000;
const registry = new ClientRegistry(() => ({
  send: () => {
    throw new Error("nothing is sent here");
  },
  closeIdle: () => 0,
  warmUp: () => {},
  destroy: () => Promise.resolve(),
}));

/** Counts the requests that each subset receives. */
function shares(weights: readonly number[], more: Partial<Forward>, heads: (index: number) => RoutableHead): number[] {
  const destinations = weights.map((weight, index) => destination(subset(`v${index}`, "http://x"), { weight }));
  const pick = compileDestinations(forward(destinations, more), registry.lease(1), seeded(11));
  const counts = weights.map(() => 0);
  for (let index = 0; index < DRAWS; index += 1) {
    const at = Number(pick(heads(index)).subset.slice(1));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

const head = (received: readonly string[] = []): RoutableHead => ({
  method: "GET",
  target: "/",
  scheme: "http",
  authority: "h",
  received,
});

describe("weights", () => {
  const cases: [readonly number[]][] = [[[90, 10]], [[1, 1, 1]], [[99.9, 0.1]], [[3, 0, 1]], [[200, 600]]];
  it.each(cases)("%j distribute requests within three standard deviations", (weights) => {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const [index, count] of shares(weights, {}, () => head()).entries()) {
      expect(withinThreeSigma(count, DRAWS, (weights[index] ?? 0) / sum)).toBe(true);
    }
  });

  it("of 0 receive no request, except for a single destination, which receives all", () => {
    expect(shares([0, 5], {}, () => head())).toEqual([0, DRAWS]);
    expect(shares([0], {}, () => head())).toEqual([DRAWS]);
  });

  it("assign every draw to a destination", () => {
    const pick = pickByWeight(["a", "b", "c"], [0.1, 0.2, 0.7]);
    expect([0, 0.0999, 0.1001, 0.2999, 0.3001, 1 - Number.EPSILON / 2].map(pick)).toEqual([
      "a",
      "a",
      "b",
      "b",
      "c",
      "c",
    ]);
  });
});

const heads = (index: number): RoutableHead => head(["Cookie", `theme=x; user=u${index}`]);

describe("a sticky key", () => {
  const sticky: Forward["sticky"] = { type: "cookie", name: "user" };

  it("assigns a client by hash: always to the same destination, with the shares met over clients", () => {
    const counts = shares([80, 20], { sticky }, heads);
    expect(shares([80, 20], { sticky }, heads)).toEqual(counts);
    expect(withinThreeSigma(counts[1] ?? 0, DRAWS, 0.2)).toBe(true);
    expect(shares([50, 50], { sticky }, () => head(["Cookie", "user=alice"])).toSorted((a, b) => a - b)).toEqual([
      0,
      DRAWS,
    ]);
  });

  it("that is missing falls back to a random draw", () => {
    expect(withinThreeSigma(shares([80, 20], { sticky }, () => head())[1] ?? 0, DRAWS, 0.2)).toBe(true);
  });
});
