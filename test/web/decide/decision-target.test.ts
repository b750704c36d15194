import { describe, expect, it } from "vitest";
import type { CauseField } from "../../../src/model/review.ts";
import type { ReviewPreview, RulePreview } from "../../../src/model/views/change-preview.ts";
import { defaultReason, ignoreRules, targetText } from "../../../web/src/decide/decision-target.ts";
import { reviewEffectText, ruleEffectText } from "../../../web/src/decide/effect-text.ts";

const field = (text: string): CauseField => {
  const [section, path, kind] = text.split(" ");
  return { section, path, kind, relation: null } as CauseField;
};
const cause = (title: string, endpoints: number, ...fields: string[]) => ({
  signature: title,
  title,
  endpoints,
  endpoint: "GET /a",
  fields: fields.map(field),
});

describe("ignoreRules", () => {
  it("makes one rule of a cause of many fields, limited to their kind if they share it", () => {
    const one = cause("one", 1, "body $.a value", "body $.b value", "body $.a value");
    expect(ignoreRules({ causes: [one], fields: [] }, "everywhere")).toMatchObject([
      { endpoint: "GET /a", section: "body", path: ["$.a", "$.b"], kind: "value", action: { type: "ignore" } },
    ]);
    const mixed = cause("mixed", 1, "body $.a value", "body $.b missing");
    const [rule] = ignoreRules({ causes: [mixed], fields: [] }, "everywhere");
    expect(rule).toMatchObject({ path: ["$.a", "$.b"] });
    expect(rule).not.toHaveProperty("kind");
  });

  it("separates sections, and causes of several endpoints unless they are hidden here only", () => {
    const causes = [
      cause("wide", 3, "header etag header", "trailer x header"),
      cause("own", 1, "header vary missing"),
      cause("price", 1, "body $.price value"),
    ];
    const where = (scope: "everywhere" | "here") =>
      ignoreRules({ causes, fields: [] }, scope).map(({ endpoint, section, path }) => [endpoint, section, path]);
    expect(where("everywhere")).toEqual([
      ["* /**", "header", "etag"],
      ["* /**", "trailer", "x"],
      ["GET /a", "header", "vary"],
      ["GET /a", "body", "$.price"],
    ]);
    expect(where("here")).toEqual([
      ["GET /a", "header", ["etag", "vary"]],
      ["GET /a", "trailer", "x"],
      ["GET /a", "body", "$.price"],
    ]);
  });

  it("limits a status or a body of several endpoints to those that show it", () => {
    const causes = [cause("gone", 4, "status 200->410 status"), cause("wide", 3, "header etag header")];
    const drafts = ignoreRules({ causes, fields: [] }, "everywhere");
    expect(drafts.map(({ endpoint, path, cause: only }) => [endpoint, path, only])).toEqual([
      ["* /**", "200->410", "gone"],
      ["* /**", "etag", undefined],
    ]);
    expect(ignoreRules({ causes, fields: [] }, "here").map(({ cause: only }) => only)).toEqual([undefined, undefined]);
  });

  it("takes fields of the tree too, and names them in a reason that can be replaced", () => {
    const fields = ["$.a", "$.b", "$.c", "$.d"].map((path) => ({ endpoint: "GET /a", section: "body" as const, path }));
    const target = { causes: [], fields };
    expect(ignoreRules(target, "everywhere")).toMatchObject([{ path: ["$.a", "$.b", "$.c", "$.d"] }]);
    expect(defaultReason(target)).toBe("excluded: body $.a, body $.b, body $.c and 1 more");
    expect(targetText(target)).toBe("4 fields");
    expect(targetText({ causes: [cause("one", 1)], fields: fields.slice(0, 1) })).toBe("1 cause and 1 field");
  });
});

describe("the effect of a decision", () => {
  const rule: RulePreview = {
    exchanges: 602,
    differences: 1204,
    noLongerCounting: 602,
    counting: { before: 602, after: 0 },
    verdict: { before: "fail", after: "pass" },
    endpoints: [
      { endpoint: "GET /a", exchanges: 600, fields: [] },
      { endpoint: "GET /b", exchanges: 2, fields: [] },
    ],
    denied: [],
    basis: { type: "exact" },
    warnings: [],
    overBroad: null,
  };

  it("of rules: what they hide, the verdict, denied causes, and how it was estimated", () => {
    expect(ruleEffectText(rule)).toBe(
      "Hides 1,204 differences in 602 exchanges on 2 endpoints; the verdict of the run becomes pass.",
    );
    const denied = ["a", "b", "c"].map((title) => ({ endpoint: "GET /a", title }));
    const basis = { type: "samples", samples: 11, explained: 11 } as const;
    const verdict = { before: "fail", after: "fail" } as const;
    expect(ruleEffectText({ ...rule, denied, basis, verdict })).toBe(
      "Hides 1,204 differences in 602 exchanges on 2 endpoints; the verdict of the run stays fail; " +
        "would also hide 3 denied causes, which count anyway; estimated: explains 11 of 11 stored exchanges.",
    );
    expect(ruleEffectText({ ...rule, exchanges: 0, differences: 0, endpoints: [], verdict })).toBe(
      "Hides nothing so far; the verdict of the run stays fail.",
    );
  });

  it("of reviews: what counts or no longer counts", () => {
    const review: ReviewPreview = { ...rule, endpoints: [{ endpoint: "GET /a", exchanges: 602 }] };
    expect(reviewEffectText(review)).toBe(
      "602 exchanges on 1 endpoint no longer count; the verdict of the run becomes pass.",
    );
    expect(reviewEffectText({ ...review, counting: { before: 0, after: 1 } })).toBe(
      "1 exchange on 1 endpoint count in addition; the verdict of the run becomes pass.",
    );
    expect(reviewEffectText({ ...review, counting: { before: 5, after: 5 } })).toBe(
      "602 exchanges on 1 endpoint count as before, because of other differences; the verdict of the run becomes pass.",
    );
  });
});
