import { expect, it } from "vitest";
import type { AttributeRecord, AttributeStratum } from "../../../src/model/explain/attribute.ts";
import type { LearnedTemplate } from "../../../src/endpoints/learned-template.ts";
import type { PerEndpoint, StoreReader } from "../../../src/store/store.ts";
import { attributes, batch, field, NOON, OPTIONS, outcome, RUN, SLOT } from "../store-fixture.ts";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import { describeStores } from "./engines.ts";

const ENDPOINT = "GET /users/{id}";
const NAME = { route: "default", endpoint: ENDPOINT };
const ODD = "\0 \uD800 ü😀 \u001A <script>";
const MINUTE_MS = 60_000;

const FULL: AttributeRecord = attributes("thread-1/7", {
  stratum: "digest",
  paired: true,
  fields: [field(ODD), field("$.b", "noise")],
  cut: ["cookie", "request-body"],
  attributes: [
    { source: "header", name: "__proto__", value: ODD },
    { source: "header", name: "x", value: "1" },
    { source: "header", name: "x", value: "2" },
    { source: "query", name: ODD, value: "" },
    { source: "request-body", name: "$.limit", value: 1e21 },
    { source: "request-body", name: "$.null", value: null },
    { source: "response-body", name: "$.isNew", value: false },
  ],
});

function several(count: number, prefix: string, parts: Partial<AttributeRecord> = {}): AttributeRecord[] {
  return Array.from({ length: count }, (_, n) => attributes(`${prefix}${n}`, parts));
}

function byDraw(records: readonly AttributeRecord[]): AttributeRecord[] {
  return records.toSorted((one, other) => one.draw - other.draw);
}

async function only(reader: StoreReader): Promise<readonly AttributeStratum[]> {
  const [first, ...others] = await reader.attributes(RUN.id, "v2");
  expect(others).toEqual([]);
  return first?.rows ?? [];
}

function idsOf(endpoints: readonly PerEndpoint<readonly AttributeStratum[]>[]) {
  return endpoints.map(({ endpoint, rows }) => [
    endpoint,
    ...rows.map(({ stratum, records }) => [stratum, ...records.map(({ id }) => id)]),
  ]);
}

function sampleOf([stratum, records, size]: [string, AttributeRecord[], number]): AttributeStratum {
  const limit = byDraw(records)[size]?.draw ?? 1;
  const kept = byDraw(records).slice(0, size);
  return { stratum, limit, records: kept.map((record) => ({ ...record, limit })) };
}

function at(draw: number, limit: number): AttributeRecord {
  return attributes(`${draw}`, { draw, limit });
}

function of(name: string, draw: number, limit = 1): AttributeRecord {
  return attributes(`${name} ${draw}`, { endpoint: `GET /posts/${name}`, draw, limit });
}

describeStores("attributes", (engine) => {
  it("are returned as they were, whatever they contain", async () => {
    const { writer, reader } = await engine.open();
    const others = [
      { ...FULL, id: "fewer", draw: 0.8, attributes: FULL.attributes.slice(1, 3) },
      { ...FULL, id: "none", draw: 0.85, attributes: [] },
      { ...FULL, id: "other order", draw: 0.9, attributes: FULL.attributes.toReversed() },
      { ...FULL, id: "other head", draw: 0.95, fields: [field("$.b")], cut: [], paired: false },
    ];
    const records = [{ ...FULL, draw: 0.1 }, ...others];
    await writer.commit(RUN.id, [batch("1", { attributes: records })]);
    expect(await reader.attributes(RUN.id, "v2")).toEqual([
      { ...NAME, rows: [{ stratum: "digest", limit: 1, records }] },
    ]);
    expect(await reader.attributes(RUN.id, "v3")).toEqual([]);
    expect(await reader.attributes("unknown", "v2")).toEqual([]);
  });

  it("are those with the smallest draws of each stratum, over all batches, transactions and restarts", async () => {
    const store = await engine.open();
    let { writer } = store;
    const matches = several(600, "match");
    const differing = several(150, "differs", { stratum: "a", fields: [field("$.a")] });
    const rare = several(3, "rare", { stratum: "b", fields: [field("$.b")] });
    const all = [...matches, ...differing, ...rare].toSorted((one, other) => (one.id < other.id ? -1 : 1));
    for (let from = 0; from < all.length; from += 150) {
      const part = batch(`${from}`, { attributes: all.slice(from, from + 150) });
      await store.failToCommit([part]);
      await writer.commit(RUN.id, [part]);
      await writer.commit(RUN.id, [part, batch(`again ${from}`, { attributes: part.attributes.slice(0, 10) })]);
      if (from % 300 === 0) writer = await store.reopen();
    }
    const strata = await only(store.reader);
    expect(strata).toEqual(
      (
        [
          ["", matches, 256],
          ["a", differing, 96],
          ["b", rare, 96],
        ] satisfies [string, AttributeRecord[], number][]
      ).map(sampleOf),
    );
  });

  it("keep the smallest limit that a record came with", async () => {
    const { writer, reader } = await engine.open();
    await writer.commit(RUN.id, [batch("1", { attributes: [at(0.1, 1), at(0.3, 0.5), at(0.45, 0.5)] })]);
    await writer.commit(RUN.id, [batch("2", { attributes: [at(0.2, 0.4), at(0.42, 1), at(0.9, 1)] })]);
    const [stratum] = await only(reader);
    expect(stratum?.limit).toBe(0.4);
    expect(stratum?.records.map(({ draw, limit }) => [draw, limit])).toEqual([
      [0.1, 0.4],
      [0.2, 0.4],
      [0.3, 0.4],
    ]);
  });

  it("of strata beyond the cap are one stratum, which keeps their names", async () => {
    const store = await engine.open();
    let { writer } = store;
    const names = Array.from({ length: 40 }, (_, n) => `s${String((n * 7) % 40).padStart(2, "0")}`);
    for (let from = 0; from < names.length; from += 8) {
      const records = names
        .slice(from, from + 8)
        .flatMap((stratum) => several(2, stratum, { stratum, fields: [field(`$.${stratum}`)] }));
      await writer.commit(RUN.id, [batch(`${from}`, { attributes: records })]);
      if (from === 16) writer = await store.reopen();
    }
    const strata = await only(store.reader);
    expect(strata.map(({ stratum }) => stratum)).toEqual(["*", ...names.toSorted().slice(0, 32)]);
    const joined = names
      .toSorted()
      .slice(32)
      .flatMap((stratum) => [stratum, stratum]);
    expect(strata[0]?.records.map(({ stratum }) => stratum).toSorted()).toEqual(joined);
    expect(strata[0]?.records.every(({ stratum, fields }) => fields[0]?.path === `$.${stratum}`)).toBe(true);
  });

  it("are the same objects until they change", async () => {
    const { writer, reader } = await engine.open();
    const other = attributes("other", { endpoint: "GET /other" });
    const differing = attributes("differs", { stratum: "a" });
    await writer.commit(RUN.id, [batch("1", { attributes: [attributes("one"), differing, other] })]);
    const before = await reader.attributes(RUN.id, "v2");
    await writer.commit(RUN.id, [batch("2", { outcomes: [outcome()] })]);
    const [again] = await reader.attributes(RUN.id, "v2", { route: "default", endpoint: "GET /other" });
    expect(again?.rows).toBe(before[0]?.rows);
    await writer.commit(RUN.id, [batch("3", { attributes: [attributes("two")] })]);
    const after = await reader.attributes(RUN.id, "v2");
    expect(idsOf(after)).toEqual([
      ["GET /other", ["", "other"]],
      [ENDPOINT, ["", ...byDraw([attributes("one"), attributes("two")]).map(({ id }) => id)], ["a", "differs"]],
    ]);
    expect(after[0]?.rows).toBe(before[0]?.rows);
    expect(after[1]?.rows).not.toBe(before[1]?.rows);
    expect(after[1]?.rows[1]).toBe(before[1]?.rows[1]);
  });

  it("are read for one endpoint of one route", async () => {
    const { writer, reader } = await engine.open();
    const records = [
      attributes("one"),
      attributes("two", { route: "other" }),
      attributes("three", { endpoint: "GET /" }),
    ];
    await writer.commit(RUN.id, [batch("1", { attributes: records })]);
    expect(idsOf(await reader.attributes(RUN.id, "v2", { route: "other", endpoint: ENDPOINT }))).toEqual([
      [ENDPOINT, ["", "two"]],
    ]);
    expect(await reader.attributes(RUN.id, "v2", { route: "other", endpoint: "GET /" })).toEqual([]);
  });

  it("of endpoints that are counted as one are joined, as far as all of them were sampled", async () => {
    const { writer, reader } = await engine.open();
    await writer.commit(RUN.id, [
      batch("1", { attributes: [of("a", 0.1, 0.5), of("a", 0.4, 0.5), of("b", 0.3), of("b", 0.6)] }),
    ]);
    const template: LearnedTemplate = {
      route: "default",
      method: "GET",
      parent: "/posts",
      parameter: "{post}",
      literals: [],
    };
    await writer.edit({ type: "count-as-one", template, audit: { at: NOON, by: "admin", what: "posts" } });
    await writer.commit(RUN.id, [batch("2", { attributes: [of("c", 0.2), of("c", 0.8)] })]);
    const name = { route: "default", endpoint: "GET /posts/{post}" };
    const joined = await reader.attributes(RUN.id, "v2", name);
    expect(idsOf(joined)).toEqual([["GET /posts/{post}", ["", "a 0.1", "c 0.2", "b 0.3", "a 0.4"]]]);
    const [stratum] = joined[0]?.rows ?? [];
    expect(stratum?.limit).toBe(0.5);
    expect(stratum?.records.map(({ endpoint, limit }) => [endpoint, limit])).toEqual(
      [1, 2, 3, 4].map(() => ["GET /posts/{post}", 0.5]),
    );
    expect((await reader.attributes(RUN.id, "v2"))[0]?.rows).toBe(joined[0]?.rows);
  });

  it("are deleted together with the counts of their time; what is left is a uniform sample", async () => {
    const { writer, reader } = await engine.open();
    const minutes = engine.retentionMinutes;
    const later = NOON + minutes * MINUTE_MS;
    const old = attributes("old", { draw: 0.3 });
    const young = attributes("young", { draw: 0.1, at: later, limit: 0.5 });
    const outcomes = [outcome(), outcome({ slot: SLOT + minutes * SLOTS_PER_MINUTE })];
    await writer.commit(RUN.id, [batch("1", { outcomes, attributes: [old, young] })]);
    expect((await only(reader))[0]?.records).toEqual([
      { ...young, limit: 0.5 },
      { ...old, limit: 0.5 },
    ]);
    const now = NOON + OPTIONS.retention.maxAgeMs + (60 + minutes) * MINUTE_MS;
    while (await writer.applyRetention(now));
    expect(await only(reader)).toEqual([{ stratum: "", limit: 0.5, records: [{ ...young, limit: 0.5 }] }]);
    while (await writer.applyRetention(now + 2 * minutes * MINUTE_MS));
    expect(await reader.attributes(RUN.id, "v2")).toEqual([]);
  });
});
