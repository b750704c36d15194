import { describe, expect, it } from "vitest";
import { pairedSentence } from "../../web/src/ui/words.ts";

describe("pairedSentence", () => {
  it.each([
    [0, "No exchange had a secondary beside it, so noise cannot be told from change."],
    [1, "1 of the compared had a secondary beside it and shows the noise."],
    [1204, "1,204 of the compared had a secondary beside them and show the noise."],
  ])("of %i", (count, sentence) => {
    expect(pairedSentence(count)).toBe(sentence);
  });
});
