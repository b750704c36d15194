import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import type { Status } from "../../../src/model/status.ts";
import { builtDashboard, call, errorCode, INDEX_HTML, startTestAdmin, STATUS } from "../admin-fixture.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

describe("the dashboard", () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = await startTestAdmin({ webRoot: builtDashboard() });
  });
  afterAll(() => admin.close());

  it.each([
    "/",
    "/latency",
    "/endpoint?endpoint=GET%20%2Fusers%2F%7Bid%7D",
    "/endpoints/GET%20%2Fusers%2F%7Bid%7D",
    "/endpoints/GET%20%2Fa%2F..%2Fb",
    "/sample/0197-a.b",
  ])("returns the page to a browser on %s", async (path) => {
    const response = await call(admin, path, { headers: BROWSER });
    expect([response.status, response.headers["content-type"], response.text]).toEqual([
      200,
      "text/html; charset=utf-8",
      INDEX_HTML,
    ]);
  });

  it.each(["/api/v1/nothing", "/api", "/assets/gone.js", "/livez/x", "/metrics/x", "/app.js"])(
    "does not return the page on %s",
    async (path) => {
      const response = await call(admin, path, { headers: BROWSER });
      expect([response.status, errorCode(response)]).toEqual([404, "not-found"]);
    },
  );

  it("does not return the page to a client that does not accept HTML", async () => {
    expect((await call(admin, "/latency", { headers: { accept: "application/json" } })).status).toBe(404);
    expect((await call(admin, "/latency", { method: "DELETE", headers: BROWSER })).status).toBe(404);
  });

  it("allows caching of files with a content hash only", async () => {
    const script = await call(admin, "/assets/index-abc123.js");
    expect([script.status, script.text]).toEqual([200, "start();"]);
    expect(script.headers["content-type"]).toBe("application/javascript; charset=utf-8");
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const icon = await call(admin, "/favicon.svg");
    expect([icon.status, icon.text, icon.headers["cache-control"]]).toEqual([200, "<svg/>", "no-store"]);
    expect(icon.headers["content-type"]).toBe("image/svg+xml");
  });

  it("explains how to build it while it is missing, and works once it is built", async () => {
    const webRoot = mkdtempSync(join(tmpdir(), "shadowdiff-web-"));
    const unbuilt = await startTestAdmin({ webRoot });
    const before = await call(unbuilt, "/", { headers: BROWSER });
    expect(before.status).toBe(503);
    expect(before.text).toContain("Build the dashboard with <code>npm run build:web</code>");
    writeFileSync(join(webRoot, "index.html"), INDEX_HTML);
    const after = await call(unbuilt, "/", { headers: BROWSER });
    expect([after.status, after.text]).toEqual([200, INDEX_HTML]);
    await unbuilt.close();
  });
});

async function probe(path: string, status: Partial<Status>): Promise<[number, unknown]> {
  const admin = await startTestAdmin({ status: () => ({ ...STATUS, ...status }) });
  const response = await call(admin, path);
  await admin.close();
  return [response.status, response.json()];
}

describe("the probes", () => {
  const brokenStore = { store: { path: "shadowdiff.db", error: "disk full" } };

  it("reports a live process in every state", async () => {
    expect(await probe("/livez", { ready: false, draining: true, ...brokenStore })).toEqual([200, { status: "ok" }]);
  });

  it("reports ready while clients are served, also without a database, but not during shutdown", async () => {
    expect(await probe("/readyz", {})).toEqual([200, { status: "ok" }]);
    expect(await probe("/readyz", brokenStore)).toEqual([200, { status: "ok" }]);
    expect(await probe("/readyz", { ready: false })).toEqual([503, { status: "starting" }]);
    expect(await probe("/readyz", { draining: true })).toEqual([503, { status: "draining" }]);
  });

  it("reports degraded health with 200 if the store fails", async () => {
    expect(await probe("/healthz", {})).toEqual([200, { health: "ok", ...STATUS }]);
    expect(await probe("/healthz", brokenStore)).toEqual([200, { health: "degraded", ...STATUS, ...brokenStore }]);
    expect(await probe("/healthz", { draining: true })).toEqual([
      200,
      { health: "draining", ...STATUS, draining: true },
    ]);
  });
});

describe("GET /metrics", () => {
  it("returns the metrics with their media type", async () => {
    const admin = await startTestAdmin();
    const response = await call(admin, "/metrics");
    expect([response.status, response.text]).toEqual([200, "up 1\n"]);
    expect(response.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    await admin.close();
  });

  it("does not disclose the message of an internal error", async () => {
    const admin = await startTestAdmin({ metrics: () => Promise.reject(new Error("a private detail")) });
    const response = await call(admin, "/metrics");
    expect([response.status, errorCode(response)]).toEqual([500, "internal"]);
    expect(response.text).not.toContain("private");
    await admin.close();
  });
});

describe("while the database cannot be opened", () => {
  it.each([
    "/api/v1/runs",
    "/api/v1/report",
    "/api/v1/overview",
    "/api/v1/endpoints",
    "/api/v1/endpoint?name=x",
    "/api/v1/timeline",
    "/api/v1/latency",
    "/api/v1/samples",
    "/api/v1/samples/x",
  ])("responds 503 with the reason on %s", async (path) => {
    const admin = await startTestAdmin();
    const response = await call(admin, path);
    expect(response.status).toBe(503);
    expect(response.json()).toEqual({
      error: {
        code: "store-unavailable",
        message: "The store cannot be read: no database in this test.",
        remedy:
          "Clients are still served. Make the store work: a file must be readable and writable with free space on its disk, a database must be reachable and accept writes.",
      },
    });
    expect((await call(admin, "/api/v1/status")).json()).toEqual(STATUS);
    await admin.close();
  });
});

describe("startAdmin", () => {
  it("fails if the port is in use", async () => {
    const first = await startTestAdmin();
    const second = startTestAdmin({}, { listen: { host: "127.0.0.1", port: first.port } });
    await expect(second).rejects.toThrow("EADDRINUSE");
    await first.close();
  });
});

it("is loaded with the next request if it could not be loaded with the first", async () => {
  let canLoad = false;
  const status = (): Status => {
    if (canLoad) return STATUS;
    throw new Error("too many open files");
  };
  const admin = await startTestAdmin({ status });
  const first = await call(admin, "/metrics");
  expect([first.status, errorCode(first)]).toEqual([500, "internal"]);
  canLoad = true;
  expect((await call(admin, "/metrics")).status).toBe(200);
  await admin.close();
});
