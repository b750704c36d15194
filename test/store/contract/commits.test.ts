import { expect, it } from "vitest";
import { OVERFLOW_ENDPOINT } from "../../../src/model/difference.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { Run } from "../../../src/model/run.ts";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  MINUTE,
  outcome,
  received,
  RUN,
  sample,
  SLOT,
} from "../store-fixture.ts";
import type { Engine, WriterOptions } from "./engine.ts";
import { describeStores } from "./engines.ts";

/** A new store, and a function that commits outcomes as one batch. */
async function openBoth(engine: Engine, options: Partial<WriterOptions> = {}) {
  const store = await engine.open(options);
  let batches = 0;
  const commit = (...outcomes: OutcomeCount[]): Promise<void> =>
    store.writer.commit(RUN.id, [batch(`${(batches += 1)}`, { outcomes })]);
  return { ...store, commit };
}

describeStores("commit", (engine) => {
  it("adds up counts over batches and minutes, per run and candidate", async () => {
    const { writer, reader } = await engine.open();
    const other: Run = { ...RUN, id: "other", startedAt: RUN.startedAt + 1 };
    const differing = outcome({ paired: true, fields: [field("$.a", "both"), field("$.b")], count: 2 });
    await writer.commit(RUN.id, [
      batch("1", { outcomes: [outcome({ count: 5 }), differing], accounting: [received(7)], latencies: [latency()] }),
      batch("2", {
        outcomes: [outcome({ slot: SLOT + SLOTS_PER_MINUTE, count: 10 })],
        accounting: [received(10, { minute: MINUTE + 1 })],
      }),
    ]);
    await writer.commit(RUN.id, [
      batch("3", { outcomes: [differing, outcome({ candidate: "v3", count: 9 })], latencies: [latency({ count: 4 })] }),
    ]);
    await writer.endRun(RUN.id, other.startedAt, other);
    await writer.commit(other.id, [batch("other 1", { outcomes: [outcome({ count: 100 })] })]);

    const of = { route: "default", endpoint: "GET /users/{id}", overflow: false, beyondCap: false };
    expect(flat(await reader.outcomes(RUN.id, "v2"))).toEqual([
      { ...of, candidate: "v2", paired: false, fields: [], count: 15 },
      { ...of, candidate: "v2", paired: true, fields: differing.fields, count: 4 },
    ]);
    expect(flat(await reader.outcomes(RUN.id, "v3"))).toEqual([
      { ...of, candidate: "v3", paired: false, fields: [], count: 9 },
    ]);
    expect(flat(await reader.outcomes(other.id, "v2")).map(({ count }) => count)).toEqual([100]);
    expect(await reader.accounting(RUN.id, "v2")).toEqual([received(17, { minute: 0 })]);
    expect(
      latencyRows(await reader.latencies(RUN.id, "v2")).map(({ series, bucket, count }) => [series, bucket, count]),
    ).toEqual([["primary", 40, 5]]);
    expect((await reader.runs()).map(({ id }) => id)).toEqual(["other", RUN.id]);
  });

  it("counts a batch once that is delivered twice: in one transaction, in a later one and after a reopening", async () => {
    const { writer, reader, reopen } = await engine.open();
    const twice = batch("1", { outcomes: [outcome({ count: 3 })], accounting: [received(3)], samples: [sample("x")] });
    await writer.commit(RUN.id, [twice, twice]);
    await writer.commit(RUN.id, [twice, batch("2", { outcomes: [outcome()] })]);
    const again = await reopen();
    await again.commit(RUN.id, [twice]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([4]);
    expect((await reader.accounting(RUN.id, "v2")).map(({ count }) => count)).toEqual([3]);
    expect(await reader.samples(RUN.id, "v2", { limit: 9 })).toHaveLength(1);
  });

  it("commits all batches or none, and drops cached keys after a rollback", async () => {
    const { writer, reader, failToCommit } = await engine.open();
    const first = batch("1", { outcomes: [outcome({ endpoint: "GET /new", fields: [field("$.a")], count: 3 })] });
    await failToCommit([first]);
    expect(flat(await reader.outcomes(RUN.id, "v2"))).toEqual([]);
    // A stale cache would reuse the keys of the rolled back rows.
    await writer.commit(RUN.id, [
      batch("2", { outcomes: [outcome({ endpoint: "GET /other", fields: [field("$.b")] })] }),
    ]);
    await writer.commit(RUN.id, [first]);
    expect(
      flat(await reader.outcomes(RUN.id, "v2")).map(({ endpoint, fields, count }) => [
        endpoint,
        fields[0]?.path,
        count,
      ]),
    ).toEqual([
      ["GET /new", "$.a", 3],
      ["GET /other", "$.b", 1],
    ]);
  });

  it("keeps a run unchanged that is begun again", async () => {
    const { writer, reader } = await engine.open();
    await writer.beginRun({ ...RUN, name: "renamed" });
    expect(await reader.runs()).toEqual([RUN]);
  });

  it("updates a run after a reload", async () => {
    const { writer, reader } = await engine.open();
    const changed = { ...RUN, primary: "v1b", candidates: ["v3"], secondary: null, gate: { ...RUN.gate, parity: 0.5 } };
    await writer.updateRun({ ...changed, name: "its name stays" });
    await writer.commit(RUN.id, [batch("1")]);
    expect(await reader.runs()).toEqual([changed]);
  });
});

describeStores("limits", (engine) => {
  it("counts endpoints beyond the limit exactly under one name", async () => {
    const { writer, reader, commit } = await openBoth(engine, { maxEndpoints: 2 });
    await commit(outcome({ endpoint: "GET /a" }), outcome({ endpoint: "GET /b", candidate: "v3" }));
    await commit(
      outcome({ endpoint: "GET /c", count: 3 }),
      outcome({ endpoint: "GET /d", count: 4, fields: [field("$.x")] }),
    );
    await commit(outcome({ endpoint: "GET /b", count: 7 }), outcome({ endpoint: "GET /a", count: 8 }));
    await writer.commit(RUN.id, [
      batch("beyond", { latencies: [latency({ endpoint: "GET /c" })], samples: [sample("s", { endpoint: "GET /d" })] }),
    ]);
    expect(
      flat(await reader.outcomes(RUN.id, "v2")).map(({ endpoint, fields, count }) => [endpoint, fields.length, count]),
    ).toEqual([
      [OVERFLOW_ENDPOINT, 0, 3],
      [OVERFLOW_ENDPOINT, 1, 4],
      ["GET /a", 0, 9],
      ["GET /b", 0, 7],
    ]);
    expect(latencyRows(await reader.latencies(RUN.id, "v2")).map(({ endpoint }) => endpoint)).toEqual([
      OVERFLOW_ENDPOINT,
    ]);
    expect((await reader.samples(RUN.id, "v2", { endpoint: OVERFLOW_ENDPOINT, limit: 9 })).map(({ id }) => id)).toEqual(
      ["s"],
    );
  });

  it("keeps the known endpoints after a restart and adds none beyond the limit", async () => {
    const { reopen, commit, reader } = await openBoth(engine, { maxEndpoints: 1 });
    await commit(outcome({ endpoint: "GET /a" }), outcome({ endpoint: "GET /b" }));
    const again = await reopen();
    await again.commit(RUN.id, [
      batch("again", { outcomes: [outcome({ endpoint: "GET /c" }), outcome({ endpoint: "GET /a" })] }),
    ]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ endpoint, count }) => [endpoint, count])).toEqual([
      [OVERFLOW_ENDPOINT, 2],
      ["GET /a", 2],
    ]);
  });

  it("counts difference sets beyond the limit together, by matched or differed and by paired or not", async () => {
    const { reader, commit } = await openBoth(engine, { maxDifferenceSets: 2 });
    await commit(outcome({ fields: [field("$.a")] }), outcome({ fields: [field("$.b", "noise")], paired: true }));
    await commit(
      outcome({ count: 1000 }), // a match is not a difference set
      outcome({ fields: [field("$.c")], count: 2 }),
      outcome({ fields: [field("$.d")], count: 3 }),
      outcome({ fields: [field("$.d")], paired: true, count: 4 }),
      outcome({ fields: [field("$.e", "noise")], paired: true, count: 5 }),
      outcome({ fields: [field("$.e", "noise"), field("$.f", "both")], paired: true, count: 6 }),
      outcome({ fields: [field("$.a")], count: 7 }),
      outcome({ fields: [field("$.a")], candidate: "v3", count: 1 }),
    );
    const rows = flat(await reader.outcomes(RUN.id, "v2")).map(({ fields, paired, overflow, beyondCap, count }) => {
      return [fields.map(({ path }) => path).join(), paired, overflow, beyondCap, count];
    });
    expect(rows).toEqual([
      ["$.a", false, false, false, 8],
      ["$.b", true, false, false, 1],
      ["", false, false, false, 1000],
      ["", false, true, true, 5],
      ["", true, true, true, 10],
      ["", true, false, true, 5],
    ]);
    expect(flat(await reader.outcomes(RUN.id, "v3")).map(({ beyondCap }) => beyondCap)).toEqual([false]);
  });

  it("keeps no samples with samplesPerDifference: 0", async () => {
    const { writer, reader } = await engine.open({ samplesPerDifference: 0 });
    await writer.commit(RUN.id, [batch("1", { samples: [sample("a")] })]);
    expect(await reader.samples(RUN.id, "v2", { limit: 9 })).toEqual([]);
  });
});
