import { describe, expect, it } from "vitest";
import type { DownUpstream } from "../../src/model/status.ts";
import type { Rule } from "../../src/model/rule.ts";
import { AutomaticMarks } from "../../src/serve/marks/automatic-marks.ts";
import { changedOptions } from "../../src/serve/merge-reload.ts";
import { loadWithWarnings } from "../../src/config/load-config.ts";
import type { StoreEdit } from "../../src/store/store.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { configWith, RUN } from "../admin/admin-fixture.ts";

const DOWN: DownUpstream = {
  role: "candidate",
  subset: "v2",
  address: "http://127.0.0.1:9002",
  since: 5_000,
  reason: "connection refused",
  failed: 3,
};
const RULE: Rule = {
  id: "rule-1",
  source: "dashboard",
  endpoint: "**",
  section: "body",
  path: "$.a",
  action: { type: "ignore" },
  owner: "",
  reason: "noise",
  createdBy: "ann",
  createdAt: 1,
  expiresAt: null,
};

function create(replica?: string) {
  const edits: StoreEdit[] = [];
  let [marked, error] = [0, null as string | null];
  const marks = new AutomaticMarks({
    replica,
    run: () => RUN,
    edit: (edit) => Promise.resolve(edits.push(edit)).then(() => error),
    onMark: () => (marked += 1),
    now: () => 9_000,
    log: createLogger({ level: "silent", thread: "main" }),
  });
  const written = () =>
    edits.flatMap((edit) => {
      if (edit.type !== "mark") return [];
      const { id, ...mark } = edit.mark;
      expect([edit.runId, edit.audit, /^[\da-f]{16}$/.test(id)]).toEqual([RUN.id, null, true]);
      return [mark];
    });
  return { marks, edits, written, marked: () => marked, fail: () => (error = "the disk is full") };
}

describe("automatic marks", () => {
  it("say what a reload has changed, and nothing if it has changed nothing", () => {
    const { marks, written } = create();
    marks.reloaded([]);
    marks.reloaded(["gate.parity: 0.99 → 0.999"]);
    expect(written()).toEqual([
      {
        at: 9_000,
        kind: "configuration",
        text: "configuration reloaded: gate.parity: 0.99 → 0.999",
        subset: null,
        by: "shadowdiff",
      },
    ]);
  });

  it("say which versions went down and came back, at the time when it happened", () => {
    const { marks, written } = create("replica-a");
    marks.upstreamDown(DOWN);
    marks.upstreamBack(DOWN, 2_500);
    expect(written()).toEqual([
      {
        at: 5_000,
        kind: "upstream",
        text: "the candidate v2 is down: connection refused at http://127.0.0.1:9002",
        subset: "v2",
        by: "replica-a",
      },
      expect.objectContaining({
        at: 7_500,
        kind: "upstream",
        text: expect.stringMatching(/^the candidate v2 is back after 2\.5/) as string,
      }),
    ]);
  });

  it("say who changed shares, pauses and rules, once among replicas", async () => {
    const { marks, written, edits } = create("replica-a");
    const change = { at: 1, what: "default → v2", before: "100% (configured)", after: "10%", by: "10.0.0.9" };
    marks.controlChanged({ ...change, replica: "replica-b" });
    marks.controlChanged({ ...change, replica: "replica-a" });
    marks.controlChanged({ ...change, what: "mirroring", after: "paused", replica: "replica-a" });
    const audit = { at: 2, by: "ann", what: "added the ignore rule for **: body $.a: noise" };
    expect(await marks.edit({ type: "add-rule", rule: RULE, audit })).toBeNull();
    expect(await marks.edit({ type: "reviews", put: [], remove: [], audit })).toBeNull();
    expect(edits.map(({ type }) => type)).toEqual(["mark", "mark", "add-rule", "mark", "reviews"]);
    expect(written().map(({ at, by, text, kind }) => [at, by, text, kind])).toEqual([
      [1, "10.0.0.9", "default → v2: 100% (configured) → 10%", "configuration"],
      [1, "10.0.0.9", "mirroring paused", "configuration"],
      [2, "ann", audit.what, "configuration"],
    ]);
  });

  it("name the labels with which a run begins", () => {
    const { marks, written } = create();
    marks.runBegan(RUN);
    marks.runBegan({ ...RUN, labels: { commit: "3f2a", build: "7" } }, "ann");
    expect(written()).toEqual([
      { at: RUN.startedAt, kind: "deployment", text: "run with commit=3f2a, build=7", subset: null, by: "ann" },
    ]);
  });

  it("are one line of at most 200 characters, whatever happened", () => {
    const { marks, written } = create();
    marks.upstreamDown({ ...DOWN, reason: `\u001B[31mred\r\n${"x".repeat(300)}` });
    const texts = written().map(({ text }) => text);
    expect(texts).toEqual([expect.stringMatching(/^the candidate v2 is down: {1,2}\[31mred x+…$/)]);
    expect(texts[0]).toHaveLength(200);
  });

  it("cost nothing but themselves when the store does not work", async () => {
    const { marks, edits, marked, fail } = create();
    marks.upstreamDown(DOWN);
    await expect.poll(marked).toBe(1);
    fail();
    const audit = { at: 2, by: "ann", what: "added" };
    expect(await marks.edit({ type: "add-rule", rule: RULE, audit })).toBe("the disk is full");
    expect(edits.map(({ type }) => type)).toEqual(["mark", "add-rule"]);
    expect(marked()).toBe(1);
  });
});

function read(text: string) {
  return loadWithWarnings({ file: { path: "a.yaml", text }, flags: {}, env: {} });
}

function document(more: string): string {
  return `primary: http://127.0.0.1:9001\ncandidate: http://127.0.0.1:9002\n${more}`;
}

describe("changedOptions", () => {
  it("names options with their values before and after, and rules", () => {
    const before = read(document("percent: 50"));
    expect(changedOptions(before, read(document("percent: 50")))).toEqual([]);
    const rules = 'compare: { rules: [{ endpoint: "**", path: $.a, action: ignore, owner: ann, reason: noise }] }';
    const after = changedOptions(before, read(document(`gate: { parity: 0.5 }\n${rules}`)));
    expect(after).toContain("gate.parity: 0.999 → 0.5");
    expect(after.some((line) => /percent: 50%? → 100%?/.test(line))).toBe(true);
    expect(after.at(-1)).toBe("compare.rules");
  });

  it("says so when what has changed is no option", () => {
    const config = configWith({});
    const after = { config: { ...config, routes: [], runName: "other" }, options: [] };
    expect(changedOptions({ config, options: [] }, after)).toEqual(["routes or versions"]);
  });
});
