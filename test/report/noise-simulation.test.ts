import { describe, expect, it } from "vitest";
import { countFields, judgeFields } from "../../src/report/noise.ts";
import { outcome } from "./memory-reader.ts";

/** Deterministic, from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface World {
  /** Chance that an answer of any copy differs from the primary's here. */
  readonly noise: number;
  /** Chance that the candidate's answer differs besides. */
  readonly change: number;
  readonly requests: number;
}

/** Looks at the field after every 100 requests. @returns whether it was called real at any of these looks */
function everReal(world: World, random: () => number): boolean {
  const [seen, FIELD] = [{ raw: 0, noise: 0, both: 0, none: 0 }, "body $.x value"];
  for (let request = 1; request <= world.requests; request++) {
    const raw = random() < world.noise || random() < world.change;
    const noise = random() < world.noise;
    seen[raw ? (noise ? "both" : "raw") : noise ? "noise" : "none"] += 1;
    if (request % 100 !== 0) continue;
    const rows = [
      outcome(seen.raw, [`${FIELD} raw`]),
      outcome(seen.noise, [`${FIELD} noise`]),
      outcome(seen.both, [`${FIELD} both`]),
      outcome(seen.none, []),
    ].filter(({ count }) => count > 0);
    if (
      judgeFields(countFields(rows), true)
        .values()
        .some((verdict) => verdict === "real")
    )
      return true;
  }
  return false;
}

function shareEverReal(world: World, runs: number): number {
  const random = randomFrom(20_261_120);
  let flagged = 0;
  for (let run = 0; run < runs; run++) if (everReal(world, random)) flagged += 1;
  return flagged / runs;
}

describe("noise, simulated and looked at after every 100 requests", () => {
  it.each([0.005, 0.05, 0.3, 0.9])("calls pure noise of %d real in at most 5 of 100 runs", (noise) => {
    expect(shareEverReal({ noise, change: 0, requests: 1_000 }, 200)).toBeLessThanOrEqual(0.05);
  });

  it("finds a change in every twentieth answer", () => {
    expect(shareEverReal({ noise: 0, change: 0.05, requests: 1_000 }, 200)).toBe(1);
    expect(shareEverReal({ noise: 0.005, change: 0.05, requests: 1_000 }, 200)).toBe(1);
  });

  it("finds a change behind strong noise when there is enough traffic", () => {
    expect(shareEverReal({ noise: 0.3, change: 0.1, requests: 10_000 }, 50)).toBeGreaterThanOrEqual(0.95);
  });
});
