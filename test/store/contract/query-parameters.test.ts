import { expect, it } from "vitest";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { OutcomeRow } from "../../../src/store/store.ts";
import { batch, field, flat, MINUTE, NOON, outcome, RUN, sample, SLOT } from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

const DIFFERING = { fields: [field("$.total")] };

function queried(counts: Readonly<Record<string, number>>, parts: Parameters<typeof outcome>[0] = {}) {
  const queries = new Map(Object.entries(counts));
  return outcome({ queries, count: [...queries.values()].reduce((sum, count) => sum + count, 0), ...parts });
}

function parametersOf(rows: readonly OutcomeRow[]) {
  return rows.map(({ parameters }) => parameters);
}

describeStores("query parameters", (engine) => {
  it("counts exchanges by parameter for each set of fields, and those that match as controls", async () => {
    const { writer, reader } = await engine.open();
    const outcomes = [queried({ "": 5, _sort: 2, "_order\n_sort": 3 }), queried({ _sort: 4 }, DIFFERING)];
    await writer.commit(RUN.id, [batch("a", { outcomes })]);
    await writer.commit(RUN.id, [batch("b", { outcomes: [queried({ "_page\n": 1 })] }), batch("a", { outcomes })]);
    expect(parametersOf(flat(await reader.outcomes(RUN.id, "v2")))).toEqual([
      {
        counted: 11,
        none: 5,
        other: 1,
        names: new Map([
          ["_sort", 5],
          ["_order", 3],
          ["_page", 1],
        ]),
      },
      { counted: 4, none: 0, other: 0, names: new Map([["_sort", 4]]) },
    ]);
  });

  it("counts names beyond the first 32 of an endpoint together, each exchange once, also after a restart", async () => {
    const { writer, reader, reopen } = await engine.open();
    const names = Array.from({ length: 31 }, (_, at) => `n${at}`);
    await writer.commit(RUN.id, [
      batch("a", { outcomes: [queried(Object.fromEntries(names.map((name) => [name, 1])))] }),
    ]);
    await writer.commit(RUN.id, [batch("b", { outcomes: [queried({ "__proto__\nlate\nlater": 7 }, DIFFERING)] })]);
    const again = await reopen();
    const other = { endpoint: "GET /other" };
    await again.commit(RUN.id, [batch("c", { outcomes: [queried({ "late\nn3": 2 }), queried({ late: 1 }, other)] })]);
    const [own, matched, differed] = parametersOf(flat(await reader.outcomes(RUN.id, "v2")));
    expect(own).toEqual({ counted: 1, none: 0, other: 0, names: new Map([["late", 1]]) });
    expect([matched?.counted, matched?.other, matched?.names.get("n3"), matched?.names.size]).toEqual([33, 2, 3, 31]);
    expect(differed).toEqual({ counted: 7, none: 0, other: 7, names: new Map([["__proto__", 7]]) });
  });

  it("keeps no count of a commit that failed", async () => {
    const { writer, reader, failToCommit } = await engine.open();
    await failToCommit([batch("a", { outcomes: [queried({ gone: 3 })] })]);
    await writer.commit(RUN.id, [batch("a", { outcomes: [queried({ _sort: 1 })] })]);
    expect(parametersOf(flat(await reader.outcomes(RUN.id, "v2")))).toEqual([
      { counted: 1, none: 0, other: 0, names: new Map([["_sort", 1]]) },
    ]);
  });

  it("deletes the counts of a set of fields together with the set", async () => {
    const { writer, reader } = await engine.open({ retention: { maxAgeMs: 0, maxBytes: 1e9 } });
    const unit = engine.retentionMinutes;
    const later = { slot: SLOT + 20 * unit * SLOTS_PER_MINUTE };
    const outcomes = [queried({ _sort: 4 }, DIFFERING), queried({ _page: 2 }), queried({ _page: 1 }, later)];
    await writer.commit(RUN.id, [batch("a", { outcomes })]);
    // Retention keeps rows for an additional hour.
    await writer.applyRetention((MINUTE + 5 * unit + 60) * 60_000);
    const rows = flat(await reader.outcomes(RUN.id, "v2"));
    expect(rows.map(({ count, parameters }) => [count, parameters?.counted, [...(parameters?.names ?? [])]])).toEqual([
      [1, 3, [["_page", 3]]],
    ]);
  });

  it("adds up the counts of endpoints that a template has made one", async () => {
    const { writer, reader, openReader } = await engine.open({ maxSegmentValues: 3 });
    const slugs = ["a", "b", "c"].map((slug) =>
      queried({ [`_${slug}`]: 1, _sort: 1 }, { endpoint: `GET /posts/${slug}` }),
    );
    await writer.commit(RUN.id, [batch("a", { outcomes: slugs })]);
    await writer.commit(RUN.id, [batch("b", { outcomes: [queried({ "": 5 }, { endpoint: "GET /posts/d" })] })]);
    expect(parametersOf(flat(await reader.outcomes(RUN.id, "v2")))).toEqual([
      {
        counted: 11,
        none: 5,
        other: 0,
        names: new Map([
          ["_a", 1],
          ["_sort", 3],
          ["_b", 1],
          ["_c", 1],
        ]),
      },
    ]);
    expect(await (await openReader()).outcomes(RUN.id, "v2")).toEqual(await reader.outcomes(RUN.id, "v2"));
  });

  it("selects samples by the parameters of their requests", async () => {
    const { writer, reader } = await engine.open();
    const samples = ["/users/7?q=%27", "/users/7?_sort=1&q", "/users/7"].map((target, at) =>
      sample(`s${at}`, { target, at: NOON + at }),
    );
    await writer.commit(RUN.id, [batch("a", { samples })]);
    const ids = async (filter: object) =>
      (await reader.samples(RUN.id, "v2", { limit: 9, ...filter })).map(({ id }) => id);
    expect(await ids({ query: "q" })).toEqual(["s1", "s0"]);
    expect(await ids({ query: "" })).toEqual(["s2"]);
    expect(await ids({ withoutQuery: "_sort" })).toEqual(["s2", "s0"]);
    expect(await ids({ withoutQuery: "" })).toEqual(["s1", "s0"]);
    expect(await ids({ query: "q", withoutQuery: "_sort" })).toEqual(["s0"]);
    expect((await reader.samples(RUN.id, "v2", { limit: 1, query: "q" })).map(({ id }) => id)).toEqual(["s1"]);
  });
});
