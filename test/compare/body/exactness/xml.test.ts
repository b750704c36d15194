import { describe, expect, it } from "vitest";
import { canonicalXml } from "./canonical-xml.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import { changeXml, randomXml, type XmlDocument } from "./random-xml.ts";
import { spellXml } from "./spell-xml.ts";

const FORMAT: ExactFormat<XmlDocument> = {
  create: randomXml,
  change: changeXml,
  write: (document, random) => ({ type: "application/xml", content: spellXml(document, random) }),
  canonical: ({ content }) => canonicalXml(content as string),
};

describe("XML", () => {
  it("matches exactly if its Canonical XML 1.1 by libxml2 is the same after the documented normalizations", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 5);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
