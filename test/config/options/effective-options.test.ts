import { describe, expect, it } from "vitest";
import { storeLocation } from "../../../src/config/values/names.ts";
import { loadWithWarnings, type ConfigSources } from "../../../src/config/load-config.ts";
import type { EffectiveOption } from "../../../src/model/views/configuration.ts";

const DOCUMENT = `
admin: { allowedHosts: [a.example, b.example] }
retention: { maxAge: 336h }
subsets:
  v1: { url: http://127.0.0.1:9001 }
  v2: { url: http://127.0.0.1:9002 }
routes:
  - name: default
    primary: [{ subset: v1 }]
    candidates: [{ subset: v2, percent: 12.5 }]
`;

function optionsOf(sources: Partial<ConfigSources>): ReadonlyMap<string, EffectiveOption> {
  const { options } = loadWithWarnings({
    file: { path: "shadowdiff.yaml", text: DOCUMENT },
    flags: {},
    env: {},
    ...sources,
  });
  return new Map(options.map((option) => [option.name, option]));
}

/** Value, default, whether they are equal, and where the value comes from. */
function shown(option: EffectiveOption | undefined): readonly unknown[] {
  return [option?.value, option?.default, option?.isDefault, option?.source, option?.place];
}

describe("effectiveOptions", () => {
  it("names the position in the file, the flag, the variable or the default, in this order of precedence", () => {
    const options = optionsOf({
      flags: { percent: "50", gateMinCompared: "20" },
      env: { SHADOWDIFF_GATE_PARITY: "0.99", SHADOWDIFF_GATE_MIN_COMPARED: "30" },
    });
    expect(shown(options.get("admin.allowedHosts"))).toEqual([
      "a.example, b.example",
      null,
      false,
      "file",
      "shadowdiff.yaml:2:24",
    ]);
    expect(shown(options.get("routes.default.candidates.v2.percent"))).toEqual([
      "50",
      "100",
      false,
      "flag",
      "--percent",
    ]);
    expect(shown(options.get("gate.minCompared"))).toEqual(["20", "1000", false, "flag", "--gate-min-compared"]);
    expect(shown(options.get("gate.parity"))).toEqual(["0.99", "0.999", false, "variable", "SHADOWDIFF_GATE_PARITY"]);
    expect(shown(options.get("store"))).toEqual([
      "sqlite:./shadowdiff.db",
      "sqlite:./shadowdiff.db",
      true,
      "default",
      "",
    ]);
    expect(shown(options.get("storeRequired"))).toEqual(["false", "false", true, "default", ""]);
  });

  it("recognizes a default that is written in another way", () => {
    expect(shown(optionsOf({}).get("retention.maxAge"))).toEqual(["336h", "14d", true, "file", "shadowdiff.yaml:3:22"]);
  });

  it("masks the token and says where it comes from", () => {
    expect(shown(optionsOf({}).get("admin.token"))).toEqual([null, null, true, "default", ""]);
    const { options } = loadWithWarnings({
      flags: { primary: "http://127.0.0.1:1", candidate: ["http://127.0.0.1:2"] },
      env: { SHADOWDIFF_ADMIN_TOKEN: "correct-horse" },
    });
    expect(shown(options.find(({ name }) => name === "admin.token"))).toEqual([
      "••••••",
      null,
      false,
      "variable",
      "SHADOWDIFF_ADMIN_TOKEN",
    ]);
    expect(JSON.stringify(options)).not.toContain("correct-horse");
  });

  it.each([
    ["postgres://ann:correct-horse@db/counts", "postgres://ann:••••••@db/counts"],
    [
      "postgres://ann:correct@horse@db/x?password=correct-horse&schema=s",
      "postgres://ann:••••••@db/x?password=••••••&schema=s",
    ],
    ["postgres://ann@db/counts", "postgres://ann@db/counts"],
  ])("masks the password of the store %s", (store, masked) => {
    expect(storeLocation.conceal?.(store)).toBe(masked);
  });

  it("shows the store without its password", () => {
    const options = optionsOf({ flags: { store: "postgres://ann:correct-horse@db/counts" } });
    expect(shown(options.get("store"))).toEqual([
      "postgres://ann:••••••@db/counts",
      "sqlite:./shadowdiff.db",
      false,
      "flag",
      "--store",
    ]);
    expect(JSON.stringify([...options])).not.toContain("correct-horse");
  });

  it("lists the options of each candidate by its name, and every option once", () => {
    const names = [...optionsOf({}).keys()];
    expect(names).toContain("routes.default.candidates.v2.breaker.failures");
    expect(names).toContain("routes.default.selfCheck");
    const { options } = loadWithWarnings({ file: { path: "shadowdiff.yaml", text: DOCUMENT }, flags: {}, env: {} });
    expect(options).toHaveLength(names.length);
  });
});
