import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LiveConfig } from "../../src/serve/live-config.ts";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { ConfigSource } from "../../src/serve/merge-reload.ts";
import type { Config } from "../../src/model/config.ts";

const document = (more: string, percent = 100): string => `
subsets:
  v1: { url: http://127.0.0.1:9001 }
  v2: { url: http://127.0.0.1:9002 }
routes:
  - primary: [{ subset: v1, weight: 100 }]
    candidates: [{ subset: v2, percent: ${percent} }]
${more}
`;

let folder: string;
let file: string;
let files: readonly string[];
let events: (readonly string[] | string)[];
let live: LiveConfig;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-live-"));
  file = join(folder, "shadowdiff.yaml");
  writeFileSync(file, document(""));
  events = [];
  files = [file];
  live = begin({
    files,
    load() {
      const text = readFileSync(file, "utf8");
      const { config, options } = loadWithWarnings({ file: { path: "shadowdiff.yaml", text }, flags: {}, env: {} });
      return { config, options, files, warnings: [] };
    },
  });
});
afterEach(() => {
  live.close();
  rmSync(folder, { recursive: true });
});

function begin(source: ConfigSource): LiveConfig {
  let now = 1_000;
  const { config, options } = source.load();
  return new LiveConfig(config, options, {
    source,
    now: () => (now += 1),
    onLoad: (_config, { needsRestart }) => Promise.resolve(void events.push(needsRestart)),
    onError: (error) => events.push(error.message),
  });
}

function percentIn({ routes }: Config): number | undefined {
  const action = routes[0]?.action;
  return action?.type === "forward" ? action.candidates[0]?.percent : undefined;
}

describe("the live configuration", () => {
  it("reports the active configuration", () => {
    expect(live.status).toEqual({ source: file, loadedAt: 1_001, error: null, needsRestart: [] });
  });

  it("loads a changed file", async () => {
    writeFileSync(file, document("gate: { parity: 0.5 }", 12.5));
    await expect.poll(() => events).toEqual([[]]);
    expect([percentIn(live.current), live.current.gate.parity]).toEqual([12.5, 0.5]);
    expect(live.status).toEqual({ source: file, loadedAt: 1_002, error: null, needsRestart: [] });
  });

  it("keeps the previous one when the new one is invalid, reports the error, and loads the next valid one", () => {
    const before = live.current;
    writeFileSync(file, document("", 101));
    live.reload();
    expect(live.current).toBe(before);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatch(/^shadowdiff\.yaml:7:\d+ routes\[0\]\.candidates\[0\]\.percent: 101 is above 100/);
    expect(live.status).toEqual({ source: file, loadedAt: 1_001, error: events[0], needsRestart: [] });
    writeFileSync(file, document("", 1));
    live.reload();
    expect([percentIn(live.current), live.status.error, events[1]]).toEqual([1, null, []]);
  });

  it("lists options that need a restart, keeps their values, and applies the rest", () => {
    const before = live.current;
    const more = [
      "listen: 127.0.0.1:1",
      "store: other.db",
      "threads: { proxy: 3 }",
      "compare: { maxEndpoints: 7, endpoints: ['/users/{name}'] }",
    ];
    writeFileSync(file, document(more.join("\n"), 3));
    live.reload();
    const names = ["listen", "store", "threads", "compare.maxEndpoints"];
    expect([events, live.status.needsRestart]).toEqual([[names], names]);
    expect(live.current).toEqual({
      ...before,
      routes: live.current.routes,
      compare: { ...before.compare, endpoints: ["/users/{name}"] },
    });
    expect(percentIn(live.current)).toBe(3);
    writeFileSync(file, document("", 3));
    live.reload();
    expect([events[1], live.status.needsRestart]).toEqual([[], []]);
  });

  it("watches the files that the new configuration names", async () => {
    const other = join(folder, "mirror.yaml");
    writeFileSync(other, "one");
    files = [file, other];
    live.reload();
    expect(live.status.source).toBe(`${file}, ${other}`);
    writeFileSync(other, "two");
    await expect.poll(() => events).toEqual([[], []]);
  });

  it("does nothing without a source", () => {
    const fixed = new LiveConfig(live.current, [], {
      source: undefined,
      now: () => 5,
      onLoad: () => Promise.resolve(void events.push("applied")),
      onError: () => events.push("refused"),
    });
    fixed.reload();
    expect(events).toEqual([]);
    expect(fixed.status).toEqual({ source: "", loadedAt: 5, error: null, needsRestart: [] });
    fixed.close();
  });
});
