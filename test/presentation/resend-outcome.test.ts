import { describe, expect, it } from "vitest";
import type { DifferenceMark, DifferingField } from "../../src/model/difference.ts";
import { describeResend } from "../../src/presentation/exchange/resend-outcome.ts";

function field(path: string, mark: DifferenceMark = "raw"): DifferingField {
  return { section: "body", path, kind: "value", mark };
}

describe("what became of the differences of a sample", () => {
  it.each([
    ["the same fields", [field("$.a")], [field("$.a")], "same", "Still differs in body $.a."],
    ["no difference", [field("$.a")], [], "none", "No longer differs."],
    [
      "only noise, also where it was not measured then",
      [field("$.a")],
      [field("$.a", "both")],
      "none",
      "No longer differs, apart from noise.",
    ],
    [
      "noise besides the same fields",
      [field("$.a"), field("$.t")],
      [field("$.a"), field("$.t", "both")],
      "same",
      "Still differs in body $.a.",
    ],
    ["noise of then", [field("$.a"), field("$.t", "noise")], [field("$.a")], "same", "Still differs in body $.a."],
    [
      "noise between the primaries alone",
      [field("$.a")],
      [field("$.t", "noise"), field("$.a")],
      "same",
      "Still differs in body $.a.",
    ],
    [
      "other fields",
      [field("$.a")],
      [field("$.b")],
      "other",
      "Differs in another way: no longer in body $.a; now in body $.b.",
    ],
    [
      "some of the fields",
      [field("$.a"), field("$.b")],
      [field("$.b")],
      "other",
      "Differs in another way: still in body $.b; no longer in body $.a.",
    ],
    [
      "more fields",
      [field("$.a")],
      [field("$.a"), field("$.b")],
      "other",
      "Differs in another way: still in body $.a; now in body $.b.",
    ],
  ] as const)("%s", (_, then, now, outcome, message) => {
    expect(describeResend(then, now, true, [])).toEqual({ outcome, message });
  });

  it.each([
    [
      [],
      "unknown",
      "Does not differ, but was sent without header authorization, cookie sid, which may be why (noise was not measured).",
    ],
    [
      [field("$.t", "both")],
      "unknown",
      "Does not differ, apart from noise, but was sent without header authorization, cookie sid, which may be why (noise was not measured).",
    ],
    [
      [field("$.a")],
      "same",
      "Still differs in body $.a, also without header authorization, cookie sid (noise was not measured).",
    ],
    [
      [field("$.b")],
      "other",
      "Differs in another way: no longer in body $.a; now in body $.b; it was sent without header authorization, cookie sid, which may be why (noise was not measured).",
    ],
  ] as const)("says what was left out of the request: %j", (now, outcome, message) => {
    const leftOut = ["header authorization", "cookie sid"];
    expect(describeResend([field("$.a")], now, false, leftOut)).toEqual({ outcome, message });
  });

  it("says if noise was not measured", () => {
    expect(describeResend([field("$.a")], [field("$.a")], false, []).message).toBe(
      "Still differs in body $.a (noise was not measured).",
    );
  });
});
