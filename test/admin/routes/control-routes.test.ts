import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MirrorControl } from "../../../src/admin/mirror-control.ts";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { ControlView } from "../../../src/model/control.ts";
import { call, errorCode, routeTo, startTestAdmin, createTestControl, type ApiResponse } from "../admin-fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };
const MIRRORING = "/api/v1/control/mirroring";
const PERCENT = "/api/v1/control/percent";

let admin: Admin;
let control: MirrorControl;

beforeEach(async () => {
  control = createTestControl([routeTo("default", [{ subset: "v2", percent: 100 }])]);
  admin = await startTestAdmin({ control });
});
afterEach(() => admin.close());

function put(path: string, body: object, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<ApiResponse> {
  return call(admin, path, { method: "PUT", headers, body: JSON.stringify(body) });
}

describe("the control routes", () => {
  it("return what is mirrored", async () => {
    const response = await call(admin, "/api/v1/control");
    expect([response.status, response.json()]).toEqual([200, control.view()]);
  });

  it("pause and resume, and return the new state", async () => {
    const paused = await put(MIRRORING, { paused: true });
    expect([paused.status, (paused.json() as ControlView).paused, control.paused]).toEqual([200, true, true]);
    const { changes } = paused.json() as ControlView;
    expect(changes).toMatchObject([{ what: "mirroring", before: "on", after: "paused", by: "127.0.0.1" }]);
    const resumed = await put(MIRRORING, { paused: false });
    expect([(resumed.json() as ControlView).paused, control.paused]).toEqual([false, false]);
  });

  it.each([0, 0.0001, 0.0003, 1.1, 4.35, 33.3333, 99.9999, 100])("accept %s %%", async (percent) => {
    const response = await put(PERCENT, { route: "default", candidate: "v2", percent });
    expect([response.status, control.view().candidates[0]?.effective]).toEqual([200, percent]);
  });

  it("restore the configured percentage", async () => {
    await put(PERCENT, { route: "default", candidate: "v2", percent: 5 });
    const response = await put(PERCENT, { route: "default", candidate: "v2", percent: null });
    expect((response.json() as ControlView).candidates).toEqual([
      { route: "default", candidate: "v2", configured: 100, override: null, effective: 100, breaker: null },
    ]);
  });

  it.each<[string, string, object]>([
    ["below 0", PERCENT, { route: "default", candidate: "v2", percent: -0.0001 }],
    ["above 100", PERCENT, { route: "default", candidate: "v2", percent: 100.0001 }],
    ["finer than 0.0001", PERCENT, { route: "default", candidate: "v2", percent: 0.00005 }],
    ["text instead of a number", PERCENT, { route: "default", candidate: "v2", percent: "5" }],
    ["no percent", PERCENT, { route: "default", candidate: "v2" }],
    ["an unknown field", PERCENT, { route: "default", candidate: "v2", percent: 5, minutes: 10 }],
    ["text instead of a boolean", MIRRORING, { paused: "true" }],
    ["nothing", MIRRORING, {}],
  ])("reject %s without a change", async (_what, path, body) => {
    const response = await put(path, body);
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
    expect(control.view().changes).toEqual([]);
  });

  it("reject an unknown route or candidate", async () => {
    const response = await put(PERCENT, { route: "other", candidate: "v2", percent: 5 });
    expect([response.status, errorCode(response)]).toEqual([404, "unknown-candidate"]);
  });

  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ["a page of another site", { ...JSON_TYPE, origin: "https://evil.example" }, 403, "foreign-origin"],
    ["another site by fetch metadata", { ...JSON_TYPE, "sec-fetch-site": "cross-site" }, 403, "foreign-origin"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415, "json-needed"],
    ["plain text", { "content-type": "text/plain" }, 415, "json-needed"],
  ])("reject %s", async (_who, headers, status, code) => {
    const response = await put(MIRRORING, { paused: true }, headers);
    expect([response.status, errorCode(response), control.paused]).toEqual([status, code, false]);
  });

  it("require the token if one is set", async () => {
    const locked = await startTestAdmin({ control }, { token: "secret" });
    const body = JSON.stringify({ paused: true });
    const without = await call(locked, MIRRORING, { method: "PUT", headers: JSON_TYPE, body });
    expect([without.status, errorCode(without), control.paused]).toEqual([401, "token-needed", false]);
    expect((await call(locked, "/api/v1/control")).status).toBe(401);
    const headers = { ...JSON_TYPE, authorization: "Bearer secret" };
    expect((await call(locked, MIRRORING, { method: "PUT", headers, body })).status).toBe(200);
    expect(control.paused).toBe(true);
    await locked.close();
  });

  it("work without a database", async () => {
    expect((await call(admin, "/api/v1/runs")).status).toBe(503);
    expect((await put(MIRRORING, { paused: true })).status).toBe(200);
  });
});
