import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { templatesSchema } from "../../../src/admin/schemas/endpoints/template-schema.ts";
import type { Report } from "../../../src/model/report.ts";
import type { AuditEntry } from "../../../src/model/review.ts";
import type { Templates } from "../../../src/model/views/templates.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { batch, outcome } from "../../store/store-fixture.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";

const POSITION = { route: "default", method: "GET", parent: "/e" };
const COUNT_AS_ONE = { decision: "one", ...POSITION, parameter: "{name}" };
const SLUGS = Array.from({ length: 13 }, (_, at) => `my-post-${String.fromCharCode(97 + at)}`);

let folder: string;
let writer: StoreWriter;
let admin: Admin;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-templates-"));
  const path = join(folder, "shadowdiff.db");
  const config = configWith({}, path);
  writer = openSqliteWriter(path, { ...config.compare, retention: config.store.retention });
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [
    batch("1", { outcomes: SLUGS.map((slug) => outcome({ endpoint: `GET /e/${slug}`, count: 2 })) }),
  ]);
  admin = await startTestAdmin({
    config,
    readStore: async () => openSqliteReader(path),
    edit: async (edit) => {
      await writer.edit(edit);
      return Promise.resolve(null);
    },
  });
});
afterEach(async () => {
  await admin.close();
  await writer.close();
  rmSync(folder, { recursive: true });
});

async function templates(): Promise<Templates> {
  return templatesSchema.parse((await call(admin, "/api/v1/templates")).json());
}

function decide(body: object): Promise<ApiResponse> {
  const headers = { "content-type": "application/json" };
  return call(admin, "/api/v1/templates", { method: "POST", headers, body: JSON.stringify(body) });
}

function undo(position = POSITION): Promise<ApiResponse> {
  return call(admin, `/api/v1/templates?${new URLSearchParams(position).toString()}`, { method: "DELETE" });
}

async function endpointNames(): Promise<string[]> {
  const report = (await call(admin, "/api/v1/report")).json() as Report;
  return report.endpoints.map(({ endpoint, compared }) => `${endpoint} ${compared}`);
}

describe("/api/v1/templates", () => {
  it("proposes to count endpoints as one, does so at once, and undoes it", async () => {
    expect((await templates()).proposals).toEqual([
      {
        ...POSITION,
        template: "GET /e/{name}",
        parameter: "{name}",
        values: 13,
        examples: SLUGS.slice(0, 3),
        literals: [],
      },
    ]);
    const response = await decide({ ...COUNT_AS_ONE, literals: ["my-post-a"] });
    const { templates: inForce } = response.json() as Templates;
    expect([response.status, (await templates()).proposals]).toEqual([200, []]);
    expect(inForce).toMatchObject([
      { ...POSITION, template: "GET /e/{name}", literals: ["my-post-a"], decided: { by: "127.0.0.1" } },
    ]);
    expect(await endpointNames()).toEqual(["GET /e/{name} 24", "GET /e/my-post-a 2"]);
    expect((await undo()).status).toBe(200);
    expect((await endpointNames()).length).toBe(13);
    expect(await templates()).toMatchObject({ templates: [], keptApart: [], proposals: [{ values: 13 }] });
    const { lines } = (await call(admin, "/api/v1/audit")).json() as { lines: AuditEntry[] };
    expect(lines.map(({ what }) => what)).toEqual([
      "took back the decision about GET /e/…",
      "counted as one GET /e/{name}",
    ]);
  });

  it("remembers what is kept apart", async () => {
    expect((await decide({ decision: "apart", ...POSITION })).status).toBe(200);
    expect(await templates()).toMatchObject({ keptApart: [{ ...POSITION, by: "127.0.0.1" }], proposals: [] });
    await undo();
    expect(await templates()).toMatchObject({ keptApart: [], proposals: [{ values: 13 }] });
  });

  it("does not take back what nobody has decided", async () => {
    const unknown = await undo();
    expect([unknown.status, errorCode(unknown)]).toEqual([404, "unknown-template"]);
    const more = Array.from({ length: 300 }, (_, at) =>
      outcome({ endpoint: `GET /e/other-${String.fromCodePoint(0x4e00 + at)}` }),
    );
    await writer.commit(RUN.id, [batch("2", { outcomes: more })]);
    const learned = await undo();
    expect([learned.status, errorCode(learned)]).toEqual([409, "template-of-traffic"]);
  });

  it.each([
    { ...COUNT_AS_ONE, parameter: "name" },
    { ...COUNT_AS_ONE, parent: "e" },
    { ...COUNT_AS_ONE, parent: "/e?x" },
    { ...COUNT_AS_ONE, method: "GET /" },
    { ...COUNT_AS_ONE, literals: Array.from({ length: 51 }, () => "a") },
    { decision: "apart", ...POSITION, parameter: "{name}" },
    { decision: "maybe", ...POSITION },
  ])("rejects %j", async (body) => {
    const response = await decide(body);
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
  });
});
