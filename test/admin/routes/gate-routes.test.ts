import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { gateVerdictSchema } from "../../../src/admin/schemas/process/gate-verdict-schema.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { Run } from "../../../src/model/run.ts";
import type { GateVerdict } from "../../../src/model/views/gate-verdict.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreReader, StoreWriter } from "../../../src/store/store.ts";
import { batch, outcome, received } from "../../store/store-fixture.ts";
import {
  call,
  configWith,
  createTestRuns,
  errorCode,
  RUN,
  startTestAdmin,
  STATUS,
  type ApiResponse,
} from "../admin-fixture.ts";

const PATH = join(mkdtempSync(join(tmpdir(), "shadowdiff-gate-")), "shadowdiff.db");
const TOKEN = "0123456789abcdef0123456789abcdef";
const BROKEN = { section: "status", path: "200->500", kind: "status", mark: "raw" } as const;
const SLOTS = 10;

const GOOD: Run = { ...RUN, id: "good-run", name: "good" };
const SHORT: Run = { ...RUN, id: "short-run", name: "short" };
const TWO: Run = { ...RUN, id: "two-run", name: "two", candidates: ["v2", "v3"] };

/** What Flagger sends: CanaryWebhookPayload of its API v1beta1. */
const WEBHOOK = JSON.stringify({
  name: "podinfo",
  namespace: "test",
  phase: "Progressing",
  checksum: "85d557f47b",
  metadata: { verdict: "pass" },
});

let writer: StoreWriter;
let admin: Admin;
let snapshots = 0;

/** Outcomes spread over ten slots, so that they are not one burst. */
function overTime(count: number, changed: Parameters<typeof outcome>[0]): OutcomeCount[] {
  return Array.from({ length: SLOTS }, (_, at) => {
    const row = outcome({ paired: true, ...changed, count: count / SLOTS });
    return { ...row, slot: row.slot + at };
  });
}

async function store(run: Run, outcomes: readonly OutcomeCount[]): Promise<void> {
  const compared = outcomes.reduce((sum, { count }) => sum + count, 0);
  const accounting = [received(compared), received(compared, { fate: "mirrored" })];
  await writer.beginRun(run);
  await writer.commit(run.id, [batch(run.id, { accounting, outcomes })]);
}

/** A reader that counts the reports that are built from it. */
function openReader(): StoreReader {
  const reader = openSqliteReader(PATH);
  return Object.create(reader, {
    snapshot: {
      value: (read: Parameters<StoreReader["snapshot"]>[0]) => {
        snapshots += 1;
        return reader.snapshot(read);
      },
    },
    version: { value: () => reader.version() },
    runs: { value: () => reader.runs() },
    close: { value: () => reader.close() },
  }) as StoreReader;
}

beforeAll(async () => {
  const { compare, store: settings } = configWith({});
  writer = openSqliteWriter(PATH, { ...compare, retention: settings.retention });
  await store(GOOD, overTime(10_000, { endpoint: "GET /users/{id}" }));
  await store(SHORT, overTime(10, { endpoint: "GET /users/{id}" }));
  await store(TWO, overTime(10, { endpoint: "GET /users/{id}" }));
  // The current run: one endpoint breaks on one of its two routes, one agrees.
  await store(RUN, [
    ...overTime(400, { endpoint: "GET /orders", fields: [BROKEN] }),
    ...overTime(5000, { endpoint: "GET /orders", route: "shop" }),
    ...overTime(10_000, { endpoint: "GET /agrees" }),
  ]);
  admin = await startTestAdmin({ readStore: async () => openReader() });
});

afterAll(async () => {
  await admin.close();
  await writer.close();
});

/** The gate's response to GET, whose body must match its schema exactly. */
async function gate(query: string): Promise<{ status: number; body: GateVerdict }> {
  const response = await call(admin, `/api/v1/gate${query}`);
  const body = response.json() as GateVerdict;
  expect(gateVerdictSchema.parse(body)).toEqual(body);
  return { status: response.status, body };
}

function webhook(query: string): Promise<ApiResponse> {
  const headers = { "content-type": "application/json" };
  return call(admin, `/api/v1/gate${query}`, { method: "POST", headers, body: WEBHOOK });
}

describe("/api/v1/gate", () => {
  it.each([
    ["?run=good", 200, "pass"],
    ["", 409, "fail"],
    ["?run=short", 425, "inconclusive"],
    ["?run=good&ok=not-fail", 200, "pass"],
    ["?ok=not-fail", 409, "fail"],
    ["?run=short&ok=not-fail", 200, "inconclusive"],
    ["?run=good&ok=any", 200, "pass"],
    ["?ok=any", 200, "fail"],
    ["?run=short&ok=any", 200, "inconclusive"],
  ])("%s is %d with the verdict %s, to GET and to a webhook of Flagger", async (query, status, verdict) => {
    const { body, ...response } = await gate(query);
    expect({ ...response, verdict: body.verdict }).toEqual({ status, verdict });
    const posted = await webhook(query);
    expect([posted.status, posted.json()]).toEqual([status, body]);
  });

  it("has the verdict, the numbers and the first reasons of the report", async () => {
    const report = (await call(admin, "/api/v1/report")).json() as { reasons: string[]; needed: number | null };
    const { body } = await gate("");
    expect(body).toEqual({
      verdict: "fail",
      reasons: report.reasons.slice(0, 5),
      run: { id: RUN.id, name: RUN.name, startedAt: RUN.startedAt, endedAt: null },
      candidate: "v2",
      endpoint: null,
      compared: 15_400,
      differed: 400,
      needed: report.needed,
    });
    expect(body.reasons[0]).toContain("GET /orders");
  });

  it("judges one endpoint, which is as good as on its worst route", async () => {
    const orders = await gate("?endpoint=GET%20/orders");
    expect(orders).toMatchObject({ status: 409, body: { endpoint: "GET /orders", compared: 5400, differed: 400 } });
    const agrees = await gate("?endpoint=GET%20/agrees");
    expect(agrees).toMatchObject({ status: 200, body: { verdict: "pass", reasons: [], compared: 10_000 } });
  });

  it("does not pass with fewer compared responses than asked for, and still fails", async () => {
    expect(await gate("?run=good&minCompared=10000")).toMatchObject({ status: 200 });
    const { status, body } = await gate("?run=good&minCompared=12500");
    expect([status, body.verdict, body.needed]).toEqual([425, "inconclusive", 2500]);
    expect(body.reasons[0]).toBe("10,000 of 12,500 required responses compared");
    expect(await gate("?endpoint=GET%20/agrees&minCompared=10001")).toMatchObject({ status: 425 });
    expect(await gate("?minCompared=1000000")).toMatchObject({ status: 409, body: { verdict: "fail" } });
  });

  it.each([
    ["?run=unknown", 404, "unknown-run"],
    ["?endpoint=GET%20/nothing", 404, "unknown-endpoint"],
    ["?candidate=v9", 404, "unknown-candidate"],
    ["?run=two", 400, "candidate-needed"],
    ["?minCompared=-1", 400, "invalid-request"],
    ["?ok=always", 400, "invalid-request"],
  ])("%s is a %d (%s) in the form of the API", async (query, status, code) => {
    const response = await call(admin, `/api/v1/gate${query}`);
    expect([response.status, errorCode(response)]).toEqual([status, code]);
    const posted = await webhook(query);
    expect([posted.status, posted.json()]).toEqual([status, response.json()]);
  });

  it("refuses parameters that it does not know, because a mistyped one could pass", async () => {
    const response = await call(admin, "/api/v1/gate?run=good&mincompared=100000&x=1");
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
    const { error } = response.json() as { error: { message: string } };
    expect(error.message).toContain(
      "unknown parameter mincompared, x; allowed: run, candidate, endpoint, minCompared, ok",
    );
  });

  it("takes the run that receives traffic as current", async () => {
    expect(await gate("?run=current")).toEqual(await gate(""));
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ["without a body", {}, undefined],
    ["with a body without a type", {}, "anything"],
    ["with broken JSON", { "content-type": "application/json" }, '{"verdict":'],
    ["of a form", { "content-type": "application/x-www-form-urlencoded" }, "run=short"],
  ])("ignores the body of a POST %s", async (_name, headers, body = "") => {
    const posted = await call(admin, "/api/v1/gate?run=good", { method: "POST", headers, body });
    expect([posted.status, (posted.json() as GateVerdict).verdict]).toEqual([200, "pass"]);
  });

  it("still refuses a POST of another site, and other routes still require JSON", async () => {
    const foreign = { method: "POST", headers: { origin: "http://evil.test" }, body: "" };
    const posted = await call(admin, "/api/v1/gate?run=good", foreign);
    expect([posted.status, errorCode(posted)]).toEqual([403, "foreign-origin"]);
    const rule = await call(admin, "/api/v1/rules", { method: "POST", headers: {}, body: "{}" });
    expect([rule.status, errorCode(rule)]).toEqual([415, "json-needed"]);
  });

  it("builds one report for many requests", async () => {
    await gate("?run=good");
    const before = snapshots;
    await Promise.all(Array.from({ length: 50 }, () => gate("?run=good&endpoint=GET%20/users/{id}")));
    expect(snapshots).toBe(before);
  });

  it("passes nothing while the store cannot be written, and says so", async () => {
    const broken = await startTestAdmin({
      runs: createTestRuns(GOOD),
      readStore: async () => openReader(),
      status: () => ({ ...STATUS, store: { path: PATH, error: "the disk is full" } }),
    });
    for (const query of ["", "?endpoint=GET%20/users/{id}"]) {
      const response = await call(broken, `/api/v1/gate${query}`);
      expect([response.status, (response.json() as GateVerdict).reasons[0]]).toEqual([
        425,
        expect.stringContaining("not stored: the disk is full"),
      ]);
    }
    await broken.close();
  });

  it("requires the token, or the rollout token, which opens nothing else", async () => {
    const tokens = { token: TOKEN, rolloutToken: "for-rollouts" };
    const guarded = await startTestAdmin({ readStore: async () => openReader() }, tokens);
    const statusWith = async (headers: Record<string, string>, path = "/api/v1/gate?run=good") =>
      (await call(guarded, path, { headers })).status;
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: "Bearer wrong" })).toBe(401);
    expect(await statusWith({ authorization: `Bearer ${TOKEN}` })).toBe(200);
    const rollout = { authorization: "Bearer for-rollouts" };
    expect(await statusWith(rollout)).toBe(200);
    for (const path of ["report", "samples", "rules", "control", "runs", "configuration"]) {
      expect([path, await statusWith(rollout, `/api/v1/${path}`)]).toEqual([path, 403]);
    }
    expect(await statusWith(rollout, "/metrics")).toBe(403);
    await guarded.close();
  });
});
