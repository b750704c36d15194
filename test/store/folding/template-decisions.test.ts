import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LearnedTemplate } from "../../../src/endpoints/learned-template.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import { openSqliteWriter, type SqliteWriterOptions } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreEdit, StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { openStore } from "../open-store.ts";
import { batch, field, flat, latency, latencyRows, OPTIONS, outcome, RUN } from "../store-fixture.ts";

const LEARNING: SqliteWriterOptions = { ...OPTIONS, maxEndpoints: 60, maxSegmentValues: 25 };
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
function countsOf(reader: StoreReader): Record<string, number> {
  return Object.fromEntries(
    reader
      .outcomes(RUN.id, "v2")
      .map(({ endpoint, rows }) => [endpoint, rows.reduce((sum, { count }) => sum + count, 0)]),
  );
}

describe("values of a path segment", () => {
  it("count as one at once, before and after the decision, apart from exceptions; and apart again when it is taken back", () => {
    const { writer, reader } = openStore(LEARNING);
    writer.commit(RUN.id, [batch("1", { outcomes: visits(["a", "b", "b", "popular", "me"]) })]);
    const before = [countsOf(reader), reader.blocks(RUN.id, "v2"), reader.latencies(RUN.id, "v2")];
    writer.edit(COUNT_AS_ONE);
    expect(countsOf(reader)).toEqual({ "GET /e/{name}": 3, "GET /e/popular": 1, "GET /e/me": 1 });
    expect(reader.templates()).toEqual([{ ...TEMPLATE, decided: { by: "ann", at: 7 } }]);
    expect(reader.audit(9)).toEqual([AUDIT]);
    writer.edit(UNDECIDE);
    expect([countsOf(reader), reader.blocks(RUN.id, "v2"), reader.latencies(RUN.id, "v2")]).toEqual(before);
    writer.edit(COUNT_AS_ONE);
    writer.commit(RUN.id, [batch("2", { outcomes: visits(["a", "c", "popular"]) })]);
    expect(countsOf(reader)).toEqual({ "GET /e/{name}": 5, "GET /e/popular": 2, "GET /e/me": 1 });
    writer.edit(UNDECIDE);
    writer.commit(RUN.id, [batch("3", { outcomes: visits(["a", "c"]) })]);
    // What was counted as one in between stays so.
    expect(countsOf(reader)).toEqual({
      "GET /e/a": 2,
      "GET /e/b": 2,
      "GET /e/c": 1,
      "GET /e/me": 1,
      "GET /e/popular": 2,
      "GET /e/{name}": 2,
    });
  });

  it("stay apart if a person wants it, however many there are, also after a restart", () => {
    const { path, writer, reader } = openStore(LEARNING);
    writer.edit(KEEP_APART);
    writer.commit(RUN.id, [batch("1", { outcomes: visits(values(30)) })]);
    writer.close();
    const again = openSqliteWriter(path, LEARNING);
    again.beginRun(RUN);
    again.commit(RUN.id, [batch("2", { outcomes: visits(values(80)) })]);
    expect(again.templates()).toEqual([]);
    expect(Object.keys(countsOf(reader))).toHaveLength(61);
    expect(countsOf(reader)["(other endpoints)"]).toBe(20);
    again.edit(UNDECIDE);
    again.commit(RUN.id, [batch("3", { outcomes: visits(["another"]) })]);
    expect(countsOf(reader)).toEqual({ "(other endpoints)": 20, "GET /e/{name}": 91 });
    expect(reader.keptApart()).toEqual([]);
  });

  it("stay apart although traffic had made them one; a decision replaces the one before", () => {
    const { writer, reader } = openStore(LEARNING);
    writer.commit(RUN.id, [batch("1", { outcomes: visits(values(30)) })]);
    expect(countsOf(reader)).toEqual({ "GET /e/{name}": 30 });
    writer.edit(UNDECIDE);
    expect(countsOf(reader)).toEqual({ "GET /e/{name}": 30 });
    writer.edit(KEEP_APART);
    writer.commit(RUN.id, [batch("2", { outcomes: visits(values(2)) })]);
    expect(countsOf(reader)).toMatchObject({
      "GET /e/wordaa": 2,
      "GET /e/wordba": 2,
      "GET /e/wordca": 1,
      "GET /e/{name}": 5,
    });
    writer.edit(COUNT_AS_ONE);
    expect([countsOf(reader), reader.keptApart()]).toEqual([{ "GET /e/{name}": 32 }, []]);
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

interface Opened {
  readonly path: string;
  readonly reader: StoreReader;
  writer: StoreWriter;
}

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
function invariants(reader: StoreReader) {
  const rows = flat(reader.outcomes(RUN.id, "v2"));
  return {
    compared: sum(rows),
    differing: sum(rows.filter(({ fields }) => fields.length > 0)),
    withParameter: rows.reduce((total, { parameters }) => total + (parameters?.names.get("q") ?? 0), 0),
    counted: rows.reduce((total, { parameters }) => total + (parameters?.counted ?? 0), 0),
    inBlocks: sum(flat(reader.blocks(RUN.id, "v2")).flatMap(({ outcomes }) => outcomes)),
    latencies: sum(latencyRows(reader.latencies(RUN.id, "v2"))),
  };
}

it("counts add up whatever is decided, in any order, and with restarts", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const opened: Opened = openStore(LEARNING);
      const all: OutcomeCount[] = [];
      for (const [at, one] of steps.entries()) {
        if ("visited" in one) {
          const outcomes = outcomesOf(one.visited);
          const latencies = outcomes.map(({ endpoint }) => latency({ endpoint }));
          opened.writer.commit(RUN.id, [batch(`${at}`, { outcomes, latencies })]);
          all.push(...outcomes);
        } else if ("edit" in one) opened.writer.edit(one.edit);
        else {
          opened.writer.close();
          opened.writer = openSqliteWriter(opened.path, LEARNING);
          opened.writer.beginRun(RUN);
        }
        const withParameter = all.filter(({ queries }) => queries.has("q")).length;
        expect(invariants(opened.reader)).toEqual({
          compared: all.length,
          differing: all.filter(({ fields }) => fields.length > 0).length,
          withParameter,
          counted: all.length,
          inBlocks: all.length,
          latencies: all.length,
        });
        const names = opened.reader.outcomes(RUN.id, "v2").map(({ endpoint }) => endpoint);
        expect(new Set(names).size).toBe(names.length);
      }
      opened.writer.close();
    }),
    { numRuns: 40 },
  );
});
