import { describe, expect, it } from "vitest";
import { RELATION_WORDS, type Relation } from "../../src/model/difference.ts";
import { causeTitle } from "../../src/report/causes/cause-title.ts";
import { pairedSentence, relationWords } from "../../web/src/ui/words.ts";

describe("relationWords", () => {
  it.each(Object.keys(RELATION_WORDS) as Relation[])("says %s as the title of a cause does", (relation) => {
    const title = causeTitle([{ section: "body", path: "$.a", kind: "value", relation }]);
    expect(title).toBe(`body $.a (${relationWords(relation)})`);
  });

  it("is a dash where nothing explains a difference", () => {
    expect(relationWords(null)).toBe("–");
  });
});

describe("pairedSentence", () => {
  it.each([
    [0, "No exchange had a secondary beside it, so noise cannot be told from change."],
    [1, "1 of the compared had a secondary beside it and shows the noise."],
    [1204, "1,204 of the compared had a secondary beside them and show the noise."],
  ])("of %i", (count, sentence) => {
    expect(pairedSentence(count)).toBe(sentence);
  });
});
