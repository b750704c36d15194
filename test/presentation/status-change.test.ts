import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatStatusChange,
  parseStatusPath,
  statusChangeKind,
  statusPath,
} from "../../src/presentation/statuses/status-change.ts";

const status = integer({ min: 0, max: 999 });

describe("statusChangeKind", () => {
  it.each([
    [500, 200, "fix"],
    [503, 204, "fix"],
    [200, 404, "break"],
    [302, 500, "break"],
    [404, 500, "break"],
    [200, 0, "break"],
    [500, 404, "change"],
    [500, 502, "change"],
    [401, 200, "change"],
    [404, 200, "change"],
    [200, 204, "change"],
    [200, 302, "change"],
  ])("%i → %i is a %s", (primary, candidate, kind) => {
    expect(statusChangeKind({ primary, candidate })).toBe(kind);
  });
});

describe("statusPath", () => {
  it("is read back as the same pair", () => {
    assert(
      property(status, status, (primary, candidate) => {
        expect(parseStatusPath(statusPath({ primary, candidate }))).toEqual({ primary, candidate });
      }),
    );
  });

  it("is no pair if it names any status or something else", () => {
    expect(["$", "200", "200->", "200->404 ", "$.a"].map(parseStatusPath)).toEqual(Array(5).fill(undefined));
  });
});

describe("formatStatusChange", () => {
  it("names a response that is missing", () => {
    expect(formatStatusChange({ primary: 200, candidate: 0 })).toBe("200 → incomplete");
  });
});
