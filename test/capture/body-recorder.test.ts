import { describe, expect, it } from "vitest";
import { BodyRecorder } from "../../src/capture/body-recorder.ts";
import { ByteBudget } from "../../src/capture/byte-budget.ts";

function record(...chunks: string[]): BodyRecorder {
  const body = new BodyRecorder(4, new ByteBudget(1_000));
  for (const chunk of chunks) body.add(Buffer.from(chunk));
  return body;
}

describe("a body recorder", () => {
  it("records the first bytes, and counts all bytes", () => {
    const body = record("ab", "cdef", "gh");
    expect([body.prefix().toString(), body.length]).toEqual(["abcd", 8]);
  });

  it("hashes only the bytes beyond the cap", () => {
    expect(record("ab", "cd").tailHash()).toBeNull();
    expect(record("ab", "cde").tailHash()).toBe("3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea");
  });

  it("compares bodies regardless of their chunks", () => {
    expect(record("abcdefgh").equals(record("a", "bcde", "fgh"))).toBe(true);
    expect(record("abcdefgh").equals(record("abcdefgx"))).toBe(false);
    expect(record("abc").equals(record("abcd"))).toBe(false);
    expect(record("xbcd").equals(record("abcd"))).toBe(false);
    expect(record().equals(record())).toBe(true);
  });

  it("charges the budget for recorded bytes, and gives them back once", () => {
    const budget = new ByteBudget(5);
    const [first, second] = [new BodyRecorder(4, budget), new BodyRecorder(4, budget)];
    expect(first.add(Buffer.from("abcdef"))).toBe(true);
    expect(second.add(Buffer.from("abc"))).toBe(false);
    expect(budget.used).toBe(4);
    first.release();
    first.release();
    second.release();
    expect(budget.used).toBe(0);
  });
});
