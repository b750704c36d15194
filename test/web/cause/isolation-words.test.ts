import { describe, expect, it } from "vitest";
import { ISOLATION_STATES, progressText, sendText } from "../../../web/src/cause/isolation/isolation-words.ts";

const RUNNING = { state: "reducing", probes: 23, maxProbes: 60, parts: { original: 31, left: 9 } } as const;

describe("an isolation in words", () => {
  it("says how far it is while it runs, and afterwards what it took", () => {
    expect(progressText(RUNNING)).toBe("23 of at most 60 requests sent to each version; 9 of 31 parts left.");
    const checking = { ...RUNNING, state: "checking", probes: 1, parts: { original: 0, left: 0 } } as const;
    expect(progressText(checking)).toBe("1 of at most 60 requests sent to each version.");
    expect(progressText({ ...RUNNING, state: "isolated" })).toBe("23 requests sent to each version.");
    expect(progressText({ ...RUNNING, state: "stopped", probes: 1 })).toBe("1 request sent to each version.");
  });

  it("says before it starts how many requests go to how many versions", () => {
    const targets = [
      { role: "primary", subset: "v1", url: "http://127.0.0.1:9001" },
      { role: "candidate", subset: "v2", url: "http://127.0.0.1:9002" },
    ] as const;
    expect(sendText({ maxProbes: 60, perSecond: 5, targets })).toBe(
      "At most 60 requests to each of 2 versions, 5 per second: the request as it is, then with parts left out or replaced. They never count in the verdict.",
    );
  });

  it("no two states look alike without their color", () => {
    const looks = Object.values(ISOLATION_STATES).map(({ glyph, word }) => `${glyph} ${word}`);
    expect(new Set(looks).size).toBe(looks.length);
  });
});
