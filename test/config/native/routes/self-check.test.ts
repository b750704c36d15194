import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../../src/config/config-error.ts";
import { loadConfig } from "../../../../src/config/load-config.ts";
import { rolesOf } from "../../../../src/config/roles.ts";

const SUBSETS = `subsets: { v1: { url: "http://h:1" }, v0: { url: "http://h:3" }, v2: { url: "http://h:2" } }\n`;
const DELAY = { minMs: 5, maxMs: 50 };
const LIMITS = { delay: DELAY, timeoutMs: 10_000, maxInFlight: 256, maxBufferedBytes: 16 * 1024 * 1024 };
const ROUTE = "primary: [{ subset: v1, weight: 60 }, { subset: v0, weight: 40 }], candidates: [{ subset: v2 }]";
const load = (text: string, flags = {}) => loadConfig({ file: { path: "s.yaml", text }, flags, env: {} });

function secondaries(text: string, flags = {}): readonly unknown[] {
  return load(text, flags).routes.map(({ action }) => (action.type === "forward" ? action.secondary : null));
}

describe("selfCheck", () => {
  it("makes the primaries their own secondary", () => {
    const text = `${SUBSETS}routes: [{ ${ROUTE}, selfCheck: 12.5 }]\n`;
    expect(secondaries(text)).toEqual([{ subset: "primary", percent: 12.5, ...LIMITS }]);
    const { secondaries: asked, selfChecked } = rolesOf(load(text).routes);
    expect([asked, selfChecked].map((subsets) => subsets.map(({ name }) => name))).toEqual([
      ["v1", "v0"],
      ["v1", "v0"],
    ]);
  });

  it("asks again after 5 to 50 ms, or as configured", () => {
    const text = `${SUBSETS}routes: [{ ${ROUTE}, selfCheck: 10, selfCheckDelay: 20ms..1s }, { ${ROUTE} }]\n`;
    const own = { subset: "primary", percent: 10, ...LIMITS, delay: { minMs: 20, maxMs: 1000 } };
    expect(secondaries(text)).toEqual([own, undefined]);
    // The flag applies to the routes with a self-check only.
    const flags = { selfCheckDelay: "7ms" };
    expect(secondaries(text, flags)).toEqual([{ ...own, delay: { minMs: 7, maxMs: 7 } }, undefined]);
  });

  it("a delay requires a self-check", () => {
    const versions = { primary: "http://h:1", candidate: ["http://h:2"], selfCheckDelay: "7ms" };
    expect(() => loadConfig({ flags: versions, env: {} })).toThrow("requires --self-check");
    expect(loadConfig({ flags: { ...versions, selfCheck: "5" }, env: {} }).routes[0]?.action).toMatchObject({
      secondary: { subset: "primary", percent: 5, delay: { minMs: 7, maxMs: 7 } },
    });
  });

  it("is disabled at 0", () => {
    expect(secondaries(`${SUBSETS}routes: [{ ${ROUTE}, selfCheck: 0 }]\n`)).toEqual([undefined]);
  });

  it("applies to all routes with candidates as a flag", () => {
    const redirect = "{ match: [{ uri: { exact: /x } }], redirect: { uri: /y } }";
    const text = `${SUBSETS}routes: [${redirect}, { ${ROUTE} }]\n`;
    expect(secondaries(text, { selfCheck: "5" })).toEqual([null, { subset: "primary", percent: 5, ...LIMITS }]);
    const versions = { primary: "http://h:1", candidate: ["http://h:2"], selfCheck: "5" };
    const config = loadConfig({ flags: versions, env: {} });
    expect(config.routes[0]?.action).toMatchObject({ secondary: { subset: "primary", percent: 5 } });
  });

  it.each([
    [
      `routes: [{ ${ROUTE}, secondary: { subset: v0 }, selfCheck: 5 }]`,
      "secondary and selfCheck are mutually exclusive",
    ],
    [`routes: [{ ${ROUTE}, selfCheck: 101 }]`, "101 is above 100"],
    [`routes: [{ ${ROUTE}, selfCheckDelay: 5ms }]`, "has no effect without selfCheck"],
    [`routes: [{ ${ROUTE}, selfCheck: 5, selfCheckDelay: 5ms..11s }]`, '"11s" is too large'],
    ["routes: [{ redirect: { uri: /y }, selfCheckDelay: 5ms }]", "has no effect in a route with redirect"],
    ["routes: [{ redirect: { uri: /y }, selfCheck: 5 }]", "has no effect in a route with redirect"],
  ])("%s is rejected", (routes, expected) => {
    expect(() => load(`${SUBSETS}${routes}\n`)).toThrow(ConfigError);
    expect(() => load(`${SUBSETS}${routes}\n`)).toThrow(expected);
  });
});
