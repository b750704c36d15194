import { expect, it } from "vitest";
import { sampleDraw } from "../../../src/lib/stable-draw.ts";
import type { Sample } from "../../../src/model/sample.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import { batch, field, leg, NOON, RUN, sample } from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

const RESERVOIR = 10;
const FIELD = field("$.total");

function sized(id: string, at: number, length: number, fields = [FIELD]): Sample {
  const one = leg("v1");
  const primary = { ...one, body: { ...one.body, length } };
  return sample(id, { at: NOON + at, fields, legs: { primary, candidate: primary, secondary: null } });
}

async function idsIn(reader: StoreReader): Promise<string[]> {
  const samples = await reader.samples(RUN.id, "v2", { limit: 10_000 });
  return samples.map(({ id }) => id).toSorted();
}

/** The ids ordered by draw, smallest first. */
function byDraw(ids: readonly string[]): string[] {
  return [...ids].toSorted((a, b) => sampleDraw(a) - sampleDraw(b));
}

describeStores("samples of a difference", (engine) => {
  it("are the first, the last, the smallest and those with the smallest draws, also after reopening", async () => {
    const { reader, reopen } = await engine.open({ samplesPerDifference: RESERVOIR });
    const ids = Array.from({ length: 200 }, (_, at) => `exchange-${at}`);
    for (let from = 0; from < ids.length; from += 50) {
      const writer = await reopen();
      const samples = ids
        .slice(from, from + 50)
        .map((id, index) => sized(id, from + index, from + index === 77 ? 3 : 1_000));
      await writer.commit(RUN.id, [batch(`${from}`, { samples })]);
    }
    const kept = new Set([...byDraw(ids).slice(0, RESERVOIR), "exchange-0", "exchange-77", "exchange-199"]);
    expect(await idsIn(reader)).toEqual([...kept].toSorted());
  });

  it("are kept as long as one of their differences keeps them", async () => {
    const { writer, reader } = await engine.open({ samplesPerDifference: 1 });
    const commit = (one: Sample): Promise<void> => writer.commit(RUN.id, [batch(one.id, { samples: [one] })]);
    await commit(sized("first", 0, 600));
    await commit(sized("both", 1, 500, [FIELD, field("$.rare")]));
    const later = Array.from({ length: 20 }, (_, at) => `later-${at}`);
    for (const [at, id] of later.entries()) await commit(sized(id, 2 + at, 400 - at));
    const [smallestDraw = ""] = byDraw(["first", "both", ...later]);
    // The last one is also the smallest. "both" is the only sample of the rare difference.
    expect(await idsIn(reader)).toEqual([...new Set(["first", "both", "later-19", smallestDraw])].toSorted());
    await commit(sized("noise only", 30, 1, [field("$.total", "noise")]));
    expect(await idsIn(reader)).not.toContain("noise only");
  });
});
