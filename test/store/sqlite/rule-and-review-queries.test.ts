import { describe, expect, it, onTestFinished } from "vitest";
import type { Review } from "../../../src/model/review.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { Run } from "../../../src/model/run.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, flat, MINUTE, NOON, OPTIONS, outcome, received, RUN } from "../store-fixture.ts";
import { newPath } from "../new-path.ts";

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

function openBoth() {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  writer.beginRun(RUN);
  return { path, writer, reader: openSqliteReader(path) };
}

describe("edits", () => {
  it("returns rules unchanged in their order until they are removed", () => {
    const { writer, reader } = openBoth();
    const { kind: _, ...rest } = RULE;
    const second: Rule = { ...rest, id: "rule-0", action: { type: "ignore" }, expiresAt: null };
    writer.edit({ type: "add-rule", rule: RULE, audit: audit("one") });
    writer.edit({ type: "add-rule", rule: second, audit: audit("two") });
    writer.edit({ type: "add-rule", rule: RULE, audit: audit("one again") });
    expect(reader.rules()).toEqual([RULE, second]);
    expect(writer.rules()).toEqual([RULE, second]);
    writer.edit({ type: "remove-rule", id: "rule-1", audit: audit("three") });
    writer.edit({ type: "remove-rule", id: "unknown", audit: audit("four") });
    expect(reader.rules()).toEqual([second]);
    expect(reader.audit(3).map(({ what }) => what)).toEqual(["four", "three", "one again"]);
  });

  it("returns the paths of a rule as they were: text or a list", () => {
    const { writer, reader } = openBoth();
    const list: Rule = { ...RULE, path: ["$.a", "$['[x]']"] };
    writer.edit({ type: "add-rule", rule: list, audit: audit("one") });
    expect(reader.rules()).toEqual([list]);
  });

  it("replaces an earlier review of the same cause, and can remove it", () => {
    const { writer, reader } = openBoth();
    const denied: Review = { ...REVIEW, decision: "denied", reason: "no" };
    writer.edit({ type: "reviews", put: [REVIEW], remove: [], audit: audit("accepted") });
    writer.edit({ type: "reviews", put: [denied], remove: [], audit: audit("denied") });
    expect(reader.reviews()).toEqual([denied]);
    writer.edit({ type: "reviews", put: [], remove: ["abc"], audit: audit("removed") });
    expect(reader.reviews()).toEqual([]);
    expect(reader.audit(9)).toEqual([audit("removed"), audit("denied"), audit("accepted")]);
  });

  it("writes no audit entry for an edit that fails", () => {
    const { writer, reader } = openBoth();
    const broken = { ...RULE, createdAt: "today" as unknown as number };
    expect(() => writer.edit({ type: "add-rule", rule: broken, audit: audit("broken") })).toThrow(
      "cannot store TEXT value in INTEGER column",
    );
    expect([reader.rules(), reader.audit(9)]).toEqual([[], []]);
  });
});

describe("runs", () => {
  it("end where the next one begins, and a batch redelivered later counts once, in the run that ended", () => {
    const { writer, reader } = openBoth();
    const next: Run = { ...RUN, id: "next", name: "next", startedAt: NOON + 5, labels: { commit: "77" } };
    const sent = batch("1", { outcomes: [outcome({ count: 3 })] });
    writer.commit(RUN.id, [sent]);
    writer.endRun(RUN.id, NOON + 5, next);
    writer.commit(next.id, [sent, batch("2", { outcomes: [outcome({ count: 4 })] })]);
    expect(reader.runs()).toEqual([next, { ...RUN, endedAt: NOON + 5 }]);
    expect(flat(reader.outcomes(RUN.id, "v2")).map(({ count }) => count)).toEqual([3]);
    expect(flat(reader.outcomes("next", "v2")).map(({ count }) => count)).toEqual([4]);
    expect(() => writer.commit(RUN.id, [batch("3")])).toThrow("is not active");
    writer.endRun("next", NOON + 9, null);
    expect(reader.runs()[0]?.endedAt).toBe(NOON + 9);
  });

  it("that were abandoned end with their last minute, at most now, or at their start without counts", () => {
    const { writer, reader, path } = openBoth();
    writer.commit(RUN.id, [batch("1", { accounting: [received(2), received(3, { minute: MINUTE + 7 })] })]);
    const empty: Run = { ...RUN, id: "empty", startedAt: NOON + 10 };
    const ended: Run = { ...RUN, id: "ended", startedAt: NOON + 20 };
    for (const run of [empty, ended]) writer.beginRun(run);
    writer.endRun("ended", NOON + 30, null);
    const next = openSqliteWriter(path, OPTIONS);
    onTestFinished(() => next.close());
    next.beginRun({ ...RUN, id: "next", startedAt: NOON + 40 });
    next.endAbandonedRuns(NOON + 7 * 60_000 + 1);
    const endsOf = () => reader.runs().map(({ id, endedAt }) => [id, endedAt]);
    const others = [
      ["next", null],
      ["ended", NOON + 30],
      ["empty", NOON + 10],
    ];
    expect(endsOf()).toEqual([...others, [RUN.id, NOON + 7 * 60_000 + 1]]);
    // Its process is still alive.
    writer.commit(RUN.id, [batch("2", { accounting: [received(1)] })]);
    expect(endsOf()).toEqual([...others, [RUN.id, null]]);
    next.endAbandonedRuns(NOON + 3_600_000);
    expect(endsOf()).toEqual([...others, [RUN.id, NOON + 8 * 60_000]]);
  });

  it("take gate, versions and configuration rules from a reload", () => {
    const { writer, reader } = openBoth();
    const changed: Run = {
      ...RUN,
      gate: { ...RUN.gate, coverage: ["GET /a"] },
      rules: [{ ...RULE, source: "configuration" }],
    };
    writer.updateRun(changed);
    expect(reader.runs()).toEqual([changed]);
  });
});
