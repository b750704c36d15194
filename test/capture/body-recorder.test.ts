import { describe, expect, it } from "vitest";
import { BodyRecorder } from "../../src/capture/body-recorder.ts";
import { ByteBudget } from "../../src/capture/byte-budget.ts";

function tap(...chunks: string[]): BodyRecorder {
  const body = new BodyRecorder(4, new ByteBudget(1_000));
  for (const chunk of chunks) body.add(Buffer.from(chunk));
  return body;
}

describe("BodyRecorder", () => {
  it("keeps the first bytes, and counts all", () => {
    const body = tap("ab", "cdef", "gh");
    expect([body.prefix().toString(), body.length]).toEqual(["abcd", 8]);
  });

  it("has a hash only of what was cut", () => {
    expect(tap("ab", "cd").tailHash()).toBeNull();
    expect(tap("ab", "cde").tailHash()).toBe("3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea");
  });

  it("tells bodies apart however they were cut into chunks", () => {
    expect(tap("abcdefgh").equals(tap("a", "bcde", "fgh"))).toBe(true);
    expect(tap("abcdefgh").equals(tap("abcdefgx"))).toBe(false);
    expect(tap("abc").equals(tap("abcd"))).toBe(false);
    expect(tap("xbcd").equals(tap("abcd"))).toBe(false);
    expect(tap().equals(tap())).toBe(true);
  });

  it("takes from the budget what it keeps, and gives it back once", () => {
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
