import { expect, it } from "vitest";
import type { Review } from "../../../src/model/review.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { Run } from "../../../src/model/run.ts";
import { batch, flat, NOON, outcome, RUN } from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

const RULE: Rule = {
  id: "rule-1",
  source: "dashboard",
  endpoint: "GET /users/{id}",
  section: "body",
  path: "$.price",
  kind: "value",
  action: { type: "tolerance", absolute: 0.01 },
  owner: "billing",
  reason: "rounded since 2.4",
  createdBy: "127.0.0.1",
  createdAt: NOON,
  expiresAt: NOON + 1,
};

const REVIEW: Review = {
  signature: "abc",
  decision: "accepted",
  endpoints: ["GET /users/{id}"],
  title: "body $.price (rounding)",
  fields: [{ section: "body", path: "$.price", kind: "value", relation: "rounding" }],
  reason: "agreed",
  by: "127.0.0.1",
  at: NOON,
  expiresAt: null,
};

function audit(what: string): { at: number; by: string; what: string } {
  return { at: NOON, by: "127.0.0.1", what };
}

describeStores("edits", (engine) => {
  it("returns rules unchanged in their order until they are removed", async () => {
    const { writer, reader } = await engine.open();
    const { kind: _, ...rest } = RULE;
    const second: Rule = { ...rest, id: "rule-0", action: { type: "ignore" }, expiresAt: null };
    await writer.edit({ type: "add-rule", rule: RULE, audit: audit("one") });
    await writer.edit({ type: "add-rule", rule: second, audit: audit("two") });
    await writer.edit({ type: "add-rule", rule: RULE, audit: audit("one again") });
    expect(await reader.rules()).toEqual([RULE, second]);
    expect(await writer.rules()).toEqual([RULE, second]);
    await writer.edit({ type: "remove-rule", id: "rule-1", audit: audit("three") });
    await writer.edit({ type: "remove-rule", id: "unknown", audit: audit("four") });
    expect(await reader.rules()).toEqual([second]);
    expect((await reader.audit(3)).map(({ what }) => what)).toEqual(["four", "three", "one again"]);
  });

  it("returns the paths of a rule as they were: text or a list", async () => {
    const { writer, reader } = await engine.open();
    const list: Rule = { ...RULE, path: ["$.a", "$['[x]']"] };
    await writer.edit({ type: "add-rule", rule: list, audit: audit("one") });
    expect(await reader.rules()).toEqual([list]);
  });

  it("replaces an earlier review of the same cause, and can remove it", async () => {
    const { writer, reader } = await engine.open();
    const denied: Review = { ...REVIEW, decision: "denied", reason: "no" };
    await writer.edit({ type: "reviews", put: [REVIEW], remove: [], audit: audit("accepted") });
    await writer.edit({ type: "reviews", put: [denied], remove: [], audit: audit("denied") });
    expect(await reader.reviews()).toEqual([denied]);
    await writer.edit({ type: "reviews", put: [], remove: ["abc"], audit: audit("removed") });
    expect(await reader.reviews()).toEqual([]);
    expect(await reader.audit(9)).toEqual([audit("removed"), audit("denied"), audit("accepted")]);
  });

  it("writes no audit entry for an edit that fails", async () => {
    const { writer, reader } = await engine.open();
    const broken = { ...RULE, createdAt: "today" as unknown as number };
    await expect(writer.edit({ type: "add-rule", rule: broken, audit: audit("broken") })).rejects.toThrow(
      /cannot store TEXT value in INTEGER column|invalid input syntax for type bigint/,
    );
    expect([await reader.rules(), await reader.audit(9)]).toEqual([[], []]);
  });
});

describeStores("runs", (engine) => {
  it("end where the next one begins, and a batch redelivered later counts once, in the run that ended", async () => {
    const { writer, reader } = await engine.open();
    const next: Run = { ...RUN, id: "next", name: "next", startedAt: NOON + 5, labels: { commit: "77" } };
    const sent = batch("1", { outcomes: [outcome({ count: 3 })] });
    await writer.commit(RUN.id, [sent]);
    await writer.endRun(RUN.id, NOON + 5, next);
    await writer.commit(next.id, [sent, batch("2", { outcomes: [outcome({ count: 4 })] })]);
    expect(await reader.runs()).toEqual([next, { ...RUN, endedAt: NOON + 5 }]);
    expect(flat(await reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([3]);
    expect(flat(await reader.outcomes("next", "v2")).map(({ count }) => count)).toEqual([4]);
    await writer.endRun("next", NOON + 9, null);
    expect((await reader.runs())[0]?.endedAt).toBe(NOON + 9);
  });

  it("take gate, versions and configuration rules from a reload", async () => {
    const { writer, reader } = await engine.open();
    const changed: Run = {
      ...RUN,
      gate: { ...RUN.gate, coverage: ["GET /a"] },
      rules: [{ ...RULE, source: "configuration" }],
    };
    await writer.updateRun(changed);
    expect(await reader.runs()).toEqual([changed]);
  });

  it("keep the order of their thresholds, so that reports of several replicas have the same bytes", async () => {
    const { reader } = await engine.open();
    expect(JSON.stringify((await reader.runs())[0]?.gate)).toBe(JSON.stringify(RUN.gate));
  });
});
