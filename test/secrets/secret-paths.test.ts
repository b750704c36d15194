import { describe, expect, it } from "vitest";
import { pathSecretSpans } from "../../src/secrets/secret-paths.ts";

function masked(path: string): string {
  const spans = pathSecretSpans(path).toReversed();
  return spans.reduce((text, { start, end }) => `${text.slice(0, start)}***${text.slice(end)}`, path);
}

describe("pathSecretSpans", () => {
  it.each([
    ["/reset-password/5f3a9c01", "/reset-password/***"],
    ["/verify/123456", "/verify/***"],
    ["/otp/123456/confirm", "/otp/***/confirm"],
    ["/shares/Zk3mP0qL", "/shares/***"],
    ["/hooks/T024BE7LD/B0A1", "/hooks/***/***"],
    ["/auth/verify/123456", "/auth/verify/***"],
  ])("masks the secret in %s", (path, expected) => {
    expect(masked(path)).toBe(expected);
  });

  it.each([
    "/shares/42/7",
    "/keys/1001",
    "/hooks/12/deliveries",
    "/users/123456",
    "/login/callback",
    "/auth/v2/userinfo",
  ])("leaves the resource %s alone", (path) => {
    expect(masked(path)).toBe(path);
  });
});
