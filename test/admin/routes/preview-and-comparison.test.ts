import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewSchema } from "../../../src/admin/schemas/rule-schema.ts";
import { comparisonSchema } from "../../../src/admin/schemas/run-schema.ts";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";
import { ENDPOINT, JSON_SAMPLE, OLD_RUN, tenRequests } from "../stored-run.ts";

const PATH = join(mkdtempSync(join(tmpdir(), "shadowdiff-admin-")), "shadowdiff.db");
const { compare, store } = configWith({});
let admin: Admin;

beforeAll(async () => {
  const writer = openSqliteWriter(PATH, { ...compare, retention: store.retention });
  await writer.beginRun(OLD_RUN);
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [tenRequests("batch-1", [JSON_SAMPLE])]);
  await writer.close();
  admin = await startTestAdmin({ readStore: async () => openSqliteReader(PATH) });
});

afterAll(() => admin.close());

const rule = (more: object) => ({ endpoint: ENDPOINT, section: "body", path: "$.name", ...more });

function preview(body: object): Promise<ApiResponse> {
  return call(admin, "/api/v1/rules/preview", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe("POST /api/v1/rules/preview", () => {
  it("counts exactly what an ignore rule would hide, and requires no reason", async () => {
    const response = await preview(rule({ action: { type: "ignore" } }));
    expect(response.status).toBe(200);
    expect(previewSchema.parse(response.json())).toEqual({
      exchanges: 2,
      differences: 2,
      noLongerCounting: 2,
      counting: { before: 2, after: 0 },
      verdict: { before: "inconclusive", after: "inconclusive" },
      endpoints: [{ endpoint: ENDPOINT, exchanges: 2, fields: ["body $.name (changed)"] }],
      denied: [],
      basis: { type: "exact" },
      warnings: [],
      overBroad: null,
    });
  });

  it("compares samples again for other rules", async () => {
    const typeOnly = await preview(rule({ action: { type: "type-only" } }));
    expect(typeOnly.json()).toMatchObject({ exchanges: 2, basis: { type: "samples", samples: 1, explained: 1 } });
    const ignoreCase = await preview(rule({ action: { type: "ignore-case" } }));
    expect(ignoreCase.json()).toMatchObject({ exchanges: 0, basis: { type: "samples", samples: 1, explained: 0 } });
  });

  it("says that a rule never matches, and what to write instead", async () => {
    const response = await preview(rule({ endpoint: "POST /a/7", path: "$.m['1']", action: { type: "ignore" } }));
    expect(response.json()).toMatchObject({
      exchanges: 0,
      warnings: [
        "endpoint: never matches: /a/7 is counted as /a/{id}; write POST /a/{id}",
        "path: never matches: the key 1 is data, and counted as {*}; write $.m{*}, or $.m[*] if it is an array",
      ],
    });
  });

  it("explains why a rule is over-broad, and rejects an invalid rule", async () => {
    const broad = await preview(rule({ path: "$", action: { type: "ignore" } }));
    expect((broad.json() as { overBroad: string }).overBroad).toMatch(/^It hides every difference in the body of/);
    const wrong = await preview(rule({ path: "name", action: { type: "ignore" } }));
    expect([wrong.status, errorCode(wrong)]).toEqual([400, "invalid-request"]);
  });
});

describe("GET /api/v1/runs/compare", () => {
  it("compares the current run with the previous one, or two given runs", async () => {
    const response = await call(admin, "/api/v1/runs/compare");
    expect(response.status).toBe(200);
    expect(comparisonSchema.parse(response.json())).toMatchObject({
      before: { id: OLD_RUN.id },
      after: { id: RUN.id },
      new: [{ endpoint: ENDPOINT, title: "body $.name (changed)", before: null, after: 2 / 9 }],
      fixed: [],
      still: [],
      unseen: [],
    });
    const same = await call(admin, `/api/v1/runs/compare?before=${RUN.id}&after=${RUN.id}`);
    expect(same.json()).toMatchObject({ new: [], still: [{ before: 2 / 9, after: 2 / 9 }] });
  });

  it("responds 404 if there is no previous run", async () => {
    const response = await call(admin, `/api/v1/runs/compare?after=${OLD_RUN.id}&candidate=v2`);
    expect([response.status, errorCode(response)]).toEqual([404, "unknown-run"]);
  });
});
