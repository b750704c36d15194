import { describe, expect, it } from "vitest";
import { adminBindProblem, isAllowedHost, isLoopbackHost } from "../../src/admin/host-check.ts";

describe("isLoopbackHost", () => {
  it.each(["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "localhost.", "::1", "[::1]"])("accepts %s", (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "127.evil.example", "localhost.evil.example", "", "1127.0.0.1", "::2"])(
    "rejects %j",
    (host) => {
      expect(isLoopbackHost(host)).toBe(false);
    },
  );
});

describe("isAllowedHost", () => {
  it.each(["127.0.0.1:9900", "localhost", "localhost:1", "[::1]:9900"])("accepts the loopback name %s", (header) => {
    expect(isAllowedHost(header, "127.0.0.1", [])).toBe(true);
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
  ])("rejects %j on loopback", (header) => {
    expect(isAllowedHost(header, "127.0.0.1", [])).toBe(false);
  });

  it("rejects a missing Host", () => {
    expect(isAllowedHost(undefined, "127.0.0.1", [])).toBe(false);
  });

  it("accepts the bound address and configured names, with any port and in any case", () => {
    expect(isAllowedHost("10.1.2.3:80", "10.1.2.3", [])).toBe(true);
    expect(isAllowedHost("Shadowdiff:9900", "0.0.0.0", ["shadowdiff"])).toBe(true);
    expect(isAllowedHost("shadowdiff.evil.example", "0.0.0.0", ["shadowdiff"])).toBe(false);
  });

  it("accepts any address, but no other name, on a wildcard listener", () => {
    expect(isAllowedHost("172.17.0.2:9900", "0.0.0.0", [])).toBe(true);
    expect(isAllowedHost("[fd00::5]:9900", "::", [])).toBe(true);
    expect(isAllowedHost("evil.example:9900", "0.0.0.0", [])).toBe(false);
  });
});

const bind = (host: string, token?: string): string | undefined =>
  adminBindProblem({ listen: { host, port: 9900 }, token, rolloutToken: undefined, allowedHosts: [] });

describe("adminBindProblem", () => {
  it.each(["127.0.0.1", "localhost", "::1"])("allows %s without a token", (host) => {
    expect(bind(host)).toBe(undefined);
  });

  it.each(["0.0.0.0", "::", "192.168.1.5", "shadowdiff.internal"])("rejects %s without a token", (host) => {
    expect(bind(host)).toBe(
      `${host} can be reached from other machines, and no token is set. ` +
        "Set admin.tokenFile or the environment variable SHADOWDIFF_ADMIN_TOKEN, or listen on 127.0.0.1.",
    );
  });

  it("allows every address with a token", () => {
    expect(bind("0.0.0.0", "a-token")).toBe(undefined);
  });
});
