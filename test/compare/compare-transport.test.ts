import { describe, expect, it } from "vitest";
import { primaryResponse, mirroredResponse } from "../../src/compare/captured-response.ts";
import { compareCaptures } from "../../src/compare/compare-captures.ts";
import { createRedactor } from "../../src/compare/redact/redactor.ts";
import type { Capture } from "../../src/model/capture.ts";
import { capture, KEY, mirrored } from "./build-exchanges.ts";

const OPTIONS = { maxDecodedBytes: 1_000, target: "/", registry: undefined };

/** Section, path, kind, and both values of each difference between two responses with the same body. */
function differences(left: Partial<Capture>, right: Partial<Capture>): unknown[] {
  const primary = primaryResponse(capture("{}", left), OPTIONS);
  const other = mirrored("{}", right);
  const found = compareCaptures(primary, mirroredResponse(other, primary, OPTIONS), other, "GET");
  const redactor = createRedactor(KEY);
  return found.differences.map((field) => {
    const { primary: before, candidate: after } = field.detail(redactor);
    return [field.section, field.path, field.kind, before, after];
  });
}

function hint(...fields: string[]): readonly string[] {
  return [":status", "103", ...fields];
}

describe("quirks", () => {
  it("are one difference if both sides have others, with the kinds of each", () => {
    const found = differences({ quirks: ["bare-lf"] }, { quirks: ["bare-lf", "folded-line"] });
    expect(found).toEqual([["transport", "$", "protocol-quirk", "bare-lf", "bare-lf, folded-line"]]);
    expect(differences({}, { quirks: ["bare-lf"] })).toEqual([["transport", "$", "protocol-quirk", "none", "bare-lf"]]);
  });

  it("are no difference if both sides have the same", () => {
    expect(differences({ quirks: ["bare-lf"] }, { quirks: ["bare-lf"] })).toEqual([]);
  });

  it("do not hide a difference of the body", () => {
    const primary = primaryResponse(capture('{"a":1}'), OPTIONS);
    const other = mirrored('{"a":2}', { quirks: ["bare-lf"] });
    const found = compareCaptures(primary, mirroredResponse(other, primary, OPTIONS), other, "GET");
    expect(found.differences.map(({ path, kind }) => [path, kind])).toEqual([
      ["$", "protocol-quirk"],
      ["$.a", "value"],
    ]);
  });
});

describe("interim responses", () => {
  it("differ by the fields of each status, ignoring hop-by-hop fields and the order of names", () => {
    const left = { interims: hint("Link", "</a>", "X", "1", "Date", "today") };
    const right = { interims: hint("x", "1", "link", "</b>", "Connection", "close") };
    expect(differences(left, right)).toEqual([["header", "(103) link", "header", "</a>", "</b>"]]);
  });

  it("are compared as one per status", () => {
    const left = { interims: [...hint("Link", "</a>"), ...hint("Link", "</b>")] };
    expect(differences(left, { interims: hint("Link", "</a>", "Link", "</b>") })).toEqual([]);
  });

  it("that only one side has sent are missing or extra", () => {
    expect(differences({ interims: hint("Link", "</a>") }, { interims: [":status", "104"] })).toEqual([
      ["header", "(103)", "missing", "sent", null],
      ["header", "(104)", "extra", null, "sent"],
    ]);
  });
});
