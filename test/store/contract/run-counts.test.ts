import { expect, it } from "vitest";
import type { InSlot } from "../../../src/model/batch.ts";
import type { FailureCount, RelationCount, StatusPairCount } from "../../../src/model/difference.ts";
import type { RuleHitCount } from "../../../src/model/rule.ts";
import { batch, flat, NOON, outcome, RUN, SLOT } from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

const ENDPOINT = { route: "default", endpoint: "GET /users/{id}", candidate: "v2" };
const WEEK_MS = 7 * 24 * 3_600_000;

function relation(count: number, parts: Partial<RelationCount> = {}): RelationCount {
  return { ...ENDPOINT, section: "body", path: "$.price", kind: "value", relation: "rounding", count, ...parts };
}

function statuses(
  primary: number,
  other: number,
  count: number,
  role: StatusPairCount["role"] = "candidate",
): StatusPairCount {
  return { ...ENDPOINT, primary, other, role, count };
}

function inSlot(...counts: readonly StatusPairCount[]): InSlot<StatusPairCount>[] {
  return counts.map((count) => ({ ...count, slot: SLOT }));
}

function failure(count: number, parts: Partial<FailureCount> = {}): FailureCount {
  const refused = { kind: "refused", reason: "connection refused", address: "http://a:80" } as const;
  return { ...ENDPOINT, role: "candidate", ...refused, count, ...parts };
}

function hit(rule: string, count: number): RuleHitCount {
  return { ...ENDPOINT, rule, count };
}

describeStores("counts per run", (engine) => {
  it("adds up relations, status pairs and rule hits over batches, and counts a redelivered batch once", async () => {
    const { writer, reader } = await engine.open();
    const first = batch("1", {
      relations: [relation(2), relation(1, { relation: "times-100" })],
      statuses: inSlot(statuses(200, 404, 3), statuses(200, 200, 4, "secondary")),
      ruleHits: [hit("config-1", 5)],
    });
    await writer.commit(RUN.id, [
      first,
      batch("2", { relations: [relation(3)], statuses: inSlot(statuses(404, 200, 7)) }),
    ]);
    await writer.commit(RUN.id, [first, batch("3", { ruleHits: [hit("config-1", 1), hit("rule-a", 2)] })]);
    expect(flat(await reader.relations(RUN.id, "v2"))).toEqual([relation(5), relation(1, { relation: "times-100" })]);
    expect(flat(await reader.statuses(RUN.id, "v2"))).toEqual([
      statuses(200, 404, 3),
      statuses(404, 200, 7),
      statuses(200, 200, 4, "secondary"),
    ]);
    expect(await reader.ruleHits(RUN.id, "v2")).toEqual([hit("config-1", 6), hit("rule-a", 2)]);
    expect(flat(await reader.relations(RUN.id, "v3"))).toEqual([]);
  });

  it("counts relations beyond 2,000 per endpoint under an empty path, also after a reopening", async () => {
    const { writer, reader, reopen } = await engine.open();
    const many = Array.from({ length: 2_003 }, (_, at) => relation(1, { path: `$.f${at}` }));
    await writer.commit(RUN.id, [batch("1", { relations: many })]);
    await writer.close();
    const next = await reopen();
    await next.commit(RUN.id, [
      batch("2", { relations: [relation(4, { path: "$.new" }), relation(1, { path: "$.f0" })] }),
    ]);
    const rows = flat(await reader.relations(RUN.id, "v2"));
    expect(rows).toHaveLength(2_001);
    expect(rows.find(({ path: of }) => of === "")).toEqual(relation(7, { path: "" }));
    expect(rows.find(({ path: of }) => of === "$.f0")?.count).toBe(2);
  });

  it("adds up failures by role, reason and address, most frequent first, and those beyond 200 as other reasons", async () => {
    const { writer, reader } = await engine.open();
    const refused = failure(3);
    await writer.commit(RUN.id, [batch("1", { failures: [refused, failure(1, { role: "secondary" })] })]);
    await writer.commit(RUN.id, [batch("2", { failures: [failure(2), failure(9, { address: "http://b:80" })] })]);
    expect(flat(await reader.failures(RUN.id, "v2"))).toEqual([
      failure(9, { address: "http://b:80" }),
      failure(5),
      failure(1, { role: "secondary" }),
    ]);
    const many = Array.from({ length: 200 }, (_, at) => failure(1, { reason: `reason ${at}` }));
    await writer.commit(RUN.id, [batch("3", { failures: [...many, failure(1)] })]);
    const rows = flat(await reader.failures(RUN.id, "v2"));
    expect(rows).toHaveLength(201);
    expect(rows.find(({ reason }) => reason === "other reasons")).toEqual(
      failure(3, { reason: "other reasons", address: "" }),
    );
    expect(rows.find((row) => row.reason === refused.reason && row.address === refused.address)?.count).toBe(6);
  });

  it("counts status pairs beyond 500 by class", async () => {
    const { writer, reader } = await engine.open();
    const many = Array.from({ length: 500 }, (_, at) => statuses(100 + at, 200, 1));
    await writer.commit(RUN.id, [batch("1", { statuses: inSlot(...many) })]);
    await writer.commit(RUN.id, [
      batch("2", { statuses: inSlot(statuses(200, 503, 2), statuses(201, 504, 3), statuses(200, 0, 1)) }),
    ]);
    const rows = flat(await reader.statuses(RUN.id, "v2"));
    expect(rows).toHaveLength(502);
    expect(rows.filter(({ primary }) => primary === 299)).toEqual([
      statuses(299, 0, 1),
      statuses(299, 200, 1),
      statuses(299, 599, 5),
    ]);
  });

  it("are deleted together with their endpoint by retention", async () => {
    const { writer, reader } = await engine.open();
    await writer.commit(RUN.id, [
      batch("1", {
        outcomes: [outcome()],
        relations: [relation(1)],
        statuses: inSlot(statuses(200, 200, 1)),
        ruleHits: [hit("config-1", 1)],
      }),
    ]);
    while (await writer.applyRetention(NOON + WEEK_MS)) continue;
    expect(flat(await reader.relations(RUN.id, "v2"))).toHaveLength(1);
    while (await writer.applyRetention(NOON + WEEK_MS + 26 * 3_600_000)) continue;
    expect(flat(await reader.relations(RUN.id, "v2"))).toEqual([]);
    expect(flat(await reader.statuses(RUN.id, "v2"))).toEqual([]);
    expect(await reader.ruleHits(RUN.id, "v2")).toEqual([]);
    await writer.close();
  });
});
