import { expect, it } from "vitest";
import type { StoreReader } from "../../../src/store/store.ts";
import { batch, flat, outcome, RUN } from "../store-fixture.ts";
import type { Engine } from "./engine.ts";
import { describeStores } from "./engines.ts";

/** A store with one exchange, and a function that commits another one. */
async function openCounted(engine: Engine) {
  const { writer, reader } = await engine.open();
  let batches = 0;
  const commit = (): Promise<void> =>
    writer.commit(RUN.id, [batch(`${(batches += 1)}`, { outcomes: [outcome({ count: 1 })] })]);
  await commit();
  return { reader, commit };
}

async function countIn(reader: StoreReader): Promise<number> {
  return flat(await reader.outcomes(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0);
}

/** All counts of a run that have to agree with each other. */
async function countsIn(reader: StoreReader): Promise<readonly number[]> {
  const outcomes = await countIn(reader);
  const blocks = flat(await reader.blocks(RUN.id, "v2"))
    .flatMap((block) => block.outcomes)
    .reduce((sum, { count }) => sum + count, 0);
  return [outcomes, blocks];
}

describeStores("a snapshot", (engine) => {
  it("has one state, also for a nested one, while the writer commits between its queries", async () => {
    const { reader, commit } = await openCounted(engine);
    const seen = await reader.snapshot(async (snapshot) => {
      const before = await countsIn(snapshot);
      await commit();
      return [before, await countsIn(snapshot), await snapshot.snapshot(countsIn)];
    });
    expect(seen).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expect(await countsIn(reader)).toEqual([2, 2]);
  });

  it("does not hide from other queries what was committed after it began", async () => {
    const { reader, commit } = await openCounted(engine);
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const snapshot = reader.snapshot(async (inside) => {
      const before = await countIn(inside);
      begin();
      await held;
      return [before, await countIn(inside)];
    });
    await began;
    await commit();
    const outside = countIn(reader);
    const later = reader.snapshot(countsIn);
    release();
    expect([await snapshot, await outside, await later]).toEqual([[1, 1], 2, [2, 2]]);
  });

  it("ends with an error of what reads it", async () => {
    const { reader, commit } = await openCounted(engine);
    const failing = reader.snapshot(async (snapshot) => {
      await countIn(snapshot);
      throw new TypeError("a bug");
    });
    await expect(failing).rejects.toThrow(new TypeError("a bug"));
    await commit();
    expect([await countIn(reader), await reader.snapshot(countIn)]).toEqual([2, 2]);
  });
});
