import { expect, it } from "vitest";
import type { Sample } from "../../../src/model/sample.ts";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
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
  outcome,
  RUN,
  sample,
} from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

/** The sample with its bodies as arrays of numbers. */
function plain({ legs, ...sample }: Sample): unknown {
  const bodies = [legs.primary, legs.candidate, legs.secondary].map((leg) => {
    return leg === null ? null : { ...leg, body: { ...leg.body, content: [...leg.body.content] } };
  });
  return { ...sample, bodies };
}

describeStores("reader", (engine) => {
  it("returns nothing for unknown runs, candidates and samples", async () => {
    const { reader } = await engine.open();
    expect(flat(await reader.outcomes("no run", "v2"))).toEqual([]);
    expect(await reader.accounting(RUN.id, "v9")).toEqual([]);
    expect(latencyRows(await reader.latencies(RUN.id, "v2"))).toEqual([]);
    expect(await reader.latencyMinutes("no run", "v2", "GET /")).toEqual([]);
    expect(await reader.latencyMinutes(RUN.id, "v2", undefined)).toEqual([]);
    expect(await reader.samples("no run", "v2", { limit: 5 })).toEqual([]);
    expect(await reader.sample(RUN.id, "no sample", "v2")).toBeUndefined();
  });

  it("sees each commit of a concurrent writer", async () => {
    const { writer, reader } = await engine.open();
    for (let sum = 1; sum <= 20; sum += 1) {
      await writer.commit(RUN.id, [batch(`${sum}`, { outcomes: [outcome()] })]);
      expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([sum]);
    }
  });

  it("returns latencies per minute, of one endpoint or of all together", async () => {
    const { writer, reader } = await engine.open();
    const later = MINUTE + 3;
    await writer.commit(RUN.id, [
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
    const rows = async (endpoint: string | undefined) =>
      minuteRows(await reader.latencyMinutes(RUN.id, "v2", endpoint));
    expect(await rows(undefined)).toEqual([
      { minute: MINUTE, series: "primary", bucket: 41, count: 5 },
      { minute: MINUTE, series: "secondary", bucket: 0, count: 1 },
      { minute: later, series: "candidate", bucket: -2, count: 5 },
    ]);
    expect(await rows("GET /users/{id}")).toEqual([
      { minute: MINUTE, series: "primary", bucket: 41, count: 2 },
      { minute: later, series: "candidate", bucket: -2, count: 5 },
    ]);
  });

  it("returns a sample unchanged: repeated headers, failures, unusual text and bytes", async () => {
    const { writer, reader } = await engine.open();
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
    await writer.commit(RUN.id, [batch("1", { samples: [stored] })]);
    const read = await reader.sample(RUN.id, "stored", "v2");
    // SQLite returns bytes as a Buffer, which does not equal another kind of array.
    expect(read === undefined ? undefined : plain(read)).toEqual(plain(stored));
    expect(await reader.samples(RUN.id, "v2", { limit: 1 })).toEqual([
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

  it("finds samples by endpoint, section and path, newest first, including noise, up to the limit", async () => {
    const { writer, reader } = await engine.open();
    const status = { section: "status", path: "$", kind: "status", mark: "raw" } as const;
    await writer.commit(RUN.id, [
      batch("1", {
        samples: [
          sample("old", { at: NOON - 1 }),
          sample("new", { at: NOON + 1, fields: [status] }),
          sample("noisy", { fields: [field("$.n", "noise"), field("$.x")] }),
          sample("orders", { endpoint: "GET /orders" }),
        ],
      }),
    ]);
    const ids = async (filter: object) =>
      (await reader.samples(RUN.id, "v2", { limit: 9, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual(["new", "orders", "noisy", "old"]);
    expect(await ids({ limit: 2 })).toEqual(["new", "orders"]);
    expect(await ids({ endpoint: "GET /users/{id}" })).toEqual(["new", "noisy", "old"]);
    expect(await ids({ section: "status" })).toEqual(["new"]);
    expect(await ids({ path: "$.n" })).toEqual(["noisy"]);
    expect(await ids({ section: "body", path: "$" })).toEqual([]);
    expect(await ids({ endpoint: "GET /orders", section: "body", path: "$.total" })).toEqual(["orders"]);
  });

  it.each(["' OR 1=1--", "%", "_", "*", '"; DROP TABLE sample; --', "\0", "GET /users/{id}' --"])(
    "treats the filter %j as data, never as SQL or as a pattern",
    async (text) => {
      const { writer, reader } = await engine.open();
      const hostile = sample("hostile", { endpoint: text, candidate: text, fields: [field(text)] });
      await writer.commit(RUN.id, [batch("1", { samples: [sample("plain"), hostile], outcomes: [outcome()] })]);
      for (const filter of [{ endpoint: text }, { section: text }, { path: text }]) {
        expect(await reader.samples(RUN.id, "v2", { ...filter, limit: 9 })).toEqual([]);
      }
      const found = await reader.samples(RUN.id, text, { endpoint: text, path: text, limit: 9 });
      expect(found.map(({ id, endpoint }) => [id, endpoint])).toEqual([["hostile", text]]);
      expect(await reader.sample(text, "plain", "v2")).toBeUndefined();
      expect(flat(await reader.outcomes(text, text))).toEqual([]);
      expect(await reader.latencyMinutes(text, text, text)).toEqual([]);
      expect((await reader.samples(RUN.id, "v2", { limit: 9 })).map(({ id }) => id)).toEqual(["plain"]);
    },
  );
});
