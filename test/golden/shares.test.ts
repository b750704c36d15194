import { describe, expect, it } from "vitest";
import { loadIstio } from "../../src/config/istio/load-istio.ts";
import type { Forward } from "../../src/model/routing.ts";
import { isSampled } from "../../src/mirror/sampling.ts";
import { pickByWeight } from "../../src/proxy/routing/weighted-destinations.ts";
import { filesOf, loadOptions, type Documents } from "./documents.ts";

const REQUESTS = 100_000;
const SEED = 20_260_101;

function forwardOf(documents: Documents): Forward {
  const [route] = loadIstio(filesOf(documents), loadOptions(documents)).routes;
  if (route?.action.type !== "forward") throw new Error("the documents forward");
  return route.action;
}

/** A linear congruential generator (Numerical Recipes): the same draws in every run. */
function draws(): () => number {
  let state = SEED;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Three standard deviations of a share, as a number of requests. */
function threeSigma(share: number): number {
  return 3 * Math.sqrt(REQUESTS * share * (1 - share));
}

describe("shares of documents, within three standard deviations", () => {
  it.each([
    { about: "90 to 10", documents: { files: ["canary-weights.yaml"] }, shares: { v1: 0.9, v2: 0.1 } },
    {
      about: "2 to 1 to 1, which do not add up to 100",
      documents: {
        http: `- route:
    - { destination: { host: httpbin, subset: v1 }, weight: 2 }
    - { destination: { host: httpbin, subset: v2 }, weight: 1 }
    - { destination: { host: httpbin, subset: v3 }, weight: 1 }
`,
      },
      shares: { v1: 0.5, v2: 0.25, v3: 0.25 },
    },
  ])("weights $about", ({ documents, shares }) => {
    const { destinations } = forwardOf(documents);
    const pick = pickByWeight(
      destinations.map(({ subset }) => subset.name),
      destinations.map(({ weight }) => weight),
    );
    const random = draws();
    const counts = new Map<string, number>();
    for (let index = 0; index < REQUESTS; index += 1) {
      const name = pick(random());
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(Object.keys(shares));
    for (const [name, share] of Object.entries(shares)) {
      expect(Math.abs((counts.get(name) ?? 0) - REQUESTS * share)).toBeLessThan(threeSigma(share));
    }
  });

  it.each([
    { percent: "mirrorPercentage: { value: 12.5 }", share: 0.125 },
    { percent: "mirror_percent: 1", share: 0.01 },
    { percent: "mirrorPercentage: { value: 99.9 }", share: 0.999 },
  ])("$percent", ({ percent, share }) => {
    const [candidate] = forwardOf({
      http: `- route: [{ destination: { host: httpbin, subset: v1 } }]
  mirror: { host: httpbin, subset: v2 }
  ${percent}
`,
    }).candidates;
    const random = draws();
    let mirrored = 0;
    for (let index = 0; index < REQUESTS; index += 1) {
      if (isSampled(random(), candidate?.percent ?? 0)) mirrored += 1;
    }
    expect(Math.abs(mirrored - REQUESTS * share)).toBeLessThan(threeSigma(share));
  });

  it.each([
    { percent: 0, mirrored: 0 },
    { percent: 100, mirrored: REQUESTS },
  ])("$percent % is exact", ({ percent, mirrored }) => {
    const [candidate] = forwardOf({
      http: `- route: [{ destination: { host: httpbin, subset: v1 } }]
  mirror: { host: httpbin, subset: v2 }
  mirrorPercent: ${percent}
`,
    }).candidates;
    const random = draws();
    const hits = Array.from({ length: REQUESTS }, () => isSampled(random(), candidate?.percent ?? -1));
    expect(hits.filter(Boolean)).toHaveLength(mirrored);
  });
});
