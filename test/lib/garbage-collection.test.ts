import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
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

  it("works in several threads at once, although they share the flag that exposes the function", async () => {
    const url = new URL("../../src/lib/garbage-collection.ts", import.meta.url).href;
    const code = `
      const { collectGarbage } = await import(${JSON.stringify(url)});
      for (let round = 0; round < 20; round += 1) collectGarbage();
    `;
    const threads = Array.from(
      { length: 4 },
      () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`)),
    );
    const exits = await Promise.all(threads.map((thread) => once(thread, "exit")));
    expect(exits).toEqual(threads.map(() => [0]));
  });
});
