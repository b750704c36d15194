import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tokenClaims } from "../../src/secrets/token-claims.ts";

/** RFC 7519 §3.1, RFC 7515 §3.1. */
function tokenOf(payload: unknown, header: unknown = { alg: "HS256", typ: "JWT" }): string {
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signature = createHmac("sha256", "key").update(parts.join(".")).digest("base64url");
  return [...parts, signature].join(".");
}

/** The example of RFC 7519 §3.1. */
const RFC_TOKEN =
  "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const bearer = (token: string): string[] => ["Accept", "*/*", "Authorization", `Bearer ${token}`];

describe("tokenClaims", () => {
  it("reads the example of the standard", () => {
    const wanted = ["iss", "http://example.com/is_root", "exp", "sub"];
    expect(tokenClaims(bearer(RFC_TOKEN), wanted)).toEqual(
      "iss joe http://example.com/is_root true exp 1300819380".split(" "),
    );
  });

  it.each<[string, unknown, readonly string[]]>([
    ["a text", "pro", ["plan", "pro"]],
    ["a number", 3, ["plan", "3"]],
    ["null", null, ["plan", "null"]],
    ["a list", ["a", "b", 1, { c: 1 }], ["plan", "a, b, 1"]],
    ["an object", { a: 1 }, []],
    ["an empty list", [], []],
    ["a long text", "x".repeat(5_000), ["plan", "x".repeat(1_024)]],
  ])("%s", (_, value, expected) => {
    expect(tokenClaims(bearer(tokenOf({ plan: value, email: "anna@example.org" })), ["plan"])).toEqual(expected);
  });

  it("reads only the claims that are named, and nothing at all without names", () => {
    expect(tokenClaims(bearer(tokenOf({ plan: "pro", sub: "anna" })), ["plan"]).join()).not.toContain("anna");
    expect(tokenClaims(bearer(tokenOf({ plan: "pro" })), [])).toEqual([]);
  });

  it("reads tokens in cookies, and the first one that has a claim counts", () => {
    const cookies = ["cookie", `a=1; session=${tokenOf({ plan: "free", tenant: "x" })}; other=2`];
    const headers = [...cookies, "AUTHORIZATION", `DPoP ${tokenOf({ plan: "pro" })}`];
    expect(tokenClaims(headers, ["plan", "tenant"])).toEqual(["plan", "free", "tenant", "x"]);
  });

  it.each([
    ["another header", ["X-Token", tokenOf({ plan: "pro" })]],
    [
      "an encrypted token",
      bearer(
        "eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ",
      ),
    ],
    ["no JSON", bearer("eyJhbGciOiJIUzI1NiJ9.AAAAAAAA.sig")],
    ["a payload that is no object", bearer(tokenOf("plan"))],
    ["a list as payload", bearer(tokenOf(["plan"]))],
    ["a payload that is too long", bearer(tokenOf({ plan: "pro", pad: "x".repeat(20_000) }))],
    [
      "a payload that is nested deeply",
      bearer(`eyJhbGciOiJIUzI1NiJ9.${Buffer.from("[".repeat(12_000)).toString("base64url")}.x`),
    ],
    ["no token", bearer("opaque")],
    ["names of the prototype", bearer(tokenOf({ a: 1 }))],
  ])("finds nothing in %s", (_, headers) => {
    expect(tokenClaims(headers, ["plan", "__proto__", "constructor", "length"])).toEqual([]);
  });

  it("a header of a hundred tokens costs four", () => {
    const tokens = Array.from({ length: 100 }, (_, index) => tokenOf(index === 4 ? { plan: "pro" } : { other: 1 }));
    expect(tokenClaims(["Cookie", tokens.join("; ")], ["plan"])).toEqual([]);
  });

  it("long texts take linear time", () => {
    const started = process.cpuUsage();
    for (const text of ["eyJ".repeat(80_000), "eyJaaaaaa.".repeat(25_000), "a.".repeat(120_000)]) {
      expect(tokenClaims(bearer(text), ["plan"])).toEqual([]);
    }
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
