import { describe, expect, it } from "vitest";
import type { Sample } from "../../../../src/model/sample.ts";
import { SLOTS_PER_MINUTE } from "../../../../src/lib/time-slots.ts";
import { openSqliteReader } from "../../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../../src/store/store.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  leg,
  MINUTE,
  minuteRows,
  NOON,
  OPTIONS,
  outcome,
  RUN,
  sample,
} from "../../store-fixture.ts";
import { newPath } from "../../new-path.ts";

function openBoth(): { writer: StoreWriter; reader: StoreReader } {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  writer.beginRun(RUN);
  return { writer, reader: openSqliteReader(path) };
}

/** The sample with its bodies as arrays of numbers. */
function plain({ legs, ...sample }: Sample): unknown {
  const bodies = [legs.primary, legs.candidate, legs.secondary].map((leg) => {
    return leg === null ? null : { ...leg, body: { ...leg.body, content: [...leg.body.content] } };
  });
  return { ...sample, bodies };
}

describe("reader", () => {
  it("returns nothing for unknown runs, candidates and samples", () => {
    const { reader } = openBoth();
    expect(flat(reader.outcomes("no run", "v2"))).toEqual([]);
    expect(reader.accounting(RUN.id, "v9")).toEqual([]);
    expect(latencyRows(reader.latencies(RUN.id, "v2"))).toEqual([]);
    expect(reader.latencyMinutes("no run", "v2", "GET /")).toEqual([]);
    expect(reader.latencyMinutes(RUN.id, "v2", undefined)).toEqual([]);
    expect(reader.samples("no run", "v2", { limit: 5 })).toEqual([]);
    expect(reader.sample(RUN.id, "no sample", "v2")).toBeUndefined();
  });

  it("sees each commit of a concurrent writer", () => {
    const { writer, reader } = openBoth();
    for (let sum = 1; sum <= 20; sum += 1) {
      writer.commit(RUN.id, [batch(`${sum}`, { outcomes: [outcome()] })]);
      expect(flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([sum]);
    }
  });

  it("runs all queries of a snapshot on one state while the writer commits", () => {
    const { writer, reader } = openBoth();
    const commit = (id: string) => writer.commit(RUN.id, [batch(id, { outcomes: [outcome()] })]);
    const count = () => flat(reader.outcomes(RUN.id, "v2"))[0]?.count;
    commit("1");
    const seen = reader.snapshot(() => {
      const before = count();
      commit("2");
      return [before, count()];
    });
    expect(seen).toEqual([1, 1]);
    expect(count()).toBe(2);
  });

  it("returns latencies per minute, of one endpoint or of all together", () => {
    const { writer, reader } = openBoth();
    const later = MINUTE + 3;
    writer.commit(RUN.id, [
      batch("1", {
        latencies: [
          latency({ slot: later * SLOTS_PER_MINUTE, series: "candidate", bucket: -2, count: 5 }),
          latency({ bucket: 41, count: 2 }),
          latency({ endpoint: "GET /orders", bucket: 41, count: 3 }),
          latency({ endpoint: "GET /orders", series: "secondary", bucket: 0, count: 1 }),
          latency({ candidate: "v3", count: 100 }),
        ],
      }),
    ]);
    const rows = (endpoint: string | undefined) => minuteRows(reader.latencyMinutes(RUN.id, "v2", endpoint));
    expect(rows(undefined)).toEqual([
      { minute: MINUTE, series: "primary", bucket: 41, count: 5 },
      { minute: MINUTE, series: "secondary", bucket: 0, count: 1 },
      { minute: later, series: "candidate", bucket: -2, count: 5 },
    ]);
    expect(rows("GET /users/{id}")).toEqual([
      { minute: MINUTE, series: "primary", bucket: 41, count: 2 },
      { minute: later, series: "candidate", bucket: -2, count: 5 },
    ]);
  });

  it("returns a sample unchanged: repeated headers, failures, unusual text and bytes", () => {
    const { writer, reader } = openBoth();
    const stored: Sample = sample("stored", {
      target: "/ü?q=' OR 1=1--&b=%00",
      headers: ["X", "", "x", "\u2028\"'\\"],
      fields: [field("$['__proto__']", "both"), field("$.b", "noise")],
      differences: [
        {
          section: "transport",
          path: "$",
          kind: "transport",
          pointer: "",
          relation: null,
          primary: null,
          candidate: "reset",
        },
        {
          section: "body",
          path: "$['a.b']",
          kind: "type",
          pointer: "/a.b",
          relation: "number-as-string",
          primary: "1",
          candidate: '"1"',
        },
      ],
      legs: {
        primary: leg("v1", new Uint8Array(0)),
        candidate: { ...leg("v2"), failure: { kind: "reset", detail: "ended inside the body" }, status: 0 },
        secondary: {
          ...leg(
            "v1-twin",
            Uint8Array.from({ length: 70_000 }, (_, at) => at % 251),
          ),
          trailers: ["T", "1"],
        },
      },
    });
    writer.commit(RUN.id, [batch("1", { samples: [stored] })]);
    const read = reader.sample(RUN.id, "stored", "v2");
    // SQLite returns bytes as a Buffer, which does not equal another kind of array.
    expect(read === undefined ? undefined : plain(read)).toEqual(plain(stored));
    expect(reader.samples(RUN.id, "v2", { limit: 1 })).toEqual([
      {
        id: "stored",
        at: NOON,
        route: "default",
        endpoint: "GET /users/{id}",
        candidate: "v2",
        method: "GET",
        target: stored.target,
        fields: stored.fields,
        primaryStatus: 200,
        candidateStatus: 0,
      },
    ]);
  });

  it("finds samples by endpoint, section and path, newest first, including noise, up to the limit", () => {
    const { writer, reader } = openBoth();
    const status = { section: "status", path: "$", kind: "status", mark: "raw" } as const;
    writer.commit(RUN.id, [
      batch("1", {
        samples: [
          sample("old", { at: NOON - 1 }),
          sample("new", { at: NOON + 1, fields: [status] }),
          sample("noisy", { fields: [field("$.n", "noise"), field("$.x")] }),
          sample("orders", { endpoint: "GET /orders" }),
        ],
      }),
    ]);
    const ids = (filter: object) => reader.samples(RUN.id, "v2", { limit: 9, ...filter }).map(({ id }) => id);
    expect(ids({})).toEqual(["new", "orders", "noisy", "old"]);
    expect(ids({ limit: 2 })).toEqual(["new", "orders"]);
    expect(ids({ endpoint: "GET /users/{id}" })).toEqual(["new", "noisy", "old"]);
    expect(ids({ section: "status" })).toEqual(["new"]);
    expect(ids({ path: "$.n" })).toEqual(["noisy"]);
    expect(ids({ section: "body", path: "$" })).toEqual([]);
    expect(ids({ endpoint: "GET /orders", section: "body", path: "$.total" })).toEqual(["orders"]);
  });

  it.each(["' OR 1=1--", "%", "_", "*", '"; DROP TABLE sample; --', "\0", "GET /users/{id}' --"])(
    "treats the filter %j as data, never as SQL or as a pattern",
    (text) => {
      const { writer, reader } = openBoth();
      const hostile = sample("hostile", { endpoint: text, candidate: text, fields: [field(text)] });
      writer.commit(RUN.id, [batch("1", { samples: [sample("plain"), hostile], outcomes: [outcome()] })]);
      for (const filter of [{ endpoint: text }, { section: text }, { path: text }]) {
        expect(reader.samples(RUN.id, "v2", { ...filter, limit: 9 })).toEqual([]);
      }
      const found = reader.samples(RUN.id, text, { endpoint: text, path: text, limit: 9 });
      expect(found.map(({ id, endpoint }) => [id, endpoint])).toEqual([["hostile", text]]);
      expect(reader.sample(text, "plain", "v2")).toBeUndefined();
      expect(flat(reader.outcomes(text, text))).toEqual([]);
      expect(reader.latencyMinutes(text, text, text)).toEqual([]);
      expect(reader.samples(RUN.id, "v2", { limit: 9 }).map(({ id }) => id)).toEqual(["plain"]);
    },
  );
});
