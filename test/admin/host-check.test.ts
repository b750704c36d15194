import { describe, expect, it } from "vitest";
import { isAllowedHost, isLoopbackHost } from "../../src/admin/host-check.ts";

describe("isLoopbackHost", () => {
  it.each(["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "localhost.", "::1", "[::1]"])("knows %s", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.evil.example", "", "1127.0.0.1", "::2"])(
    "does not take %j for loopback",
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});

describe("isAllowedHost", () => {
  it.each(["127.0.0.1:9900", "localhost", "localhost:1", "[::1]:9900"])("answers loopback name %s", (field) => {
    expect(isAllowedHost(field, "127.0.0.1", [])).toBe(true);
  });

  it.each([
    "evil.example",
    "evil.example:9900",
    "127.0.0.1.nip.io",
    "localhost@evil.example",
    "user@localhost",
    "localhost,evil.example",
    "localhost/evil",
    "localhost:",
    "localhost:99999999",
    "[::1",
    "",
    " ",
    "10.1.2.3",
  ])("does not answer %j on loopback", (field) => {
    expect(isAllowedHost(field, "127.0.0.1", [])).toBe(false);
  });

  it("does not answer without a Host", () => {
    expect(isAllowedHost(undefined, "127.0.0.1", [])).toBe(false);
  });

  it("answers the bound address and configured names, with any port and in any case", () => {
    expect(isAllowedHost("10.1.2.3:80", "10.1.2.3", [])).toBe(true);
    expect(isAllowedHost("Shadowdiff:9900", "0.0.0.0", ["shadowdiff"])).toBe(true);
    expect(isAllowedHost("shadowdiff.evil.example", "0.0.0.0", ["shadowdiff"])).toBe(false);
  });

  it("answers any address, but no other name, on a wildcard listener", () => {
    expect(isAllowedHost("172.17.0.2:9900", "0.0.0.0", [])).toBe(true);
    expect(isAllowedHost("[fd00::5]:9900", "::", [])).toBe(true);
    expect(isAllowedHost("evil.example:9900", "0.0.0.0", [])).toBe(false);
  });
});
