import { describe, expect, it } from "vitest";
import type { FeatureCount } from "../../../src/model/difference.ts";
import { slotOf } from "../../../src/lib/time-slots.ts";
import type { Report } from "../../../src/model/report.ts";
import type { Timed } from "../memory-blocks.ts";
import { GATE, NOW, ORDERS, outcome, related, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

/** Blocks of counts, a minute each. */
const BLOCKS = 20;
const AT = "body $.at value";

function slotOfBlock(block: number): number {
  return slotOf(RUN.startedAt + block * 60_000);
}

/** In every block, a field that always differs on both sides, and one feature. */
function rows(feature: string, candidateOnly: number, secondaryOnly: number, perBlock = 200): Rows {
  const blocks = Array.from({ length: BLOCKS }, (_, block) => block);
  return {
    outcomes: blocks.map((block) => outcome(perBlock, [`${AT} both`], { slot: slotOfBlock(block) })),
    features: blocks.map((block) => features(feature, candidateOnly, secondaryOnly, block)),
  };
}

function features(feature: string, candidateOnly: number, secondaryOnly: number, block: number): Timed<FeatureCount> {
  return {
    slot: slotOfBlock(block),
    route: "default",
    endpoint: ORDERS,
    candidate: "v2",
    section: "body",
    path: "$.at",
    feature,
    candidateOnly,
    secondaryOnly,
  };
}

function fieldsOf(report: Report): unknown[] {
  return report.endpoints.flatMap(({ differences }) =>
    differences.map(({ path, verdict, features: own }) => [path, verdict, ...own.map(({ words }) => words)]),
  );
}

describe("features inside noise", () => {
  it("make a field real that differs in every response on both sides, and count as far as noise does not explain them", async () => {
    const report = await reportOf(rows("time past far", 2, 0));
    expect(fieldsOf(report)).toEqual([["$.at", "real", "is more than a year in the past"]]);
    expect(report.endpoints[0]?.differences[0]?.features[0]).toMatchObject({ candidateOnly: 40, secondaryOnly: 0 });
    expect(report.verdict).toBe("fail");
    expect(report.parity.rate).toBeCloseTo(1 - 40 / 4_000, 9);
    expect(report.reasons[0]).toContain(
      "40 of 4,000 responses differ in body $.at (is more than a year in the past: 40 candidate only, 0 secondary only)",
    );
  });

  it("are no change if candidate and secondary have them alike, or too few pairs do", async () => {
    expect(fieldsOf(await reportOf(rows('value "gold"', 20, 20)))).toEqual([["$.at", "noise"]]);
    const few = { ...rows("form null", 0, 0), features: [features("form null", 8, 0, 3)] };
    expect(fieldsOf(await reportOf(few))).toEqual([["$.at", "noise"]]);
  });

  it("count as well if the candidate has them too rarely", async () => {
    const report = await reportOf(rows('value "gold"', 4, 40));
    expect(fieldsOf(report)).toEqual([["$.at", "real", 'is "gold"']]);
    expect(report.parity.rate).toBeCloseTo(1 - 720 / 4_000, 9);
  });

  it("pass if fewer responses have them than the gate allows", async () => {
    const report = await reportOf(rows("time past far", 1, 0, 4_000), {
      ...RUN,
      gate: { ...GATE, parity: 0.99, minCompared: 1 },
    });
    expect(fieldsOf(report)).toEqual([["$.at", "real", "is more than a year in the past"]]);
    expect(report.verdict).not.toBe("fail");
    expect(report.parity.rate).toBeCloseTo(1 - 20 / 80_000, 9);
  });

  it("need more evidence if there are many of them", async () => {
    const one = rows("form null", 1, 0);
    expect(fieldsOf(await reportOf(one))).toEqual([["$.at", "real", "is null"]]);
    const others = Array.from({ length: 20_000 }, (_, at) => features(`length ${at}`, 12, 12, at % BLOCKS));
    expect(fieldsOf(await reportOf({ ...one, features: [...(one.features ?? []), ...others] }))).toEqual([
      ["$.at", "noise"],
    ]);
  });

  it("follow the rules and reviews of their field", async () => {
    const found = rows("time past far", 2, 0);
    const hidden = await reportOf({ ...found, rules: [rule("$.at")] });
    expect(hidden.parity.rate).toBe(1);
    const [cause] = (await reportOf(found)).endpoints[0]?.causes ?? [];
    const review = {
      signature: cause?.signature ?? "",
      endpoints: [ORDERS],
      title: cause?.title ?? "",
      fields: cause?.fields ?? [],
      decision: "accepted" as const,
      reason: "known",
      by: "a",
      at: NOW - 1,
      expiresAt: null,
    };
    expect((await reportOf({ ...found, reviews: [review] })).parity.rate).toBe(1);
  });

  it("say nothing about the placebo, because they do not tell which of candidate and secondary is unlike the primary", async () => {
    expect((await reportOf(rows("time past far", 2, 0))).placebo).toMatchObject({
      verdict: "inconclusive",
      falselyReal: 0,
    });
  });
});

describe("times", () => {
  it("are noise if the secondary's differ too, however often two copies share a millisecond; not if only the candidate's do", async () => {
    const blocks = Array.from({ length: BLOCKS }, (_, block) => block);
    const times = (noise: number): Rows => ({
      outcomes: blocks.flatMap((block) => [
        outcome(120, [`${AT} raw`], { slot: slotOfBlock(block) }),
        outcome(noise, [`${AT} noise`], { slot: slotOfBlock(block) }),
        outcome(40, [], { slot: slotOfBlock(block) }),
      ]),
      relations: [related(120 * BLOCKS, `${AT} both-times`)],
    });
    expect(fieldsOf(await reportOf(times(40)))).toEqual([["$.at", "noise"]]);
    expect(fieldsOf(await reportOf(times(0)))).toEqual([["$.at", "real"]]);
  });
});

describe("fields that lag", () => {
  it("are noise if the secondary shows them too, however far it is behind", async () => {
    expect(fieldsOf(await reportOf(lagging(50)))).toEqual([["$.rate", "noise"]]);
  });

  it("count if the secondary never lags, but prove nothing: its copy may be refreshed together with the primary's", async () => {
    expect(fieldsOf(await reportOf(lagging(0)))).toEqual([["$.rate", "likely"]]);
  });
});

function lagging(noise: number): Rows {
  return {
    outcomes: [
      outcome(600, ["body $.rate value raw"]),
      ...(noise > 0 ? [outcome(noise, ["body $.rate value noise"])] : []),
      outcome(2_000, []),
    ],
    relations: [related(600, "body $.rate value lagging")],
  };
}
