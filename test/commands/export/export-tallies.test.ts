import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvParse } from "d3-dsv";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { exportTallies, type ExportTalliesOptions } from "../../../src/commands/export/export-tallies.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { startTestAdmin } from "../../admin/admin-fixture.ts";
import { batch, field, latency, MINUTE, NOON, OPTIONS, outcome, RUN, SLOT } from "../../store/store-fixture.ts";

const SLOTS_LATER = 480;
const FORMULA = { section: "header", path: "+cmd|calc", kind: "header", mark: "raw" } as const;
const QUOTED = "$['a,\"b\"\nc']";

let folder = "";
let store = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-tallies-"));
  store = join(folder, "store.db");
  const writer = openSqliteWriter(store, OPTIONS);
  await writer.beginRun(RUN);
  const counts = {
    outcomes: [
      outcome({ count: 70, paired: true }),
      outcome({ count: 20, paired: true, fields: [field("$.price", "both"), field(QUOTED)] }),
      outcome({ count: 10, slot: SLOT + SLOTS_LATER, fields: [FORMULA, field("$.price")] }),
      outcome({ count: 5, endpoint: "GET /other", candidate: "v2" }),
    ],
    latencies: [
      latency({ count: 100, series: "primary", bucket: 40 }),
      latency({ count: 100, series: "candidate", bucket: 60 }),
    ],
    accounting: [
      { minute: MINUTE, candidate: "v2", fate: "received", reason: "", count: 105 },
      { minute: MINUTE, candidate: "v2", fate: "mirrored", reason: "", count: 105 },
    ] as const,
  };
  await writer.commit(RUN.id, [batch("b1", counts)]);
  await writer.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function exported(options: Partial<ExportTalliesOptions>): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await exportTallies({ store, candidate: "v2", per: "endpoint", ...options }, io);
  return { code, out, err };
}

const SCOPE = { run: RUN.id, candidate: "v2", route: "default" };

describe("export tallies", () => {
  it("has one row per endpoint with its exchanges, parity and latency", async () => {
    const { code, out, err } = await exported({});
    expect([code, err]).toEqual([0, ""]);
    const rows = csvParse(out);
    expect(rows.map(({ endpoint, compared }) => [endpoint, compared])).toEqual([
      ["GET /users/{id}", "100"],
      ["GET /other", "5"],
    ]);
    expect(rows[0]).toMatchObject({
      ...SCOPE,
      matched: "70",
      differed: "30",
      noise_compared: "90",
      verdict: "inconclusive",
      secondary_p50_ms: "",
    });
    // Buckets of 4%: the value is between the edges of its bucket.
    const ratio = Number(rows[0]?.["candidate_p50_ms"]) / Number(rows[0]?.["primary_p50_ms"]);
    expect(ratio).toBeCloseTo(1.04 ** 20, 1);
  });

  it("has one row per field with the exchanges in which it differs, as written in any field", async () => {
    const rows = csvParse((await exported({ per: "field" })).out);
    const counts = rows.map(({ section, path, kind, differed, noise, both }) => [
      `${section} ${path} ${kind}`,
      differed,
      noise,
      both,
    ]);
    expect(counts).toHaveLength(3);
    expect(counts).toContainEqual(["body $.price value", "30", "20", "20"]);
    expect(counts).toContainEqual([`body ${QUOTED} value`, "20", "0", "0"]);
    // A spreadsheet does not run it as a formula.
    expect(counts).toContainEqual(["header '+cmd|calc header", "10", "0", "0"]);
    expect(rows[0]).toMatchObject({ ...SCOPE, endpoint: "GET /users/{id}", compared: "100", noise_compared: "90" });
  });

  it("has one row per time block, which add up to the run", async () => {
    const rows = csvParse((await exported({ per: "block" })).out);
    const users = rows.filter(({ endpoint }) => endpoint === "GET /users/{id}");
    expect(users.map(({ compared, differed, primary_measured }) => [compared, differed, primary_measured])).toEqual([
      ["90", "20", "100"],
      ["10", "10", "0"],
    ]);
    const [first, second] = users;
    expect(first?.["from"]).toBe(new Date(NOON).toISOString());
    expect(Date.parse(second?.["from"] ?? "")).toBe(NOON + 60_000);
    expect(Date.parse(first?.["to"] ?? "")).toBeLessThanOrEqual(NOON + 60_000);
    expect(second?.["primary_p50_ms"]).toBe("");
  });

  it("prints the same of a running shadowdiff, which has no time blocks to export", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    const remote = { store: undefined, url: admin.url, run: RUN.id } as const;
    for (const per of ["endpoint", "field"] as const) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await exported({ ...remote, per })).toEqual(await exported({ per }));
    }
    const err = "--per block reads a store, which --url does not give; use --store\n";
    expect(await exported({ ...remote, per: "block" })).toEqual({ code: 2, out: "", err });
  });

  it("refuses a run with several candidates", async () => {
    const err = `run ${RUN.id} has several candidates; choose one with --candidate: v2, v3\n`;
    for (const per of ["endpoint", "block"] as const) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await exported({ candidate: undefined, per })).toEqual({ code: 2, out: "", err });
    }
  });
});
