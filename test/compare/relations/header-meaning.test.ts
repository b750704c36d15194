import { describe, expect, it } from "vitest";
import { compareCaptures } from "../../../src/compare/compare-captures.ts";
import { mirroredResponse, primaryResponse } from "../../../src/compare/captured-response.ts";
import { capture, mirrored } from "../build-exchanges.ts";

const OPTIONS = { maxDecodedBytes: 1_000, target: "/", registry: undefined };

/** The header fields in which two responses differ, with their relation. */
function differing(left: readonly string[], right: readonly string[], bodies = ["{}", "{}"]): string[] {
  const primary = primaryResponse(capture(bodies[0] ?? "", { headers: left }), OPTIONS);
  const sameBody = bodies[0] === bodies[1];
  const other = { ...mirrored(bodies[1] ?? "", { headers: right }), sameBody };
  return compareCaptures(primary, mirroredResponse(other, primary, OPTIONS), other, "GET")
    .differences.filter(({ section }) => section === "header")
    .map(({ path, kind, relation }) => `${path} ${kind} ${relation ?? "-"}`);
}

describe("fields that count or name a moment", () => {
  it.each([
    ["X-RateLimit-Remaining", "99", "41"],
    ["x-ratelimit-remaining-minute", "0", "1000"],
    ["RateLimit-Remaining", "99", "41"],
    ["x-ratelimit-reset", "1767225600", "1767225601"],
    ["RateLimit-Reset", "58", "60"],
    ["RateLimit", "limit=100, remaining=99, reset=58", "limit=100, remaining=97, reset=60"],
    ["RateLimit", '"default";r=99;t=58', '"default";r=41;t=60'],
    ["Retry-After", "30", "29"],
    ["Retry-After", "Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:02 GMT"],
    ["Age", "12", "15"],
    ["Content-Type", "multipart/mixed; boundary=abc", 'multipart/mixed; boundary="x y"'],
  ])("%s: %s and %s mean the same", (name, left, right) => {
    expect(differing([name, left], [name, right])).toEqual([]);
  });

  it.each([
    ["X-RateLimit-Limit", "100", "60"],
    ["X-RateLimit-Remaining", "99", "-1"],
    ["X-RateLimit-Remaining", "99", "many"],
    ["x-ratelimit-reset", "1767225600", "1767229200"],
    ["x-ratelimit-reset", "1767225600", "58"],
    ["RateLimit", "limit=100, remaining=99, reset=58", "limit=60, remaining=97, reset=60"],
    ["RateLimit", '"default";r=99;t=58', '"burst";r=41;t=60'],
    ["RateLimit-Policy", "100;w=60", "100;w=3600"],
    ["Retry-After", "30", "3600"],
    ["Age", "12", "4000"],
    ["Expires", "Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:02 GMT"],
    ["Content-Type", "multipart/mixed; boundary=abc", "multipart/form-data; boundary=abc"],
  ])("%s: %s and %s differ", (name, left, right) => {
    expect(differing([name, left], [name, right]).length).toBe(1);
  });

  it("compare ages up to the same freshness, and the lifetime that Expires gives from Date", () => {
    expect(differing(cached("3500", "3600"), cached("10", "3600"))).toEqual([]);
    expect(differing(cached("3500", "3600"), cached("10", "60"))).toContain("age header -");
    expect(differing(expiring("00", "01:00:00"), expiring("07", "01:00:07"))).toEqual([]);
    expect(differing(["Expires", "0"], ["Expires", "-1"])).toEqual([]);
    expect(differing(["Expires", "-1"], ["Date", DATE, "Expires", "Thursday, 01-Jan-70 00:00:00 GMT"])).toEqual([]);
    expect(differing(["Expires", "-1"], ["Date", DATE, "Expires", "Friday, 02-Jan-26 00:00:00 GMT"])).toHaveLength(1);
    expect(differing(expiring("00", "01:00:00"), expiring("00", "02:00:00"))).toEqual(
      ["expires header time-shift"].map(() => expect.stringMatching(/^expires header/)),
    );
  });

  it("differ where only one side has them", () => {
    expect(differing(["Age", "1"], [])).toEqual(["age missing -"]);
  });
});

const DATE = "Thu, 01 Jan 2026 00:00:00 GMT";

function cached(age: string, maxAge: string): string[] {
  return ["Age", age, "Cache-Control", `max-age=${maxAge}`];
}

function expiring(date: string, expires: string): string[] {
  return ["Date", `Thu, 01 Jan 2026 00:00:${date} GMT`, "Expires", `Thu, 01 Jan 2026 ${expires} GMT`];
}

describe("fields that name the body", () => {
  it.each(["ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest"])(
    "%s follows a body that differs, and differs alone where the body does not",
    (name) => {
      expect(differing([name, '"a"'], [name, '"b"'], ["{}", '{"a":1}'])).toEqual([]);
      const relation = name === "ETag" ? "same-body" : "-";
      expect(differing([name, '"a"'], [name, '"b"'])).toEqual([`${name.toLowerCase()} header ${relation}`]);
    },
  );
});
