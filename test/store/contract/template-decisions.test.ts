import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { LearnedTemplate } from "../../../src/endpoints/learned-template.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { StoreEdit, StoreReader } from "../../../src/store/store.ts";
import { batch, field, flat, latency, latencyRows, OPTIONS, outcome, RUN } from "../store-fixture.ts";
import type { WriterOptions } from "./engine.ts";
import { describeStores } from "./engines.ts";

const LEARNING: WriterOptions = { ...OPTIONS, maxEndpoints: 60, maxSegmentValues: 25 };
const AUDIT = { at: 7, by: "ann", what: "decided" };
const POSITION = { route: "default", method: "GET", parent: "/e" };
const TEMPLATE: LearnedTemplate = { ...POSITION, parameter: "{name}", literals: ["popular"] };
const COUNT_AS_ONE: StoreEdit = { type: "count-as-one", template: TEMPLATE, audit: AUDIT };
const KEEP_APART: StoreEdit = { type: "keep-apart", position: POSITION, audit: AUDIT };
const UNDECIDE: StoreEdit = { type: "undecide-template", position: POSITION, audit: AUDIT };

function visits(values: readonly string[]): OutcomeCount[] {
  return values.map((value) => outcome({ endpoint: `GET /e/${value}`, queries: new Map([["q", 1]]) }));
}

function values(count: number): readonly string[] {
  return Array.from(
    { length: count },
    (_, at) => `word${String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26))}`,
  );
}

/** Compared exchanges by endpoint. */
async function countsOf(reader: StoreReader): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await reader.outcomes(RUN.id, "v2")).map(({ endpoint, rows }) => [
      endpoint,
      rows.reduce((sum, { count }) => sum + count, 0),
    ]),
  );
}

describeStores("values of a path segment", (engine) => {
  it("count as one at once, before and after the decision, apart from exceptions; and apart again when it is taken back", async () => {
    const { writer, reader } = await engine.open(LEARNING);
    await writer.commit(RUN.id, [batch("1", { outcomes: visits(["a", "b", "b", "popular", "me"]) })]);
    const before = [await countsOf(reader), await reader.blocks(RUN.id, "v2"), await reader.latencies(RUN.id, "v2")];
    await writer.edit(COUNT_AS_ONE);
    expect(await countsOf(reader)).toEqual({ "GET /e/{name}": 3, "GET /e/popular": 1, "GET /e/me": 1 });
    expect(await reader.templates()).toEqual([{ ...TEMPLATE, decided: { by: "ann", at: 7 } }]);
    expect(await reader.audit(9)).toEqual([AUDIT]);
    await writer.edit(UNDECIDE);
    expect([await countsOf(reader), await reader.blocks(RUN.id, "v2"), await reader.latencies(RUN.id, "v2")]).toEqual(
      before,
    );
    await writer.edit(COUNT_AS_ONE);
    await writer.commit(RUN.id, [batch("2", { outcomes: visits(["a", "c", "popular"]) })]);
    expect(await countsOf(reader)).toEqual({ "GET /e/{name}": 5, "GET /e/popular": 2, "GET /e/me": 1 });
    await writer.edit(UNDECIDE);
    await writer.commit(RUN.id, [batch("3", { outcomes: visits(["a", "c"]) })]);
    // What was counted as one in between stays so.
    expect(await countsOf(reader)).toEqual({
      "GET /e/a": 2,
      "GET /e/b": 2,
      "GET /e/c": 1,
      "GET /e/me": 1,
      "GET /e/popular": 2,
      "GET /e/{name}": 2,
    });
  });

  it("stay apart if a person wants it, however many there are, also after a restart", async () => {
    const { writer, reader, reopen } = await engine.open(LEARNING);
    await writer.edit(KEEP_APART);
    await writer.commit(RUN.id, [batch("1", { outcomes: visits(values(30)) })]);
    const again = await reopen();
    await again.commit(RUN.id, [batch("2", { outcomes: visits(values(80)) })]);
    expect(await again.templates()).toEqual([]);
    expect(Object.keys(await countsOf(reader))).toHaveLength(61);
    expect((await countsOf(reader))["(other endpoints)"]).toBe(20);
    await again.edit(UNDECIDE);
    await again.commit(RUN.id, [batch("3", { outcomes: visits(["another"]) })]);
    expect(await countsOf(reader)).toEqual({ "(other endpoints)": 20, "GET /e/{name}": 91 });
    expect(await reader.keptApart()).toEqual([]);
  });

  it("stay apart although traffic had made them one; a decision replaces the one before", async () => {
    const { writer, reader } = await engine.open(LEARNING);
    await writer.commit(RUN.id, [batch("1", { outcomes: visits(values(30)) })]);
    expect(await countsOf(reader)).toEqual({ "GET /e/{name}": 30 });
    await writer.edit(UNDECIDE);
    expect(await countsOf(reader)).toEqual({ "GET /e/{name}": 30 });
    await writer.edit(KEEP_APART);
    await writer.commit(RUN.id, [batch("2", { outcomes: visits(values(2)) })]);
    expect(await countsOf(reader)).toMatchObject({
      "GET /e/wordaa": 2,
      "GET /e/wordba": 2,
      "GET /e/wordca": 1,
      "GET /e/{name}": 5,
    });
    await writer.edit(COUNT_AS_ONE);
    expect([await countsOf(reader), await reader.keptApart()]).toEqual([{ "GET /e/{name}": 32 }, []]);
  });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 45 }), { minLength: 1, maxLength: 12 })
      .map((visited) => ({ visited })),
  },
  { weight: 2, arbitrary: fc.constantFrom(COUNT_AS_ONE, KEEP_APART, UNDECIDE).map((edit) => ({ edit })) },
  { weight: 1, arbitrary: fc.constant({ restart: true }) },
);

function outcomesOf(visited: readonly number[]): OutcomeCount[] {
  const all = values(46);
  return visited.map((at) => {
    const endpoint = `GET /e/${all[at]}${at % 3 === 0 ? "/parts" : ""}`;
    const queries = new Map([[at % 2 === 0 ? "q" : "", 1]]);
    return outcome({ endpoint, queries, fields: at % 4 === 0 ? [field("$.a")] : [] });
  });
}

function sum(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

/** Counts of the run that must not depend on decisions. */
async function invariants(reader: StoreReader) {
  const rows = flat(await reader.outcomes(RUN.id, "v2"));
  return {
    compared: sum(rows),
    differing: sum(rows.filter(({ fields }) => fields.length > 0)),
    withParameter: rows.reduce((total, { parameters }) => total + (parameters?.names.get("q") ?? 0), 0),
    counted: rows.reduce((total, { parameters }) => total + (parameters?.counted ?? 0), 0),
    inBlocks: sum(flat(await reader.blocks(RUN.id, "v2")).flatMap(({ outcomes }) => outcomes)),
    latencies: sum(latencyRows(await reader.latencies(RUN.id, "v2"))),
  };
}

describeStores("decisions", (engine) => {
  it("counts add up whatever is decided, in any order, and with restarts", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { reader, reopen, ...opened } = await engine.open(LEARNING);
        let { writer } = opened;
        const all: OutcomeCount[] = [];
        for (const [at, one] of steps.entries()) {
          if ("visited" in one) {
            const outcomes = outcomesOf(one.visited);
            const latencies = outcomes.map(({ endpoint }) => latency({ endpoint }));
            await writer.commit(RUN.id, [batch(`${at}`, { outcomes, latencies })]);
            all.push(...outcomes);
          } else if ("edit" in one) await writer.edit(one.edit);
          else writer = await reopen();
          const withParameter = all.filter(({ queries }) => queries.has("q")).length;
          expect(await invariants(reader)).toEqual({
            compared: all.length,
            differing: all.filter(({ fields }) => fields.length > 0).length,
            withParameter,
            counted: all.length,
            inBlocks: all.length,
            latencies: all.length,
          });
          const names = (await reader.outcomes(RUN.id, "v2")).map(({ endpoint }) => endpoint);
          expect(new Set(names).size).toBe(names.length);
        }
      }),
      { numRuns: engine.runs(40) },
    );
  });
});
