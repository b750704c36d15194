import { describe, expect, it } from "vitest";
import { timingPhases } from "../../../../web/src/exchange/details/timing-phases.ts";

function draw(connectMs: number | null, firstByteMs: number | null, totalMs: number): string[] {
  return timingPhases({ connectMs, firstByteMs, totalMs }).map(({ name, fromMs, toMs }) => `${name} ${fromMs}-${toMs}`);
}

describe("timingPhases", () => {
  it("lists the phases as captured", () => {
    expect(draw(1, 3, 7)).toEqual(["connect 0-1", "wait 1-3", "receive 3-7"]);
    expect(draw(null, 3, 3)).toEqual(["wait 0-3"]);
    expect(draw(2, null, 5)).toEqual(["connect 0-2", "wait 2-5"]);
  });
});
