import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reviewPreviewSchema } from "../../../src/admin/schemas/review-schema.ts";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { AdminConfig } from "../../../src/model/config.ts";
import type { AuditEntry, Review } from "../../../src/model/review.ts";
import type { Report } from "../../../src/model/report.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { batch, outcome } from "../../store/store-fixture.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";

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
  endpoints: ["GET /users/{id}"],
  title: "body $.price (rounding)",
  fields: [{ section: "body", path: "$.price", kind: "value", relation: "rounding" }],
  reason: "agreed",
  by: "127.0.0.1",
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
  await writer.beginRun(RUN);
  admin = await startTestAdmin(
    {
      config: configWith(config, path),
      readStore: async () => openSqliteReader(path),
      current: () => ({ ...configWith(config, path), compare: { ...compare, rules: [CONFIGURED] } }),
      edit: async (edit) => {
        await writer.edit(edit);
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
  await writer.close();
  rmSync(folder, { recursive: true });
});

function send(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiResponse> {
  return call(admin, path, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** The same difference of the body on some endpoints. */
async function commitBody(id: string, endpoints: readonly string[]): Promise<void> {
  const outcomes = endpoints.map((endpoint) => outcome({ endpoint, fields: [body("$.a")], count: 9 }));
  await writer.commit(RUN.id, [batch(id, { outcomes })]);
}

async function rules(): Promise<readonly Rule[]> {
  return ((await call(admin, "/api/v1/rules")).json() as { rules: Rule[] }).rules;
}

async function audit(): Promise<readonly AuditEntry[]> {
  return ((await call(admin, "/api/v1/audit")).json() as { lines: AuditEntry[] }).lines;
}

describe("rules", () => {
  it("lists the rules of the configuration, then the added ones with author and time", async () => {
    const before = Date.now();
    const response = await send("POST", "/api/v1/rules", { ...RULE, owner: "team-a", expiresAt: "2999-01-31" });
    expect(response.status).toBe(201);
    const { rule } = response.json() as { rule: Rule };
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
        what: "added the ignore rule for GET /users/{id}: body $.updatedAt until 2999-01-31: the clock",
      },
    ]);
  });

  it("takes a rule with as many long paths as a rule may have", async () => {
    const path = Array.from({ length: 500 }, (_, index) => `$.${"member".repeat(40)}.m${index}`);
    expect((await send("POST", "/api/v1/rules", { ...RULE, path })).status).toBe(201);
    expect((await rules()).at(-1)?.path).toEqual(path);
  });

  it("removes a rule and writes an audit entry", async () => {
    const { rule } = (await send("POST", "/api/v1/rules", RULE)).json() as { rule: Rule };
    const response = await send("DELETE", `/api/v1/rules/${rule.id}`);
    expect([response.status, response.json()]).toEqual([200, { rules: [CONFIGURED] }]);
    expect((await audit()).map(({ what }) => what.split(" ", 1)[0])).toEqual(["removed", "added"]);
  });

  it("rejects the removal of a configured or an unknown rule", async () => {
    const response = await send("DELETE", "/api/v1/rules/config-1");
    expect([response.status, errorCode(response)]).toEqual([409, "rule-of-configuration"]);
    expect(response.text).toContain("Remove it from the configuration file");
    const unknown = await send("DELETE", "/api/v1/rules/unknown");
    expect([unknown.status, errorCode(unknown)]).toEqual([404, "unknown-rule"]);
  });

  it.each<[string, object, string]>([
    ["a malformed path", { path: "updatedAt" }, "path"],
    ["a path in the status section", { section: "status", path: "$.a" }, "path"],
    ["an unknown action", { action: { type: "hide" } }, "action"],
    ["a look-ahead", { action: { type: "pattern", regex: "(?=a)" } }, "regex"],
    ["a tolerance without a limit", { action: { type: "tolerance" } }, "action"],
    ["keys for a header", { section: "header", path: "x-a", action: { type: "keyed", by: ["id"] } }, "section"],
    ["a kind for a tolerance", { kind: "value", action: { type: "tolerance", absolute: 1 } }, "kind"],
    ["no reason", { reason: " " }, "reason"],
    ["an expiry in the past", { expiresAt: 1 }, "expiresAt"],
    ["an unknown field", { until: 1 }, "until"],
  ])("rejects %s and names the field", async (_, change, field) => {
    const response = await send("POST", "/api/v1/rules", { ...RULE, ...change });
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
    expect(response.text).toContain(field);
    expect(await rules()).toEqual([CONFIGURED]);
  });

  it.each<[string, object]>([
    ["$", { path: "$" }],
    ["$..*", { path: "$..*" }],
    ["any status", { section: "status", path: "$" }],
    ["any header", { section: "header", path: "*" }],
    ["types only at the root", { path: "$", action: { type: "type-only" } }],
    ["any text at any depth", { path: "$..*", action: { type: "pattern", regex: ".*" } }],
    ["an only rule for one member on every endpoint", { endpoint: "**", path: "$.a", action: { type: "only" } }],
  ])("requires force for an over-broad rule: %s", async (_, change) => {
    const response = await send("POST", "/api/v1/rules", { ...RULE, ...change });
    expect([response.status, errorCode(response)]).toEqual([422, "over-broad"]);
    expect(response.text).toContain("force");
    expect((await send("POST", "/api/v1/rules", { ...RULE, ...change, force: true })).status).toBe(201);
  });

  it.each<[string, object]>([
    ["one name at any depth of every endpoint", { endpoint: "**", path: "$..updatedAt" }],
    ["the elements of one list", { path: "$.items[*]" }],
    ["unordered at every path", { path: "$..*", action: { type: "unordered" } }],
    ["headers of one family", { section: "header", path: "x-b3-*" }],
  ])("requires no force for a specific rule: %s", async (_, change) => {
    expect((await send("POST", "/api/v1/rules", { ...RULE, ...change })).status).toBe(201);
  });

  it("rejects rules from another site, and rules that are not JSON", async () => {
    const foreign = await send("POST", "/api/v1/rules", RULE, { origin: "https://evil.example" });
    expect([foreign.status, errorCode(foreign)]).toEqual([403, "foreign-origin"]);
    const form = await send("POST", "/api/v1/rules", RULE, { "content-type": "text/plain" });
    expect([form.status, errorCode(form)]).toEqual([415, "json-needed"]);
    expect(await rules()).toEqual([CONFIGURED]);
  });
});

it("adds and returns a rule with several paths, and names those that never match", async () => {
  const added = await send("POST", "/api/v1/rules", { ...RULE, path: [" $.a", "$.m.1001", "$.a"] });
  expect([added.status, added.json()]).toMatchObject([
    201,
    {
      rule: { path: ["$.a", "$.m.1001"] },
      warnings: [expect.stringMatching(/^path \$\.m\.1001: never matches: the key 1001 is data/)],
    },
  ]);
  expect((await rules()).map(({ path }) => path)).toEqual(["x-request-id", ["$.a", "$.m.1001"]]);
  const wrong = await send("POST", "/api/v1/rules", { ...RULE, path: ["$.a", "b"] });
  expect([wrong.status, wrong.text.includes("path/1 is not a path")]).toEqual([400, true]);
});

describe("reviews", () => {
  const path = `/api/v1/reviews/${encodeURIComponent(REVIEW.signature)}`;
  const addReview = async (): Promise<void> => {
    await writer.edit({
      type: "reviews",
      put: [REVIEW],
      remove: [],
      audit: { at: 1, by: "127.0.0.1", what: "accepted" },
    });
  };

  it("replaces and removes a review, with an audit entry each", async () => {
    await addReview();
    const denied = await send("PUT", path, { decision: "denied", reason: "not at all" });
    expect([denied.status, denied.json()]).toMatchObject([
      200,
      { review: { ...REVIEW, decision: "denied", reason: "not at all", by: "127.0.0.1", at: expect.any(Number) } },
    ]);
    const gone = await send("DELETE", path);
    expect([gone.status, gone.json()]).toEqual([200, { reviews: [] }]);
    expect((await audit()).map(({ what }) => what)).toEqual([
      "removed the review: denied GET /users/{id}: body $.price (rounding): not at all",
      "denied GET /users/{id}: body $.price (rounding): not at all",
      "accepted",
    ]);
  });

  it("reviews headers of several endpoints once for all of them", async () => {
    const fields = [header("vary"), header("x-powered-by")];
    const outcomes = ["GET /a", "GET /b"].map((endpoint) => outcome({ endpoint, fields, count: 9 }));
    await writer.commit(RUN.id, [batch("1", { outcomes })]);
    const [cause] = await causes();
    const accepted = await send("PUT", `/api/v1/reviews/${cause?.signature}`, { decision: "accepted", reason: "new" });
    expect(accepted.json()).toMatchObject({ review: { endpoints: ["**"], fields: [{ path: "vary" }, {}] } });
    expect(await causes()).toMatchObject([
      { state: "accepted", endpoints: 2 },
      { state: "accepted", endpoints: 2 },
    ]);
    expect((await audit()).map(({ what }) => what)).toEqual([
      "accepted on all endpoints: header vary, x-powered-by (removed): new",
    ]);
  });

  it("ignores a body only on endpoints that show it, so that it still counts on another one later", async () => {
    await commitBody("1", ["GET /a", "GET /b", "POST /c", "GET /d"]);
    const cause = (await causes())[0]?.signature ?? "";
    const drafts = [{ ...RULE, endpoint: "* /**", path: "$.a", cause }];
    const preview = await send("POST", "/api/v1/rules/preview", { rules: drafts });
    expect(preview.json()).toMatchObject({ differences: 36, endpoints: [{}, {}, {}, {}], counting: { after: 0 } });

    const added = await send("POST", "/api/v1/rules/batch", { rules: drafts });
    const { rules: own } = added.json() as { rules: Rule[] };
    expect([added.status, own.map(({ endpoint }) => endpoint)]).toEqual([
      201,
      ["GET /a", "GET /b", "GET /d", "POST /c"],
    ]);
    expect((await causes()).map(({ rule }) => rule === null)).toEqual([false, false, false, false]);
    await commitBody("2", ["GET /e"]);
    expect((await causes()).filter(({ rule }) => rule === null)).toMatchObject([{ state: "new", count: 9 }]);

    const undone = await send("POST", "/api/v1/rules/batch/undo", { ids: own.map(({ id }) => id) });
    expect([undone.status, undone.json()]).toEqual([200, { rules: [CONFIGURED] }]);
    expect((await causes()).filter(({ rule }) => rule === null)).toHaveLength(5);
    expect((await audit()).map(({ what }) => what)).toEqual([
      "removed 4 rules, such as the ignore rule for GET /a: body $.a: the clock",
      "added 4 rules, such as the ignore rule for GET /a: body $.a: the clock",
    ]);

    const unknown = await send("POST", "/api/v1/rules/batch", { rules: [...drafts, { ...RULE, cause: "unknown" }] });
    expect([unknown.status, errorCode(unknown), await rules()]).toEqual([404, "unknown-cause", [CONFIGURED]]);
  });

  it("reviews several causes with one request and one reason, and undoes them together", async () => {
    const outcomes = ["$.a", "$.b", "$.c"].map((at) =>
      outcome({ endpoint: at.slice(2), fields: [body(at)], count: 9 }),
    );
    await writer.commit(RUN.id, [batch("1", { outcomes })]);
    const [first = "", second = "", third = ""] = (await causes()).map(({ signature }) => signature);
    const states = async () => (await causes()).map(({ state }) => state);
    await send("PUT", `/api/v1/reviews/${first}`, { decision: "denied", reason: "money" });

    const signatures = [first, second, second];
    const accepted = await send("POST", "/api/v1/reviews", { signatures, decision: "accepted", reason: "agreed" });
    expect([accepted.status, accepted.json()]).toMatchObject([
      200,
      {
        reviews: [first, second].map((signature) => ({ signature, decision: "accepted", reason: "agreed" })),
        replaced: [{ signature: first, decision: "denied", reason: "money" }],
      },
    ]);
    expect((await states()).toSorted()).toEqual(["accepted", "accepted", "new"]);
    const { replaced } = accepted.json() as { replaced: Review[] };
    const restore = replaced.map(({ signature, decision, reason, expiresAt }) => ({
      signature,
      decision,
      reason,
      expiresAt,
    }));
    const undone = await send("POST", "/api/v1/reviews/batch/undo", { signatures: [first, second], restore });
    expect([undone.status, undone.json()]).toMatchObject([
      200,
      { reviews: [{ signature: first, decision: "denied", reason: "money" }] },
    ]);
    expect((await states()).toSorted()).toEqual(["denied", "new", "new"]);
    expect((await audit()).map(({ what }) => what.replace(/causes?:.*:/, "causes: …:")).slice(0, 2)).toEqual([
      "undid: accepted 2 causes: …: agreed",
      "accepted 2 causes: …: agreed",
    ]);

    const unknown = await send("POST", "/api/v1/reviews", {
      signatures: [third, "unknown"],
      decision: "accepted",
      reason: "x",
    });
    expect([unknown.status, errorCode(unknown)]).toEqual([404, "unknown-cause"]);
    expect((await states()).toSorted()).toEqual(["denied", "new", "new"]);
    const nothing = await send("POST", "/api/v1/reviews/batch/undo", { signatures: [third] });
    expect([nothing.status, errorCode(nothing)]).toEqual([404, "unknown-cause"]);
  });

  it("previews a review without storing it", async () => {
    await writer.commit(RUN.id, [batch("1", { outcomes: [outcome({ fields: [body("$.a")], count: 9 })] })]);
    const [cause] = await causes();
    const preview = await send("POST", "/api/v1/reviews/batch/preview", {
      signatures: [cause?.signature],
      decision: "accepted",
    });
    expect([preview.status, reviewPreviewSchema.parse(preview.json())]).toMatchObject([
      200,
      { exchanges: 9, counting: { before: 9, after: 0 }, verdict: { before: expect.any(String) } },
    ]);
    expect((await causes())[0]?.state).toBe("new");
  });

  it("reviews a status of several endpoints once, for those that have it, and keeps them when the review is renewed", async () => {
    const flip = { section: "status", path: "200->404", kind: "status", mark: "raw" } as const;
    const commit = (id: string, endpoints: readonly string[]) =>
      writer.commit(RUN.id, [
        batch(id, { outcomes: endpoints.map((endpoint) => outcome({ endpoint, fields: [flip], count: 9 })) }),
      ]);
    const accept = async (more: object = {}) => {
      const { signature } = (await causes())[0] ?? {};
      return send("PUT", `/api/v1/reviews/${signature}`, { decision: "accepted", reason: "gone", ...more });
    };
    await commit("1", ["GET /a", "GET /b"]);
    expect((await accept()).json()).toMatchObject({ review: { endpoints: ["GET /a", "GET /b"] } });
    expect((await audit())[0]?.what).toBe("accepted on 2 endpoints: break: status 200 → 404: gone");
    await commit("2", ["GET /c"]);
    expect(
      (await causes()).map(({ state, isNewHere, endpoints, review }) => [state, isNewHere, endpoints, review?.covers]),
    ).toEqual([
      ["changed", true, 3, 2],
      ["accepted", false, 3, 2],
      ["accepted", false, 3, 2],
    ]);
    const denied = await accept({ decision: "denied", endpoints: ["GET /c"] });
    expect((await causes()).map(({ state }) => state)).toEqual(["denied", "accepted", "accepted"]);
    await send("DELETE", `/api/v1/reviews/${(denied.json() as { review: Review }).review.signature}`);
    expect((await accept()).json()).toMatchObject({ review: { endpoints: ["GET /a", "GET /b", "GET /c"] } });
    expect((await causes()).map(({ state }) => state)).toEqual(["accepted", "accepted", "accepted"]);
    expect((await accept({ endpoints: ["GET /unknown"] })).status).toBe(404);
  });

  it("rejects a review of an unknown cause", async () => {
    const response = await send("PUT", "/api/v1/reviews/unknown", { decision: "accepted", reason: "x" });
    expect([response.status, errorCode(response)]).toEqual([404, "unknown-cause"]);
    expect((await send("DELETE", "/api/v1/reviews/unknown")).status).toBe(404);
  });

  it("requires a reason, and allows an expiry only for accepted causes", async () => {
    await addReview();
    const noReason = await send("PUT", path, { decision: "accepted" });
    expect([noReason.status, noReason.text.includes("reason")]).toEqual([400, true]);
    const ending = await send("PUT", path, { decision: "denied", reason: "x", expiresAt: "2999-01-01" });
    expect([ending.status, ending.text.includes("expiresAt")]).toEqual([400, true]);
  });
});

function body(path: string) {
  return { section: "body", path, kind: "value", mark: "raw" } as const;
}

function header(name: string) {
  return { section: "header", path: name, kind: "missing", mark: "raw" } as const;
}

async function causes() {
  return ((await call(admin, "/api/v1/report")).json() as Report).endpoints.flatMap((endpoint) => endpoint.causes);
}

describe("the author of a change", () => {
  it("is marked as admin if the listener requires a token", async () => {
    await admin.close();
    await writer.close();
    await start({ token: "secret-token" });
    const bearer = { authorization: "Bearer secret-token" };
    expect((await send("POST", "/api/v1/rules", RULE)).status).toBe(401);
    expect((await send("POST", "/api/v1/rules", RULE, bearer)).status).toBe(201);
    const lines = await call(admin, "/api/v1/audit?limit=1", { headers: bearer });
    expect(lines.json()).toMatchObject({ lines: [{ by: "admin (127.0.0.1)" }] });
  });
});

it("responds 503 with a remedy if a change cannot be stored, and does not list it", async () => {
  await admin.close();
  admin = await startTestAdmin({
    config: configWith({}, join(folder, "shadowdiff.db")),
    readStore: async () => openSqliteReader(join(folder, "shadowdiff.db")),
    edit: () => Promise.resolve("database or disk is full"),
  });
  const response = await send("POST", "/api/v1/rules", RULE);
  expect([response.status, errorCode(response)]).toEqual([503, "store-unavailable"]);
  expect(response.text).toContain("database or disk is full");
  expect(response.text).toContain("free space on its disk");
  expect(await rules()).toEqual([]);
});
