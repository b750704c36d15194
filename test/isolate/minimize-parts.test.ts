import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minimizeParts, type Trial } from "../../src/isolate/reduce/minimize-parts.ts";

/** Parts in groups, and the smallest sets of parts that show the cause. */
const problems = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.array(fc.array(fc.nat(39), { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
  )
  .chain(([size, sets]) =>
    fc.record({
      groups: fc
        .array(fc.nat(3), { minLength: size, maxLength: size })
        .map((groupOf) => [0, 1, 2, 3].map((group) => groupOf.flatMap((own, part) => (own === group ? [part] : [])))),
      causes: fc.constant(sets.map((set) => set.filter((part) => part < size))),
    }),
  );

type Shows = (kept: readonly number[]) => boolean;

function isMonotone(causes: readonly (readonly number[])[]): Shows {
  return (kept) => causes.some((set) => set.every((part) => kept.includes(part)));
}

async function minimize(groups: readonly (readonly number[])[], shows: Shows, limit = Infinity) {
  const known = new Map<string, boolean>();
  let sent = 0;
  const { kept, isMinimal } = await minimizeParts(groups, async (parts): Promise<Trial> => {
    const key = parts.toSorted((one, other) => one - other).join();
    if (!known.has(key)) {
      if (sent === limit) return "ended";
      sent += 1;
      known.set(key, shows(parts));
    }
    return known.get(key) === true ? "shows" : "gone";
  });
  return { kept, isMinimal, sent };
}

describe("minimizeParts", () => {
  it("ends with a set that shows the cause, and without any single part of it the cause is gone", async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ groups, causes }) => {
        const shows = isMonotone(causes);
        const { kept, isMinimal } = await minimize(groups, shows);
        expect(isMinimal).toBe(true);
        expect(shows(kept)).toBe(true);
        for (const part of kept) expect(shows(kept.filter((other) => other !== part))).toBe(false);
      }),
    );
  });

  it("is 1-minimal, too, if more parts can make the cause disappear", async () => {
    await fc.assert(
      fc.asyncProperty(
        problems,
        fc.array(fc.boolean(), { minLength: 997, maxLength: 997 }),
        async ({ groups }, table) => {
          const all = groups.flat();
          const shows: Shows = (kept) =>
            kept.length === all.length || table[kept.reduce((hash, part) => (hash * 41 + part + 1) % 997, 7)] === true;
          const { kept } = await minimize(groups, shows);
          expect(shows(kept)).toBe(true);
          for (const part of kept) expect(shows(kept.filter((other) => other !== part))).toBe(false);
        },
      ),
    );
  });

  it("never sends more than the limit, and what it has then shows the cause", async () => {
    await fc.assert(
      fc.asyncProperty(problems, fc.nat(30), async ({ groups, causes }, limit) => {
        const shows = isMonotone(causes);
        const { kept, isMinimal, sent } = await minimize(groups, shows, limit);
        const unlimited = await minimize(groups, shows);
        expect(sent).toBeLessThanOrEqual(limit);
        expect(shows(kept)).toBe(true);
        expect(isMinimal).toBe(unlimited.sent <= limit);
      }),
    );
  });

  it("finds any two of 31 parts in three groups within 23 trials", async () => {
    const groups = [range(0, 20), range(20, 23), range(23, 31)];
    let most = 0;
    for (let one = 0; one < 31; one += 1) {
      for (let other = one + 1; other < 31; other += 1) {
        const { kept, sent } = await minimize(groups, isMonotone([[one, other]]));
        expect(kept).toEqual([one, other]);
        most = Math.max(most, sent);
      }
    }
    expect(most).toBe(23);
  });
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
