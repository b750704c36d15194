import { describe, expect, it } from "vitest";
import { ArrivalLedger } from "../../src/mirror/arrival-ledger.ts";

const NOON = Date.UTC(2026, 10, 29, 12);

describe("the ledger of arrivals", () => {
  it("has the arrivals since the last call, once for each candidate", () => {
    const ledger = new ArrivalLedger();
    const candidates = ["v2", "v3"];
    ledger.arrive(NOON, candidates);
    ledger.arrive(NOON, candidates);
    const minute = NOON / 60_000;
    expect(ledger.isDirty).toBe(true);
    expect(ledger.take([])).toEqual(
      candidates.map((candidate) => ({ minute, candidate, reason: "", fate: "received", count: 2 })),
    );
    expect([ledger.isDirty, ledger.take([])]).toEqual([false, []]);
  });

  it("has nothing to report without candidates, so that a plain proxy does not keep the store busy", () => {
    const ledger = new ArrivalLedger();
    ledger.arrive(NOON, []);
    expect([ledger.isDirty, ledger.take([])]).toEqual([false, []]);
  });
});
