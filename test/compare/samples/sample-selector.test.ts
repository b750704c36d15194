import { describe, expect, it } from "vitest";
import { type SampleOffer, SampleSelector } from "../../../src/compare/samples/sample-selector.ts";
import { sampleDraw } from "../../../src/lib/stable-draw.ts";
import { field, NOON } from "../../store/store-fixture.ts";

const RESERVOIR = 10;
const FIELD = field("$.total");

/** The ids ordered by draw, smallest first. */
function byDraw(ids: readonly string[]): string[] {
  return [...ids].toSorted((a, b) => sampleDraw(a) - sampleDraw(b));
}

describe("reservoirs of samples", () => {
  it("are uniform over all exchanges with the difference, whichever threads offered them", () => {
    const stream = 400;
    const rounds = 600;
    const kept = Array.from({ length: 10 }, () => 0);
    let offered = 0;
    for (let round = 0; round < rounds; round += 1) {
      // Two threads alternate. The second one is restarted halfway and loses its state.
      const samplers = [new SampleSelector(RESERVOIR), new SampleSelector(RESERVOIR)];
      const store: string[] = [];
      for (let at = 0; at < stream; at += 1) {
        if (at === stream / 2) samplers[1] = new SampleSelector(RESERVOIR);
        const offer = {
          id: `seed-7/${round}-${at}`,
          at: NOON,
          endpoint: "GET /",
          candidate: "v2",
          fields: [FIELD],
          size: 1,
        };
        const sampler = samplers[at % 2] as SampleSelector;
        if (!sampler.wants(offer)) continue;
        sampler.recordTaken(offer);
        store.push(offer.id);
      }
      offered += store.length;
      for (const id of byDraw(store).slice(0, RESERVOIR)) {
        const at = Number(id.split("-").at(-1));
        kept[Math.floor((at * kept.length) / stream)] = (kept[Math.floor((at * kept.length) / stream)] ?? 0) + 1;
      }
    }
    // Each tenth of the stream gets a tenth of the reservoir: 600 ± 3σ of a binomial distribution.
    const mean = (rounds * RESERVOIR) / kept.length;
    const sigma = Math.sqrt(rounds * RESERVOIR * 0.1 * 0.9);
    expect(kept.reduce((sum, count) => sum + count)).toBe(rounds * RESERVOIR);
    for (const count of kept) expect(Math.abs(count - mean)).toBeLessThan(3 * sigma);
    // Each of the three thread lifetimes offers k · (1 + ln(n / k)) exchanges.
    expect(offered / rounds).toBeLessThan(130);
  });
});

function offer(id: string, at: number, size = 100): SampleOffer {
  return { id, at, endpoint: "GET /", candidate: "v2", fields: [FIELD], size };
}

/** A selector with a full reservoir of one, whose draw is close to 0. */
function fullSelector(): SampleSelector {
  const sampler = new SampleSelector(1);
  const [smallest] = byDraw(Array.from({ length: 1_000 }, (_, at) => `x${at}`));
  sampler.recordTaken(offer(smallest ?? "", NOON));
  return sampler;
}

describe("SampleSelector", () => {
  it("selects only smaller, earlier or five seconds newer exchanges once its reservoir is full", () => {
    expect(fullSelector().wants(offer("x1", NOON + 4_999))).toBe(false);
    expect(fullSelector().wants(offer("x1", NOON + 5_000))).toBe(true);
    expect(fullSelector().wants(offer("x1", NOON, 99))).toBe(true);
    expect(fullSelector().wants(offer("x1", NOON - 1))).toBe(true);
  });

  it("selects nothing for noise, and nothing if sampling is disabled", () => {
    expect(new SampleSelector(1).wants({ ...offer("a", NOON), fields: [field("$.a", "noise")] })).toBe(false);
    expect(new SampleSelector(0).wants(offer("a", NOON))).toBe(false);
  });
});
