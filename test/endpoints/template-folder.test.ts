import { describe, expect, it } from "vitest";
import { createTemplateFolder } from "../../src/endpoints/template-folder.ts";

/** Whether the value below `/posts` stays as it is, with these exceptions. */
function isKept(literals: readonly string[], value: string): boolean {
  const posts = { route: "r", method: "GET", parent: "/posts", parameter: "{post}", literals };
  return createTemplateFolder([posts]).fold("r", `GET /posts/${value}`) === `GET /posts/${value}`;
}

describe("createTemplateFolder", () => {
  it.each([
    ["draft-*", ["draft-", "draft-one"], ["draft", "a-draft-one"]],
    ["*-draft", ["-draft", "one-draft"], ["draft", "one-draft-2"]],
    ["a*b*c", ["abc", "axbxc", "abbcc", "a-bc-bc"], ["ac", "acb", "abcd", "xabc"]],
    ["a*a", ["aa", "aba"], ["a", "ab"]],
    ["ab*bc", ["abbc", "ab-bc"], ["abc"]],
    ["a**b", ["ab", "axb"], ["a", "ba"]],
    ["a.b", ["a.b"], ["axb", "a.b.c"]],
    ["(*", ["(", "(a"], ["a("]],
  ])("keeps values that the exception %j matches completely, and no others", (literal, kept, folded) => {
    expect(kept.filter((value) => !isKept([literal], value))).toEqual([]);
    expect(folded.filter((value) => isKept([literal], value))).toEqual([]);
  });

  it("reads a long value once for an exception with many asterisks", () => {
    // A backtracking matcher would need about 10^17 steps.
    expect(isKept(["a*a*a*a*a*b"], "a".repeat(8_000))).toBe(false);
  });

  it("replaces nothing for another route or method, and a conventional word never", () => {
    const folder = createTemplateFolder([
      { route: "r", method: "GET", parent: "/posts", parameter: "{post}", literals: [] },
    ]);
    expect(folder.fold("r", "GET /posts/first")).toBe("GET /posts/{post}");
    expect(folder.fold("other", "GET /posts/first")).toBe("GET /posts/first");
    expect(folder.fold("r", "PUT /posts/first")).toBe("PUT /posts/first");
    expect(folder.fold("r", "GET /posts/search")).toBe("GET /posts/search");
  });
});
