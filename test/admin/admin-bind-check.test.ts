import { describe, expect, it } from "vitest";
import { adminBindProblem } from "../../src/admin/admin-bind-check.ts";

const bind = (host: string, token?: string): string | undefined =>
  adminBindProblem({ listen: { host, port: 9900 }, token, allowedHosts: [] });

describe("adminBindProblem", () => {
  it.each(["127.0.0.1", "localhost", "::1"])("lets %s listen without a token", (host) => {
    expect(bind(host)).toBe(undefined);
  });

  it.each(["0.0.0.0", "::", "192.168.1.5", "shadowdiff.internal"])("refuses %s without a token", (host) => {
    expect(bind(host)).toBe(
      `${host} can be reached from other machines, and no token is set. ` +
        "Set admin.tokenFile or the environment variable SHADOWDIFF_ADMIN_TOKEN, or listen on 127.0.0.1.",
    );
  });

  it("lets every address listen with a token", () => {
    expect(bind("0.0.0.0", "a-token")).toBe(undefined);
  });
});
