import { describe, expect, it } from "vitest";
import type { StringMatch, UriRewrite } from "../../../src/model/routing.ts";
import { compileRewrite } from "../../../src/proxy/routing/path-rewrite.ts";
import { match } from "../route-builders.ts";

const prefix = (value: string): StringMatch => ({ type: "prefix", value });
const path = (value: string): StringMatch => ({ type: "path-prefix", value });
const to = (value: string): UriRewrite => ({ type: "replace", value });
const regex = (source: string, replacement: string): UriRewrite => ({ type: "regex", source, replacement });

describe("a rewritten target", () => {
  const cases: [string, StringMatch | undefined, UriRewrite, string, string][] = [
    ["a prefix is replaced byte for byte", prefix("/my-app"), to("/"), "/my-app", "/"],
    ["a prefix replaced by a slash doubles it, same as Envoy", prefix("/foo"), to("/"), "/foo/bar", "//bar"],
    ["a prefix with a slash does not double it", prefix("/foo/"), to("/"), "/foo/bar", "/bar"],
    ["a raw prefix can end inside a path element", prefix("/foo"), to("/x"), "/foobar", "/xbar"],
    ["a prefix that ignores case is replaced", prefix("/foo"), to("/x"), "/FOO/b", "/x/b"],
    ["the query stays unchanged", prefix("/a"), to("/b"), "/a/c?x=%2f&/a=1?", "/b/c?x=%2f&/a=1?"],
    ["percent-encodings stay unchanged", prefix("/a"), to("/b"), "/a/%2e%2e/c", "/b/%2e%2e/c"],
    ["by element: one slash between both parts", path("/foo"), to("/"), "/foo/bar", "/bar"],
    ["by element: the complete path", path("/foo"), to("/"), "/foo?x", "/?x"],
    ["by element: a trailing slash is ignored", path("/foo/"), to("/x/"), "/foo/bar", "/x/bar"],
    ["by element: longer", path("/foo"), to("/x/y"), "/foo/", "/x/y/"],
    ["exact: the complete path", { type: "exact", value: "/a" }, to("/b/c"), "/a?q", "/b/c?q"],
    ["regex match: the complete path", { type: "regex", source: "/a.*" }, to("/b"), "/abc?q", "/b?q"],
    ["no uri match: the complete path", undefined, to("/b"), "/x/y?q", "/b?q"],
    ["the result always begins with a slash", prefix("/a/"), to(""), "/a/b", "/b"],
    ["by expression: every match", undefined, regex("o", "0"), "/foo/o?o", "/f00/0?o"],
    [
      "by expression: groups",
      undefined,
      regex("^/service/([^/]+)(/.*)$", "\\2/instance/\\1"),
      "/service/foo/v1/api",
      "/v1/api/instance/foo",
    ],
    ["by expression: \\0 is the complete match", undefined, regex("/x", "<\\0>"), "/x", "/</x>"],
    ["by expression: a backslash", undefined, regex("x", "\\\\"), "/x", "/\\"],
    ["by expression: a dollar sign is literal", undefined, regex("x", "$1"), "/x", "/$1"],
    ["by expression: a group that did not participate is empty", undefined, regex("/(a)?(b)", "/\\1\\2c"), "/b", "/bc"],
    ["by expression: no empty match directly after a match", undefined, regex(".*", "/new"), "/old?q", "/new?q"],
    ["by expression: no match", undefined, regex("^/x$", "/y"), "/z", "/z"],
  ];
  it.each(cases)("%s", (_name, uri, rewrite, target, expected) => {
    expect(compileRewrite(rewrite)(target, match({ uri, ignoreUriCase: true }))).toBe(expected);
  });

  it("replaces the complete path when the route has no match", () => {
    expect(compileRewrite(to("/b"))("/a?q", null)).toBe("/b?q");
  });
});
