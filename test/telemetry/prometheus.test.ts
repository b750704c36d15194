import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as client from "prom-client";
import { describe, expect, it } from "vitest";
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from "../../src/telemetry/prometheus.ts";

/** The packages that a new process has loaded after this import. */
async function loadedPackages(specifier: string): Promise<string[]> {
  const script = `
    import module from "node:module";
    await import(${JSON.stringify(specifier)});
    const names = Object.keys(module._cache).map((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([...new Set(names)].sort()));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return JSON.parse(stdout) as string[];
}

describe("the parts of prom-client", () => {
  it("are the same as in its main entry", () => {
    expect([Registry, AggregatorRegistry, Counter, Gauge, Histogram]).toEqual([
      client.Registry,
      client.AggregatorRegistry,
      client.Counter,
      client.Gauge,
      client.Histogram,
    ]);
  });

  it("load no other package", async () => {
    expect(await loadedPackages(new URL("../../src/telemetry/prometheus.ts", import.meta.url).href)).toEqual([
      "prom-client",
    ]);
    expect(await loadedPackages("prom-client")).toContain("@opentelemetry/api");
  });
});
