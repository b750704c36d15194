import { expect, it } from "vitest";
import { Tally } from "../../src/compare/tally.ts";

it("counts by side the exchanges in which only one of candidate and secondary has a feature", () => {
  const tally = new Tally();
  const key = { slot: 960, route: "default", endpoint: "GET /users/{id}", candidate: "v2" };
  const isNull = { section: "body", path: "$.city", feature: "null" } as const;
  tally.addFeature(key, isNull, "candidateOnly");
  tally.addFeature(key, isNull, "secondaryOnly");
  tally.addFeature(key, isNull, "candidateOnly");
  tally.addFeature({ ...key, slot: 961 }, isNull, "candidateOnly");
  tally.addFeature(key, { ...isNull, path: "$.name" }, "secondaryOnly");
  expect(tally.results().features).toEqual([
    { ...key, ...isNull, candidateOnly: 2, secondaryOnly: 1 },
    { ...key, ...isNull, path: "$.name", candidateOnly: 0, secondaryOnly: 1 },
    { ...key, ...isNull, slot: 961, candidateOnly: 1, secondaryOnly: 0 },
  ]);
});
