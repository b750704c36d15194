import { expect, it, onTestFinished, vi } from "vitest";
import type { Question, QuestionName } from "../../../src/admin/reports/questions.ts";
import { ReportThread, type ReportThreadOptions } from "../../../src/admin/reports/report-thread.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { newPath } from "../../store/new-path.ts";
import { batch, NOON, OPTIONS, outcome, received, RUN } from "../../store/store-fixture.ts";
import { createLogger } from "../../../src/telemetry/logger.ts";
import { call, createTestRuns, errorCode, startTestAdmin, STATUS } from "../admin-fixture.ts";
import { localReports } from "../local-reports.ts";

const ENDPOINT = "GET /users/{id}";
const PRICE = [{ section: "body", path: "$.price", kind: "value", mark: "raw" }] as const;
const SELECTION = { candidate: "v2" };

/** A report thread on a store with one endpoint, of whose 100 exchanges 40 differ. */
async function startThread(options: Partial<ReportThreadOptions> = {}) {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  onTestFinished(() => writer.close());
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [
    batch("1", {
      accounting: [received(100), received(100, { fate: "mirrored" })],
      outcomes: [
        outcome({ endpoint: ENDPOINT, paired: true, count: 60 }),
        outcome({ endpoint: ENDPOINT, paired: true, fields: PRICE, count: 40 }),
      ],
    }),
  ]);
  const facts = { current: RUN, storeError: null as string | null };
  const reports = new ReportThread({
    location: { engine: "sqlite", path },
    facts: () => ({ ...facts }),
    onMetrics: () => {},
    onIdle: () => {},
    onDeath: () => {},
    ...options,
  });
  onTestFinished(() => reports.close());
  const local = localReports({
    runs: createTestRuns(RUN),
    status: () => ({ ...STATUS, store: { path, error: facts.storeError } }),
    readStore: async () => openSqliteReader(path),
  });
  onTestFinished(() => local.close());
  return { reports, local, facts, writer };
}

const TEXT = new TextDecoder();

it("answers as this thread would, byte for byte", async () => {
  const { reports, local } = await startThread();
  const [cause] = await reports.ask("briefReports", null).then(([report]) => report?.unreviewed ?? []);
  const signature = cause?.signature ?? "";
  expect(cause).toMatchObject({ title: "body $.price (changed)", where: ENDPOINT });
  const questions: readonly (readonly [QuestionName, Question<QuestionName>])[] = [
    ["completeReport", SELECTION],
    ["overview", { ...SELECTION, causes: 10, statuses: 10 }],
    ["endpoint", { ...SELECTION, name: ENDPOINT }],
    ["latency", SELECTION],
    ["gate", SELECTION],
    ["runSummary", SELECTION],
    ["templates", SELECTION],
    ["endpointsWithCause", { selection: SELECTION, signature }],
    ["fieldsOfCause", { selection: SELECTION, signature, isRecent: true }],
    ["reviewedCauses", { selection: SELECTION, signatures: [signature], only: undefined }],
  ];
  for (const [name, question] of questions) {
    const json = TEXT.decode(await reports.askJson(name, question));
    expect([name, json]).toEqual([name, TEXT.decode(await local.askJson(name, question))]);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(await reports.ask(name, question))));
  }
});

it("rejects with the error of the API", async () => {
  const { reports } = await startThread();
  await expect(reports.ask("runSummary", { run: "none" })).rejects.toMatchObject({
    name: "ApiError",
    code: "unknown-run",
    message: "There is no run none.",
    remedy: "GET /api/v1/runs lists the runs.",
  });
});

it("says why the store cannot be read, in the words of the thread that writes it", async () => {
  const { reports, facts } = await startThread({ location: { engine: "sqlite", path: "/nonexistent/none.db" } });
  await expect(reports.ask("runSummary", SELECTION)).rejects.toMatchObject({
    code: "store-unavailable",
    message: expect.stringContaining("the file does not exist") as string,
  });
  facts.storeError = "the disk is full";
  await expect(reports.ask("runSummary", SELECTION)).rejects.toMatchObject({
    message: "The store cannot be read: the disk is full.",
  });
});

it("knows what has changed in the process since the last question", async () => {
  const { reports, facts } = await startThread();
  const later = { ...RUN, id: "later", candidates: ["v9"] };
  expect((await reports.ask("briefReports", null)).map(({ candidate }) => candidate)).toEqual(["v2", "v3"]);
  facts.current = later;
  expect((await reports.ask("briefReports", null)).map(({ run, candidate }) => [run.id, candidate])).toEqual([
    ["later", "v9"],
  ]);
  facts.storeError = "the disk is full";
  expect((await reports.ask("gate", {})).reasons[0]).toMatch(/^not stored: the disk is full/);
});

it("shows a change at once, although a report for a screen may be older than the last commit", async () => {
  const { reports, writer } = await startThread();
  const verdictOf = async () => (await reports.ask("overview", { ...SELECTION, causes: 10, statuses: 0 })).rules.length;
  expect(await verdictOf()).toBe(0);
  expect(reports.restMs()).toBeGreaterThan(0);
  await writer.edit({
    type: "add-rule",
    rule: {
      id: "rule-1",
      endpoint: ENDPOINT,
      section: "body",
      path: "$.price",
      action: { type: "ignore" },
      owner: "a",
      reason: "b",
      expiresAt: null,
      source: "dashboard",
      createdBy: "a",
      createdAt: NOON,
    },
    audit: { at: NOON, by: "a", what: "added a rule" },
  });
  reports.changed("rules");
  expect(reports.restMs()).toBeLessThanOrEqual(0);
  expect(await verdictOf()).toBe(1);
});

it("ends a thread that is idle, and starts another one with the next question", async () => {
  const idle = Promise.withResolvers<void>();
  const { reports } = await startThread({ idleMs: 1, onIdle: () => idle.resolve() });
  expect((await reports.ask("runSummary", SELECTION)).compared).toBe(100);
  await idle.promise;
  expect((await reports.ask("runSummary", SELECTION)).compared).toBe(100);
});

it("rejects what waits when it is closed, and what is asked later", async () => {
  const { reports } = await startThread();
  const waiting = reports.ask("runSummary", SELECTION);
  const expected = { code: "stopping", message: "The report was not built: shadowdiff stops." };
  await Promise.all([expect(waiting).rejects.toMatchObject(expected), reports.close()]);
  await expect(reports.ask("runSummary", SELECTION)).rejects.toMatchObject(expected);
});

it("is no defect of a process that stops", async () => {
  const { reports } = await startThread();
  const logger = createLogger({ level: "silent", thread: "main" });
  const logged = vi.spyOn(logger, "error");
  const admin = await startTestAdmin({ reports, logger });
  onTestFinished(() => admin.close());
  await reports.close();
  const response = await call(admin, "/api/v1/overview");
  expect([response.status, errorCode(response)]).toEqual([503, "stopping"]);
  expect(await admin.recentReports()).toBeNull();
  expect(logged).not.toHaveBeenCalled();
});
