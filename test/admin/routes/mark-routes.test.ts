import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { AdminConfig } from "../../../src/model/config.ts";
import type { Mark } from "../../../src/model/explain/mark.ts";
import type { AuditEntry } from "../../../src/model/review.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";
import { OLD_RUN } from "../stored-run.ts";

const JSON_TYPE = { "content-type": "application/json" };
const HOUR_MS = 3_600_000;

let folder: string;
let writer: StoreWriter;
let admin: Admin;

async function start(config: Partial<AdminConfig> = {}): Promise<void> {
  const path = join(folder, "shadowdiff.db");
  const { compare, store } = configWith({}, path);
  writer = openSqliteWriter(path, { ...compare, retention: store.retention });
  await writer.beginRun(OLD_RUN);
  await writer.endRun(OLD_RUN.id, RUN.startedAt, RUN);
  admin = await startTestAdmin(
    {
      config: configWith(config, path),
      readStore: async () => openSqliteReader(path),
      edit: async (edit) => {
        await writer.edit(edit);
        return null;
      },
    },
    config,
  );
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-marks-"));
  await start();
});
afterEach(async () => {
  await admin.close();
  await writer.close();
  rmSync(folder, { recursive: true });
});

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function post(body: object, query = "", headers: Readonly<Record<string, string>> = {}): Promise<ApiResponse> {
  const options = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
  return call(admin, `/api/v1/events/marks${query}`, options);
}

async function marks(query = "", headers: Readonly<Record<string, string>> = {}): Promise<readonly Mark[]> {
  const response = await call(admin, `/api/v1/events/marks${query}`, { headers });
  expect(response.status).toBe(200);
  return (response.json() as { marks: readonly Mark[] }).marks;
}

describe("marks", () => {
  it("are stored with their author and time, and listed oldest first, each in its run", async () => {
    const before = Date.now();
    const first = await post({ text: " v2 restarted " });
    const earlier = { text: "schema migrated", at: RUN.startedAt + HOUR_MS, kind: "note", subset: "v2" };
    expect((await post(earlier)).status).toBe(201);
    expect((await post({ text: "old", at: OLD_RUN.startedAt }, `?run=${OLD_RUN.name}`)).status).toBe(201);
    expect(first.status).toBe(201);
    const { mark } = first.json() as { mark: Mark };
    expect(mark).toMatchObject({ kind: "deployment", text: "v2 restarted", subset: null, by: "127.0.0.1" });
    expect(mark.at).toBeGreaterThanOrEqual(before);
    expect(mark.at).toBeLessThanOrEqual(Date.now());
    expect(await marks()).toEqual([{ ...earlier, id: expect.any(String), by: "127.0.0.1" }, mark]);
    expect((await marks(`?run=${OLD_RUN.id}`)).map(({ text }) => text)).toEqual(["old"]);
    expect(await marks(`?run=${RUN.id}`)).toEqual(await marks("?run=current"));
  });

  it("have an entry in the audit", async () => {
    await post({ text: "v2 restarted" });
    const { lines } = (await call(admin, "/api/v1/audit")).json() as { lines: readonly AuditEntry[] };
    expect(lines).toEqual([{ at: expect.any(Number), by: "127.0.0.1", what: "marked (deployment): v2 restarted" }]);
  });

  it.each([
    ["no text", {}, "body/text"],
    ["an empty text", { text: "  " }, "say what happened"],
    ["two lines", { text: "a\nb" }, "one line"],
    ["a separator of lines", { text: "a\u2028b" }, "one line"],
    ["an escape", { text: "a\u001B[31mb" }, "one line"],
    ["a long text", { text: "x".repeat(201) }, "body/text"],
    ["an unknown kind", { text: "a", kind: "party" }, "body/kind"],
    ["a time as text", { text: "a", at: "2026-01-02" }, "body/at"],
    ["a time long before the run", { text: "a", at: RUN.startedAt - 25 * HOUR_MS }, "body/at"],
    ["a time in the future", { text: "a", at: Date.now() + HOUR_MS }, "body/at"],
    ["another version", { text: "a", subset: "v9" }, "Use one of v1, v2, v1-twin"],
    ["another property", { text: "a", by: "someone" }, "by"],
  ])("are refused with %s, with the place or the remedy", async (_case, body, words) => {
    const response = await post(body);
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
    expect(response.text).toContain(words);
    expect(await marks()).toEqual([]);
  });

  it("keep hostile text as it is", async () => {
    const text = '<img src=x onerror=alert(1)> "__proto__" \u202E';
    expect((await post({ text })).status).toBe(201);
    expect((await marks()).map((mark) => mark.text)).toEqual([text]);
  });

  it("need a run that exists", async () => {
    expect([
      (await post({ text: "a" }, "?run=absent")).status,
      (await call(admin, "/api/v1/events/marks?run=absent")).status,
    ]).toEqual([404, 404]);
    const late = await post({ text: "a" }, `?run=${OLD_RUN.id}`);
    expect([late.status, late.text.includes("or choose another run")]).toEqual([400, true]);
  });

  it("are limited to 60 a minute", async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 62; at++) statuses.push((await post({ text: `mark ${at}` })).status);
    expect(statuses).toEqual([...Array.from({ length: 60 }, () => 201), 429, 429]);
    expect(errorCode(await post({ text: "one more" }))).toBe("too-many-marks");
    expect(await marks()).toHaveLength(60);
  });

  it("need the token; pipelines report them with the rollout token, which does not list them", async () => {
    await admin.close();
    await writer.close();
    const [token, rolloutToken] = ["a".repeat(32), "b".repeat(32)];
    await start({ token, rolloutToken });
    expect((await post({ text: "a" })).status).toBe(401);
    expect((await post({ text: "a" }, "", bearer(rolloutToken))).status).toBe(201);
    expect((await call(admin, "/api/v1/events/marks", { headers: bearer(rolloutToken) })).status).toBe(403);
    expect((await marks("", bearer(token))).map(({ by }) => by)).toEqual(["admin (127.0.0.1)"]);
  });
});
