import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleDraw } from "../../../src/lib/stable-draw.ts";
import { BoundedStrata, type Stratum } from "../../../src/store/counting/bounded-strata.ts";

interface Offer {
  readonly id: string;
  readonly draw: number;
  readonly stratum: string;
  readonly limit: number;
}

/** Draws in steps, so that many are equal. */
const COARSE = 1 / 512;

const offers = fc
  .record({
    seed: fc.integer(),
    strata: fc.integer({ min: 1, max: 45 }),
    count: fc.integer({ min: 0, max: 3_000 }),
    isCoarse: fc.boolean(),
    limit: fc.constantFrom(1, 0.5, 0.02),
  })
  .map(({ seed, strata, count, isCoarse, limit }) =>
    Array.from({ length: count }, (_, n): Offer => {
      const id = `${seed}/${n}`;
      const draw = isCoarse ? Math.floor(sampleDraw(id) / COARSE) * COARSE : sampleDraw(id);
      const number = Math.floor(sampleDraw(`stratum of ${id}`) ** 2 * strata);
      const stratum = number === 0 ? "" : `${Math.floor(sampleDraw(`${seed} ${number}`) * 1e9)}`;
      return { id, draw, stratum, limit: n % 7 === 0 && draw < limit ? limit : 1 };
    }),
  );

function addAll(all: readonly Offer[]): BoundedStrata<Offer> {
  const strata = new BoundedStrata<Offer>();
  for (const each of all) strata.add({ name: each.stratum, limit: each.limit, members: [each] });
  return strata;
}

function offer(draw: number, stratum = ""): Offer {
  return { id: `${draw}`, draw, stratum, limit: 1 };
}

/** What must be kept, from the definition: everything is sorted and cut. */
function expected(all: readonly Offer[]): readonly Stratum<Offer>[] {
  const named = [...new Set(all.map(({ stratum }) => stratum))].filter((name) => name !== "").toSorted();
  const own = new Set(["", ...named.slice(0, 32)]);
  const groups = Map.groupBy(all, ({ stratum }) => (own.has(stratum) ? stratum : "*"));
  return [...groups]
    .map(([name, group]) => {
      const sorted = group.toSorted((one, other) => one.draw - other.draw || (one.id < other.id ? -1 : 1));
      const next = sorted[name === "" || name === "*" ? 256 : 96]?.draw ?? 1;
      const limit = Math.min(next, ...group.map((each) => each.limit));
      return { name, limit, members: sorted.filter(({ draw }) => draw < limit) };
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function contentOf(strata: BoundedStrata<Offer>): readonly Stratum<Offer>[] {
  return strata.all().map(({ name, limit, members }) => ({ name, limit, members: [...members] }));
}

describe("samples of the strata of an endpoint", () => {
  it("are those with the smallest draws, in whatever order they come, twice or in parts that are joined later", () => {
    const cases = fc.record({ all: offers, order: fc.integer(), parts: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(cases, ({ all, order, parts }) => {
        const shuffled = all.toSorted(
          (one, other) => sampleDraw(`${order} ${one.id}`) - sampleDraw(`${order} ${other.id}`),
        );
        const twice = [...shuffled, ...shuffled.slice(0, all.length / 3)];
        const joined = new BoundedStrata<Offer>();
        for (let part = 0; part < parts; part += 1) {
          for (const stratum of addAll(twice.filter((_, n) => n % parts === part)).all()) joined.add(stratum);
        }
        expect(contentOf(addAll(twice))).toEqual(expected(all));
        expect(contentOf(joined)).toEqual(expected(all));
      }),
      { numRuns: 40 },
    );
  });

  it("do not grow while they are full, and stay uniform", () => {
    const strata = new BoundedStrata<Offer>();
    for (const draw of [0.5, 0.3, 0.7]) strata.add({ name: "", limit: 1, members: [offer(draw)] });
    for (const draw of [0.4, 0.6, 0.2]) strata.add({ name: "", limit: 1, members: [offer(draw)] }, true);
    strata.add({ name: "new", limit: 1, members: [offer(0.1, "new")] }, true);
    strata.add({ name: "new", limit: 1, members: [offer(0.05, "new")] });
    expect(contentOf(strata).map(({ name, limit, members }) => [name, limit, members.map(({ draw }) => draw)])).toEqual(
      [
        ["", 0.5, [0.2, 0.3, 0.4]],
        ["new", 0, []],
      ],
    );
  });
});
