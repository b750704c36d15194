import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MirrorControl } from "../../../src/admin/mirror-control.ts";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { ControlView } from "../../../src/model/control.ts";
import { call, errorCode, routeTo, startTestAdmin, testDesk, type Answer } from "../admin-fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };
const MIRRORING = "/api/v1/control/mirroring";
const PERCENT = "/api/v1/control/percent";

let admin: Admin;
let desk: MirrorControl;

beforeEach(async () => {
  desk = testDesk([routeTo("default", [{ subset: "v2", percent: 100 }])]);
  admin = await startTestAdmin({ control: desk });
});
afterEach(() => admin.close());

function put(path: string, body: object, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<Answer> {
  return call(admin, path, { method: "PUT", headers, body: JSON.stringify(body) });
}

describe("the control routes", () => {
  it("tell what is mirrored", async () => {
    const answer = await call(admin, "/api/v1/control");
    expect([answer.status, answer.json()]).toEqual([200, desk.view()]);
  });

  it("pause and resume, and answer what holds now", async () => {
    const paused = await put(MIRRORING, { paused: true });
    expect([paused.status, (paused.json() as ControlView).paused, desk.paused]).toEqual([200, true, true]);
    const { changes } = paused.json() as ControlView;
    expect(changes).toMatchObject([{ what: "mirroring", before: "on", after: "paused", by: "127.0.0.1" }]);
    const resumed = await put(MIRRORING, { paused: false });
    expect([(resumed.json() as ControlView).paused, desk.paused]).toEqual([false, false]);
  });

  it.each([0, 0.0001, 0.0003, 1.1, 4.35, 33.3333, 99.9999, 100])("take %s %%", async (percent) => {
    const answer = await put(PERCENT, { route: "default", candidate: "v2", percent });
    expect([answer.status, desk.view().candidates[0]?.effective]).toEqual([200, percent]);
  });

  it("give a share back to the configuration", async () => {
    await put(PERCENT, { route: "default", candidate: "v2", percent: 5 });
    const answer = await put(PERCENT, { route: "default", candidate: "v2", percent: null });
    expect((answer.json() as ControlView).candidates).toEqual([
      { route: "default", candidate: "v2", configured: 100, override: null, effective: 100, breaker: null },
    ]);
  });

  it.each<[string, string, object]>([
    ["below 0", PERCENT, { route: "default", candidate: "v2", percent: -0.0001 }],
    ["above 100", PERCENT, { route: "default", candidate: "v2", percent: 100.0001 }],
    ["finer than 0.0001", PERCENT, { route: "default", candidate: "v2", percent: 0.00005 }],
    ["a text for a number", PERCENT, { route: "default", candidate: "v2", percent: "5" }],
    ["no percent", PERCENT, { route: "default", candidate: "v2" }],
    ["an unknown field", PERCENT, { route: "default", candidate: "v2", percent: 5, minutes: 10 }],
    ["a text for a boolean", MIRRORING, { paused: "true" }],
    ["nothing", MIRRORING, {}],
  ])("refuse %s and change nothing", async (_what, path, body) => {
    const answer = await put(path, body);
    expect([answer.status, errorCode(answer)]).toEqual([400, "invalid-request"]);
    expect(desk.view().changes).toEqual([]);
  });

  it("know no other route or candidate", async () => {
    const answer = await put(PERCENT, { route: "other", candidate: "v2", percent: 5 });
    expect([answer.status, errorCode(answer)]).toEqual([404, "unknown-candidate"]);
  });

  it.each<[string, Readonly<Record<string, string>>, number, string]>([
    ["another site's page", { ...JSON_TYPE, origin: "https://evil.example" }, 403, "foreign-origin"],
    ["another site by fetch metadata", { ...JSON_TYPE, "sec-fetch-site": "cross-site" }, 403, "foreign-origin"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415, "json-needed"],
    ["a plain text", { "content-type": "text/plain" }, 415, "json-needed"],
  ])("refuse %s", async (_who, headers, status, code) => {
    const answer = await put(MIRRORING, { paused: true }, headers);
    expect([answer.status, errorCode(answer), desk.paused]).toEqual([status, code, false]);
  });

  it("need the token when there is one", async () => {
    const locked = await startTestAdmin({ control: desk }, { token: "secret" });
    const body = JSON.stringify({ paused: true });
    const without = await call(locked, MIRRORING, { method: "PUT", headers: JSON_TYPE, body });
    expect([without.status, errorCode(without), desk.paused]).toEqual([401, "token-needed", false]);
    expect((await call(locked, "/api/v1/control")).status).toBe(401);
    const headers = { ...JSON_TYPE, authorization: "Bearer secret" };
    expect((await call(locked, MIRRORING, { method: "PUT", headers, body })).status).toBe(200);
    expect(desk.paused).toBe(true);
    await locked.close();
  });

  it("need no database", async () => {
    expect((await call(admin, "/api/v1/runs")).status).toBe(503);
    expect((await put(MIRRORING, { paused: true })).status).toBe(200);
  });
});
