import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { AdminConfig } from "../../../src/model/config.ts";
import type { AuditEntry, Review } from "../../../src/model/review.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type Answer } from "../admin-fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };
const CONFIGURED: Rule = {
  id: "config-1",
  source: "configuration",
  endpoint: "**",
  section: "header",
  path: "x-request-id",
  action: { type: "ignore" },
  owner: "",
  reason: "an id",
  createdBy: "",
  createdAt: null,
  expiresAt: null,
};
const RULE = {
  endpoint: "GET /users/{id}",
  section: "body",
  path: "$.updatedAt",
  action: { type: "ignore" },
  reason: "the clock",
};
const REVIEW: Review = {
  signature: "s/1 ü",
  decision: "accepted",
  endpoint: "GET /users/{id}",
  title: "body $.price (rounding)",
  fields: [{ section: "body", path: "$.price", kind: "value", relation: "rounding" }],
  reason: "agreed",
  by: "somebody",
  at: 1,
  expiresAt: null,
};

let folder: string;
let writer: StoreWriter;
let admin: Admin;

async function start(config: Partial<AdminConfig> = {}): Promise<void> {
  const path = join(folder, "shadowdiff.db");
  const { compare, store } = configWith({}, path);
  writer = openSqliteWriter(path, { ...compare, retention: store.retention });
  writer.beginRun(RUN);
  admin = await startTestAdmin(
    {
      config: configWith(config, path),
      readStore: () => openSqliteReader(path),
      rules: () => [CONFIGURED],
      edit: (edit) => {
        writer.edit(edit);
        return Promise.resolve(null);
      },
    },
    config,
  );
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-edits-"));
  await start();
});
afterEach(async () => {
  await admin.close();
  writer.close();
  rmSync(folder, { recursive: true });
});

function send(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return call(admin, path, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function rules(): Promise<readonly Rule[]> {
  return ((await call(admin, "/api/v1/rules")).json() as { rules: Rule[] }).rules;
}

async function audit(): Promise<readonly AuditEntry[]> {
  return ((await call(admin, "/api/v1/audit")).json() as { lines: AuditEntry[] }).lines;
}

describe("rules", () => {
  it("are those of the configuration and behind them those that were entered, with who and when", async () => {
    const before = Date.now();
    const answer = await send("POST", "/api/v1/rules", { ...RULE, owner: "team-a", expiresAt: "2999-01-31" });
    expect(answer.status).toBe(201);
    const { rule } = answer.json() as { rule: Rule };
    expect(rule).toEqual({
      ...RULE,
      id: rule.id,
      source: "dashboard",
      owner: "team-a",
      createdBy: "127.0.0.1",
      createdAt: rule.createdAt,
      expiresAt: Date.UTC(2999, 0, 31),
    });
    expect(rule.createdAt).toBeGreaterThanOrEqual(before);
    expect(await rules()).toEqual([CONFIGURED, rule]);
    expect(await audit()).toMatchObject([
      {
        by: "127.0.0.1",
        what: "added the rule ignore for GET /users/{id}: body $.updatedAt until 2999-01-31: the clock",
      },
    ]);
  });

  it("are removed, which leaves a line of audit", async () => {
    const { rule } = (await send("POST", "/api/v1/rules", RULE)).json() as { rule: Rule };
    const answer = await send("DELETE", `/api/v1/rules/${rule.id}`);
    expect([answer.status, answer.json()]).toEqual([200, { rules: [CONFIGURED] }]);
    expect((await audit()).map(({ what }) => what.split(" ", 1)[0])).toEqual(["removed", "added"]);
  });

  it("of the configuration cannot be removed here, and unknown ones not at all", async () => {
    const answer = await send("DELETE", "/api/v1/rules/config-1");
    expect([answer.status, errorCode(answer)]).toEqual([409, "rule-of-configuration"]);
    expect(answer.text).toContain("Remove it from the document");
    const unknown = await send("DELETE", "/api/v1/rules/nobody");
    expect([unknown.status, errorCode(unknown)]).toEqual([404, "unknown-rule"]);
  });

  it.each<[string, object, string]>([
    ["a path that is none", { path: "updatedAt" }, "path"],
    ["a path beyond the status", { section: "status", path: "$.a" }, "path"],
    ["an unknown action", { action: { type: "hide" } }, "action"],
    ["a look-ahead", { action: { type: "pattern", regex: "(?=a)" } }, "regex"],
    ["a tolerance of nothing", { action: { type: "tolerance" } }, "action"],
    ["keys of a header", { section: "header", path: "x-a", action: { type: "keyed", by: ["id"] } }, "section"],
    ["a kind of a tolerance", { kind: "value", action: { type: "tolerance", absolute: 1 } }, "kind"],
    ["no reason", { reason: " " }, "reason"],
    ["a time that is over", { expiresAt: 1 }, "expiresAt"],
    ["an unknown field", { until: 1 }, "until"],
  ])("%s is refused by the name of its field", async (_, change, field) => {
    const answer = await send("POST", "/api/v1/rules", { ...RULE, ...change });
    expect([answer.status, errorCode(answer)]).toEqual([400, "invalid-request"]);
    expect(answer.text).toContain(field);
    expect(await rules()).toEqual([CONFIGURED]);
  });

  it.each<[string, object]>([
    ["$", { path: "$" }],
    ["$..*", { path: "$..*" }],
    ["any status", { section: "status", path: "$" }],
    ["any header", { section: "header", path: "*" }],
    ["types only at the root", { path: "$", action: { type: "type-only" } }],
    ["any text at any depth", { path: "$..*", action: { type: "pattern", regex: ".*" } }],
    ["only one member of everything", { endpoint: "**", path: "$.a", action: { type: "only" } }],
  ])("that hide very much need force: %s", async (_, change) => {
    const answer = await send("POST", "/api/v1/rules", { ...RULE, ...change });
    expect([answer.status, errorCode(answer)]).toEqual([422, "over-broad"]);
    expect(answer.text).toContain("force");
    expect((await send("POST", "/api/v1/rules", { ...RULE, ...change, force: true })).status).toBe(201);
  });

  it.each<[string, object]>([
    ["one name at any depth of every endpoint", { endpoint: "**", path: "$..updatedAt" }],
    ["the elements of one list", { path: "$.items[*]" }],
    ["no order anywhere", { path: "$..*", action: { type: "unordered" } }],
    ["headers of one family", { section: "header", path: "x-b3-*" }],
  ])("that name what they mean need none: %s", async (_, change) => {
    expect((await send("POST", "/api/v1/rules", { ...RULE, ...change })).status).toBe(201);
  });

  it("from another site are refused, and so are those that are no JSON", async () => {
    const foreign = await send("POST", "/api/v1/rules", RULE, { origin: "https://evil.example" });
    expect([foreign.status, errorCode(foreign)]).toEqual([403, "foreign-origin"]);
    const form = await send("POST", "/api/v1/rules", RULE, { "content-type": "text/plain" });
    expect([form.status, errorCode(form)]).toEqual([415, "json-needed"]);
    expect(await rules()).toEqual([CONFIGURED]);
  });
});

describe("reviews", () => {
  const path = `/api/v1/reviews/${encodeURIComponent(REVIEW.signature)}`;
  const entered = (): void => {
    writer.edit({ type: "review", review: REVIEW, audit: { at: 1, by: "somebody", what: "accepted" } });
  };

  it("can be changed and taken back, with a line of audit each", async () => {
    entered();
    const denied = await send("PUT", path, { decision: "denied", reason: "not at all" });
    expect([denied.status, denied.json()]).toMatchObject([
      200,
      { review: { ...REVIEW, decision: "denied", reason: "not at all", by: "127.0.0.1", at: expect.any(Number) } },
    ]);
    const gone = await send("DELETE", path);
    expect([gone.status, gone.json()]).toEqual([200, { reviews: [] }]);
    expect((await audit()).map(({ what }) => what)).toEqual([
      "took back: denied GET /users/{id}: body $.price (rounding): not at all",
      "denied GET /users/{id}: body $.price (rounding): not at all",
      "accepted",
    ]);
  });

  it("of a cause that nobody has seen are refused", async () => {
    const answer = await send("PUT", "/api/v1/reviews/unknown", { decision: "accepted", reason: "x" });
    expect([answer.status, errorCode(answer)]).toEqual([404, "unknown-cause"]);
    expect((await send("DELETE", "/api/v1/reviews/unknown")).status).toBe(404);
  });

  it("need a reason, and only an acceptance ends", async () => {
    entered();
    const noReason = await send("PUT", path, { decision: "accepted" });
    expect([noReason.status, noReason.text.includes("reason")]).toEqual([400, true]);
    const ending = await send("PUT", path, { decision: "denied", reason: "x", expiresAt: "2999-01-01" });
    expect([ending.status, ending.text.includes("expiresAt")]).toEqual([400, true]);
  });
});

describe("who", () => {
  it("had the token is named as such", async () => {
    await admin.close();
    writer.close();
    await start({ token: "secret-token" });
    const bearer = { authorization: "Bearer secret-token" };
    expect((await send("POST", "/api/v1/rules", RULE)).status).toBe(401);
    expect((await send("POST", "/api/v1/rules", RULE, bearer)).status).toBe(201);
    const lines = await call(admin, "/api/v1/audit?limit=1", { headers: bearer });
    expect(lines.json()).toMatchObject({ lines: [{ by: "admin (127.0.0.1)" }] });
  });
});

it("a change that cannot be stored is 503 with what to do, and nothing is shown as if it were", async () => {
  await admin.close();
  admin = await startTestAdmin({
    config: configWith({}, join(folder, "shadowdiff.db")),
    readStore: () => openSqliteReader(join(folder, "shadowdiff.db")),
    edit: () => Promise.resolve("database or disk is full"),
  });
  const answer = await send("POST", "/api/v1/rules", RULE);
  expect([answer.status, errorCode(answer)]).toEqual([503, "store-unavailable"]);
  expect(answer.text).toContain("database or disk is full");
  expect(answer.text).toContain("free space on its disk");
  expect(await rules()).toEqual([]);
});
