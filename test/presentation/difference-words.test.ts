import { describe, expect, it } from "vitest";
import {
  differenceWords,
  formatField,
  formatFieldList,
  relationWords,
} from "../../src/presentation/words/difference-words.ts";

describe("relationWords and differenceWords", () => {
  it("name the relation of the values where there is one", () => {
    expect(relationWords("number-as-string")).toBe("same number as a string");
    expect(differenceWords({ kind: "value", relation: "rounding" })).toBe("rounded");
  });

  it("otherwise show a dash, and the kind of the difference", () => {
    expect(relationWords(null)).toBe("–");
    expect(differenceWords({ kind: "transport", relation: null })).toBe("no complete response");
  });
});

describe("formatField and formatFieldList", () => {
  const price = { section: "body", path: "$.price" } as const;
  const etag = { section: "header", path: "etag" } as const;
  const status = { section: "status", path: "$" } as const;

  it("name the section, and the path where there is one", () => {
    const pair = { section: "status", path: "200->404" } as const;
    const names = ["body $.price", "header etag", "status", "status 200 → 404"];
    expect([price, etag, status, pair].map(formatField)).toEqual(names);
  });

  it("name three fields once each and count the others", () => {
    expect(formatFieldList([price, price, etag])).toBe("body $.price, header etag");
    const more = ["$.a", "$.b"].map((path) => ({ section: "body", path }) as const);
    expect(formatFieldList([price, etag, status, ...more])).toBe("body $.price, header etag, status and 2 more");
  });
});
