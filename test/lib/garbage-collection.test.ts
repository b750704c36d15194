import { setImmediate as turn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { collectGarbage } from "../../src/lib/garbage-collection.ts";

describe("collectGarbage", () => {
  it("collects unreachable objects, old and young, and leaves no global gc function behind", async () => {
    const held = { name: "held" };
    const references = [new WeakRef(held), new WeakRef({ name: "dropped" })];
    // A WeakRef keeps its target alive until the end of the turn that created it.
    await turn();
    collectGarbage();
    expect(references.map((reference) => reference.deref())).toEqual([held, undefined]);
    expect(runInNewContext("typeof gc")).toBe("undefined");
  });
});
