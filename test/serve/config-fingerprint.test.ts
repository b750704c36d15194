import { describe, expect, it } from "vitest";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { FlagValues } from "../../src/config/options/settings.ts";
import { configFingerprint } from "../../src/serve/config-fingerprint.ts";

const TEXT = `
primary: http://127.0.0.1:9001
candidate: http://127.0.0.1:9002
percent: 50
gate: { parity: 0.99 }
`;

function fingerprint(text = TEXT, flags: FlagValues = {}) {
  return configFingerprint(loadWithWarnings({ file: { path: "s.yaml", text }, flags, env: {} }).config);
}

/** The hash of a configuration with a header that only the candidate receives. */
function hashWith(header: string): string {
  return fingerprint(`
subsets: { v1: { url: http://127.0.0.1:9001 }, v2: { url: http://127.0.0.1:9002 } }
routes:
  - name: all
    primary: [{ subset: v1 }]
    candidates: [{ subset: v2, percent: 100, headers: { set: { ${header} } } }]
`).hash;
}

/** The sections that differ from those of `TEXT`. */
function differing(text: string, flags: FlagValues = {}): string[] {
  const [one, other] = [fingerprint(), fingerprint(text, flags)];
  expect(one.hash === other.hash).toBe(
    Object.keys(one.sections).every((name) => one.sections[name] === other.sections[name]),
  );
  return Object.keys(other.sections).filter((name) => one.sections[name] !== other.sections[name]);
}

describe("the fingerprint of a configuration", () => {
  it("does not depend on addresses, ports, paths, threads and names of the process", () => {
    const own = `${TEXT}
listen: 127.0.0.1:8001
admin: { listen: "127.0.0.1:9901", allowedHosts: [b.test] }
store: sqlite:/var/lib/other.db
threads: { proxy: 3 }
runName: other
replicaName: b
`;
    expect(differing(own)).toEqual([]);
  });

  it("does not depend on the spelling, the order or the source of a value", () => {
    const text = `
gate: { parity: 0.990 }
percent: "50"
candidate: [http://127.0.0.1:9002]
primary: http://127.0.0.1:9001
capture: { maxBodyBytes: 1024KiB }
`;
    expect(differing(text)).toEqual([]);
    expect(
      differing("primary: http://127.0.0.1:9001\ncandidate: http://127.0.0.1:9002", {
        percent: "50",
        gateParity: "0.99",
      }),
    ).toEqual([]);
  });

  it("names the top-level options that differ", () => {
    expect(differing(TEXT.replace("0.99", "0.999"))).toEqual(["gate"]);
    expect(differing(TEXT.replace("percent: 50", "percent: 51"))).toEqual(["routes"]);
    expect(differing(TEXT.replace("9002", "9003"))).toEqual(["subsets"]);
    expect(differing(`${TEXT}retention: { maxAge: 1h }\nlabels: { commit: 3f2a }`)).toEqual(["labels", "retention"]);
    expect(differing(`${TEXT}compare: { endpoints: ["/users/{name}"] }`)).toEqual(["compare"]);
  });

  it("leaves out credentials, but not other headers of a candidate", () => {
    expect(hashWith("Authorization: Bearer one")).toBe(hashWith("Authorization: Bearer two"));
    expect(hashWith("X-Team: one")).not.toBe(hashWith("X-Team: two"));
  });
});
