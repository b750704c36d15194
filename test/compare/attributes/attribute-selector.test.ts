import { array, assert, boolean, constantFrom, double, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { AttributeSelector, type AttributeOffer } from "../../../src/compare/attributes/attribute-selector.ts";
import { stableDraw } from "../../../src/lib/stable-draw.ts";

const draws = (count: number, purpose = "x"): number[] =>
  Array.from({ length: count }, (_, index) => stableDraw(purpose, `${index}`));

/** Slowly enough that a thread has time for every record. */
const APART_MS = 10;
let now = 0;

function offerOf(stratum: string, draw: number, change: Partial<AttributeOffer> = {}): AttributeOffer {
  return { at: 0, route: "r", endpoint: "GET /a", candidate: "v2", stratum, draw, ...change };
}

/** Offers all, one after another. @returns those that were taken */
function takenOf(offers: readonly AttributeOffer[], selector = new AttributeSelector()): AttributeOffer[] {
  return offers.map((offer) => ({ ...offer, at: (now += APART_MS) })).filter((offer) => selector.take(offer) !== null);
}

const smallest = (all: readonly number[], count: number): number[] =>
  all.toSorted((one, other) => one - other).slice(0, count);

function drawsOf(offers: readonly AttributeOffer[], strata: readonly string[]): number[] {
  return offers.filter(({ stratum }) => strata.includes(stratum)).map(({ draw }) => draw);
}

describe("AttributeSelector", () => {
  it.each([
    ["", 256],
    ["a", 96],
  ])("of the stratum %j, the %i with the smallest draws are always taken", (stratum, kept) => {
    const all = draws(20_000);
    const taken = takenOf(all.map((draw) => offerOf(stratum, draw))).map(({ draw }) => draw);
    expect(smallest(taken, kept)).toEqual(smallest(all, kept));
    // The expected number is kept · (1 + ln(20,000 / kept)).
    expect(taken.length).toBeLessThan(1.2 * kept * (1 + Math.log(20_000 / kept)));
  });

  it("takes none twice that it would not need, even when a batch comes again", () => {
    const selector = new AttributeSelector();
    const offers = draws(1_000).map((draw) => offerOf("a", draw));
    takenOf(offers, selector);
    const again = takenOf(offers, selector).map(({ draw }) => draw);
    expect(again.every((draw) => smallest(draws(1_000), 96).includes(draw))).toBe(true);
  });

  it("candidates, routes, endpoints and strata have samples each", () => {
    const changes = [{}, { candidate: "v3" }, { route: "s" }, { endpoint: "GET /b" }];
    const selector = new AttributeSelector();
    for (const change of changes) {
      const offers = draws(96).flatMap((draw) => [offerOf("a", draw, change), offerOf("b", draw, change)]);
      expect(takenOf(offers, selector)).toHaveLength(192);
    }
  });

  it("of many strata, those with the smallest digests have samples, and all others share one", () => {
    const names = Array.from({ length: 200 }, (_, index) => `s${String(index).padStart(3, "0")}`);
    const offers = draws(60_000).map((draw, index) => offerOf(names[index % names.length] ?? "", draw));
    const taken = takenOf(offers);
    for (const name of names.slice(0, 32)) {
      expect(smallest(drawsOf(taken, [name]), 96)).toEqual(smallest(drawsOf(offers, [name]), 96));
    }
    const others = names.slice(32);
    expect(smallest(drawsOf(taken, others), 256)).toEqual(smallest(drawsOf(offers, others), 256));
    expect(drawsOf(taken, others).length).toBeLessThan(5_000);
  });

  it("the sample of two threads together holds that of all exchanges, however they are divided", () => {
    assert(
      property(
        array(tuple(boolean(), constantFrom("", "a", "b"), double({ min: 0, max: 0.999, noNaN: true })), {
          maxLength: 800,
        }),
        (exchanges) => {
          const all = exchanges.map(([isFirst, stratum, draw]) => ({ isFirst, offer: offerOf(stratum, draw) }));
          const taken = [true, false].flatMap((thread) =>
            takenOf(all.filter(({ isFirst }) => isFirst === thread).map(({ offer }) => offer)),
          );
          for (const [stratum, kept] of [
            ["", 256],
            ["a", 96],
            ["b", 96],
          ] as const) {
            const of = (list: readonly AttributeOffer[]): number[] =>
              smallest(
                list.filter((one) => one.stratum === stratum).map(({ draw }) => draw),
                kept,
              );
            expect(of(taken)).toEqual(of(all.map(({ offer }) => offer)));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it("without time for every record, the sample is smaller, and as uniform: the limit falls, and travels with each record", () => {
    const selector = new AttributeSelector();
    const all = draws(5_000);
    const endpoints = Array.from({ length: 40 }, (_, index) => `GET /${index}`);
    const sent: { draw: number; limit: number }[] = [];
    for (const draw of all) {
      for (const endpoint of endpoints) {
        const offer = offerOf("a", draw, { endpoint, at: 1_000 });
        const limit = selector.take(offer);
        if (limit !== null && endpoint === "GET /39") sent.push({ draw, limit });
      }
    }
    // As the store reads them.
    const limit = Math.min(...sent.map((one) => one.limit));
    expect(limit).toBeLessThan(0.01);
    expect(sent.every((one) => one.draw < one.limit)).toBe(true);
    const kept = smallest(
      sent.map(({ draw }) => draw).filter((draw) => draw < limit),
      96,
    );
    expect(kept.length).toBeGreaterThanOrEqual(16);
    expect(kept).toEqual(smallest(all, kept.length));
    expect(sent.length).toBeLessThan(300);
  });

  it("each stratum gets its first 16 whatever the others take", () => {
    const selector = new AttributeSelector();
    for (let endpoint = 0; endpoint < 60; endpoint += 1) {
      const limits = draws(15).map((draw) => selector.take(offerOf("a", draw, { endpoint: `GET /${endpoint}` })));
      expect(limits).toEqual(Array.from({ length: 15 }, () => 1));
    }
  });

  it("its memory has a bound, however many endpoints and strata there are", () => {
    const selector = new AttributeSelector();
    const endpoints = Array.from({ length: 3_000 }, (_, index) => offerOf("", 0.5, { endpoint: `GET /${index}` }));
    expect(takenOf(endpoints, selector)).toHaveLength(2_000);
    const strata = draws(9_000).map((draw, index) => offerOf(`s${index}`, draw, { endpoint: `GET /${index % 2_000}` }));
    expect(takenOf(strata, selector)).toHaveLength(3_000);
  });
});
