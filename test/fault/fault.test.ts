import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAULTS } from "./faults.ts";
import { IS_FULL } from "../hostile/scale.ts";
import { figuresOf, startFaultSuite, type FaultSuite } from "./suite.ts";

const TURN_MS = IS_FULL ? 20_000 : 400;
/** The memory of the program without faults, plus its budgets. */
const MAX_MEMORY_MB = 700;

/** `npm run fault` prints the measured times. This test checks only what must hold on any machine. */
describe("the primary path during a failure", () => {
  let suite: FaultSuite;
  beforeAll(async () => {
    suite = await startFaultSuite();
  });
  afterAll(() => suite?.stop());

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    "%s: every client receives the exact bytes of the primary, and memory is bounded",
    async (_name, fault) => {
      const { requests, changed, errors } = figuresOf(await suite.inject(fault, TURN_MS));
      expect(requests).toBeGreaterThan(0);
      expect([changed, errors]).toEqual([0, 0]);
      expect(suite.memoryMb()).toBeLessThan(MAX_MEMORY_MB);
    },
  );

  it("accounts for every request of every candidate in the end", async () => {
    expect(await suite.accounting()).toEqual([]);
  });
});
