import { beforeEach, expect, it } from "vitest";
import type { SlowExchange } from "../../../src/model/latency.ts";
import type { Sample } from "../../../src/model/sample.ts";
import type { StoreReader, StoreWriter, TimedExchangeFilter } from "../../../src/store/store.ts";
import { batch, field, leg, NOON, OPTIONS, outcome, RUN, sample } from "../store-fixture.ts";
import type { TestStore } from "./engine.ts";
import { describeStores } from "./engines.ts";

const ENDPOINT = "GET /orders/{id}";
const ALL: TimedExchangeFilter = { role: "candidate", minMs: null, maxMs: null, from: null, to: null, limit: 100 };

function slow(candidateMs: number, parts: Partial<SlowExchange> = {}): SlowExchange {
  return {
    at: NOON + candidateMs,
    route: "default",
    endpoint: ENDPOINT,
    candidate: "v2",
    method: "GET",
    target: `/orders/${candidateMs}`,
    primaryStatus: 200,
    candidateStatus: 200,
    primaryMs: 200 - candidateMs,
    candidateMs,
    secondaryMs: null,
    sampleId: null,
    ...parts,
  };
}

function timed(id: string, at: number, candidateMs: number, isFailed = false): Sample {
  const primary = { ...leg("v1"), timing: { connectMs: 2, firstByteMs: 3, totalMs: 12 } };
  const failure = isFailed ? ({ kind: "timeout", detail: "" } as const) : null;
  const candidate = { ...leg("v2"), failure, timing: { connectMs: null, firstByteMs: 3, totalMs: candidateMs } };
  const parts = { at: NOON + at, endpoint: ENDPOINT, fields: [field("$.total")] };
  return sample(id, { ...parts, legs: { primary, candidate, secondary: null } });
}

describeStores("kept exchanges", (engine) => {
  let store: TestStore;
  let writer: StoreWriter;
  let reader: StoreReader;
  beforeEach(async () => {
    store = await engine.open();
    ({ writer, reader } = store);
  });

  async function latencies(filter: Partial<TimedExchangeFilter> = {}): Promise<readonly (number | null)[]> {
    const exchanges = await reader.timedExchanges(RUN.id, "v2", { ...ALL, ...filter });
    return exchanges.map(({ candidateMs }) => candidateMs);
  }

  it("are the slowest three of each step of an endpoint, over all batches and after reopening", async () => {
    await writer.commit(RUN.id, [batch("1", { slow: [104, 106, 105, 12].map((ms) => slow(ms)) })]);
    writer = await store.reopen();
    const other = slow(103, { endpoint: "GET /other" });
    await writer.commit(RUN.id, [batch("2", { slow: [slow(110), slow(103), other] })]);
    expect(await latencies({ endpoint: ENDPOINT })).toEqual([110, 106, 105, 12]);
    expect(await latencies()).toEqual([110, 106, 105, 103, 12]);
    expect(await reader.timedExchanges(RUN.id, "v3", ALL)).toEqual([]);
  });

  it("are limited by the latency of a role and by the time of arrival, slowest first", async () => {
    await writer.commit(RUN.id, [batch("1", { slow: [100, 50, 20, 5].map((ms) => slow(ms)) })]);
    expect(await latencies({ minMs: 20, maxMs: 50 })).toEqual([50, 20]);
    expect(await latencies({ role: "primary", minMs: 150 })).toEqual([5, 20, 50]);
    expect(await latencies({ from: NOON + 20, to: NOON + 50 })).toEqual([50, 20]);
    expect(await latencies({ role: "secondary", minMs: 0 })).toEqual([]);
    expect(await latencies({ limit: 1 })).toEqual([100]);
  });

  it("contain samples with their latencies, without the time to connect, and each exchange once", async () => {
    const samples = [timed("a", 1, 40), timed("b", 2, 30_000, true)];
    const rows = [slow(40, { sampleId: "a" }), slow(60, { sampleId: "not sampled" })];
    await writer.commit(RUN.id, [batch("1", { samples, slow: rows })]);
    const all = await reader.timedExchanges(RUN.id, "v2", ALL);
    expect(all.map(({ id, primaryMs, candidateMs, differs }) => [id, primaryMs, candidateMs, differs])).toEqual([
      ["b", 10, null, true],
      [null, 140, 60, true],
      ["a", 10, 40, true],
    ]);
    expect(await latencies({ minMs: 0 })).toEqual([60, 40]);
  });

  it("are deleted when they are too old, and with their endpoint", async () => {
    await writer.commit(RUN.id, [batch("1", { outcomes: [outcome()], slow: [slow(10), slow(20)] })]);
    const dayAfter = NOON + OPTIONS.retention.maxAgeMs + 26 * 3_600_000;
    expect(await latencies()).toEqual([20, 10]);
    while (await writer.applyRetention(dayAfter));
    expect(await latencies()).toEqual([]);
  });
});
