import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { exportRules, type ExportRulesOptions } from "../../../src/commands/export/export-rules.ts";
import { ruleProblem } from "../../../src/commands/terminal/config-problems.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { startTestAdmin } from "../../admin/admin-fixture.ts";
import { OPTIONS, RUN } from "../../store/store-fixture.ts";

/** One rule with each kind of parameter, a preset, and one that needs force. */
const CONFIGURED = `
compare:
  presets: [framework-headers]
  rules:
    - { endpoint: "GET /users/{id}", path: "$.updatedAt", action: ignore, reason: clock, owner: team-a, expires: 2087-01-31 }
    - { endpoint: "* /**", path: ["$.b", "$.a"], action: tolerance, relative: 0.01, reason: "rounding: \\"new\\"", owner: ann }
    - { endpoint: "GET /a", path: "$.at", action: time, tolerance: 1500ms, shift: -1h, reason: zone, owner: ann }
    - { endpoint: "GET /a", path: "$.list", action: keyed, by: [id, sku.code], reason: order, owner: ann }
    - { endpoint: "GET /a", section: header, path: x-*, kind: missing, action: ignore, reason: "#1", owner: ann }
    - { endpoint: "GET /a", section: status, path: "404->200", action: ignore, reason: "null", owner: "yes", force: true }
    - { endpoint: "GET /b", path: $, action: type-only, reason: all, owner: ann, force: true }
`;

const ADDED: Rule = {
  id: "rule-1",
  source: "dashboard",
  endpoint: "GET /users/{id}",
  section: "body",
  path: "$.token",
  action: { type: "mask", regex: "[a-f0-9]{8}: #\\d+" },
  owner: "",
  reason: "token\nof two lines",
  createdBy: "ann@example.com",
  createdAt: 1000,
  expiresAt: Date.UTC(2087, 0, 31, 12, 30),
};

let folder = "";
let store = "";
let configured: readonly Rule[] = [];

function rulesOf(text: string): readonly Rule[] {
  const flags = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };
  return loadConfig({ file: { path: "rules.yaml", text }, flags, env: {}, ruleProblem }).compare.rules;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-export-"));
  store = join(folder, "store.db");
  configured = rulesOf(CONFIGURED);
  const writer = openSqliteWriter(store, OPTIONS);
  await writer.beginRun({ ...RUN, id: "r1", name: "without rules", startedAt: 1000 });
  await writer.endRun("r1", 2000, { ...RUN, id: "r2", name: "r2", startedAt: 2000, rules: configured });
  await writer.edit({ type: "add-rule", rule: ADDED, audit: { at: 1000, by: "ann", what: "added" } });
  await writer.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function exported(options: Partial<ExportRulesOptions>): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await exportRules({ store, ...options }, io);
  return { code, out, err };
}

/** What a rule does, and what people need to know about it. The id of a preset and the times of edits are not exported. */
function content({ endpoint, section, path, kind, action, owner, reason, expiresAt }: Rule): object {
  return { endpoint, section, path, kind, action, owner, reason, expiresAt };
}

describe("export rules", () => {
  it("prints all rules of the newest run as a configuration that means the same when it is loaded", async () => {
    const { code, out, err } = await exported({});
    expect([code, err]).toEqual([0, ""]);
    const again = rulesOf(out);
    const added = { ...ADDED, owner: ADDED.createdBy };
    expect(again.map(content)).toEqual([...configured, added].map(content));
    expect(configured.length).toBe(8);
    const { compare } = parse(out) as { compare: { rules: readonly Record<string, unknown>[] } };
    expect(compare.rules[0]).toEqual({
      endpoint: "GET /users/{id}",
      section: "body",
      path: "$.updatedAt",
      action: "ignore",
      reason: "clock",
      owner: "team-a",
      expires: "2087-01-31",
    });
    expect(compare.rules.filter(({ force }) => force === true).map(({ path }) => path)).toEqual(["404->200", "$"]);
  });

  it("prints only the added rules with --added, and those of an earlier run with --run", async () => {
    const { out } = await exported({ added: true });
    expect(rulesOf(out).map(({ path }) => path)).toEqual(["$.token"]);
    // What was added at run time applies to every run.
    expect((await exported({ run: "without rules" })).out).toBe(out);
  });

  it("prints the same of a running shadowdiff", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    const remote = await exported({ store: undefined, url: admin.url, run: "r2", added: true });
    expect(remote).toEqual(await exported({ added: true }));
    expect((await exported({ store: undefined, url: admin.url, run: "r2" })).out).toBe((await exported({})).out);
  });

  it("writes a file in a new folder, and says why one cannot be written", async () => {
    const file = join(folder, "new", "rules.yaml");
    expect(await exported({ output: file })).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(file, "utf8")).toBe((await exported({})).out);
    const err = `--output: cannot write ${folder}: it is a folder; write the path of a file\n`;
    expect(await exported({ output: folder })).toEqual({ code: 2, out: "", err });
  });

  it("refuses an unknown run", async () => {
    const err = "unknown run r9; runs, newest first: r2, r1 (without rules)\n";
    expect(await exported({ run: "r9" })).toEqual({ code: 2, out: "", err });
  });
});
