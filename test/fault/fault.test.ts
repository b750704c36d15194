import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAULTS } from "./faults.ts";
import { figuresOf, startFaultSuite, type FaultSuite } from "./suite.ts";

const TURN_MS = 400;
/** What the program needs without any fault, and the budgets that it may fill on top. */
const MAX_MEMORY_MB = 700;

/** The measured times are printed by `npm run fault`; here only what must hold on any machine. */
describe("the primary path beside a failure", () => {
  let suite: FaultSuite;
  beforeAll(async () => {
    suite = await startFaultSuite();
  });
  afterAll(() => suite?.stop());

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    "%s: every client gets the primary's answer, byte for byte, and memory is bounded",
    async (_name, fault) => {
      const { requests, changed, errors } = figuresOf(await suite.suffer(fault, TURN_MS));
      expect(requests).toBeGreaterThan(0);
      expect([changed, errors]).toEqual([0, 0]);
      expect(suite.memoryMb()).toBeLessThan(MAX_MEMORY_MB);
    },
  );

  it("and in the end every request is accounted for, for every candidate", async () => {
    expect(await suite.accounting()).toEqual([]);
  });
});
