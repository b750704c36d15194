import { describe, expect, it } from "vitest";
import { withHostSuffix } from "../../src/mirror/mirror-recipients.ts";

describe("withHostSuffix", () => {
  it.each([
    ["h", "h-shadow"],
    ["h:80", "h-shadow:80"],
    ["a.b.c:8080", "a.b.c-shadow:8080"],
    ["[::1]:80", "[::1]:80"],
  ])("%s → %s", (host, expected) => {
    expect(withHostSuffix(host)).toBe(expected);
  });
});
