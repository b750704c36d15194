import { setImmediate as turn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { collectGarbage } from "../../src/lib/collect-garbage.ts";

describe("collecting garbage", () => {
  it("takes what nobody holds, old or young, and leaves no function gc behind", async () => {
    const held = { name: "held" };
    const references = [new WeakRef(held), new WeakRef({ name: "dropped" })];
    // A reference holds its target until the turn in which it was made has ended.
    await turn();
    collectGarbage();
    expect(references.map((reference) => reference.deref())).toEqual([held, undefined]);
    expect(runInNewContext("typeof gc")).toBe("undefined");
  });
});
