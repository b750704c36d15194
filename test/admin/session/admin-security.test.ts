import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import {
  builtDashboard,
  call,
  configWith,
  errorCode,
  RUN,
  startTestAdmin,
  type ApiResponse,
} from "../admin-fixture.ts";

const TOKEN = "a-token-for-this-test";
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const JSON_TYPE = { "content-type": "application/json" };

let open: Admin;
let guarded: Admin;

beforeAll(async () => {
  open = await startTestAdmin({ webRoot: builtDashboard() });
  guarded = await startTestAdmin({ webRoot: builtDashboard() }, { token: TOKEN, allowedHosts: ["shadowdiff"] });
});

afterAll(async () => {
  await open.close();
  await guarded.close();
});

/** Sends raw bytes and reads until the listener closes the connection. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(open.port, "127.0.0.1", () => socket.write(text));
    let response = "";
    socket.on("data", (chunk: Buffer) => (response += chunk.toString("latin1")));
    socket.on("close", () => resolve(response));
    socket.on("error", reject);
  });
}

/** The status code of a probe with this Host. */
async function statusFor(admin: Admin, host: string): Promise<number> {
  return (await call(admin, "/livez", { headers: { host } })).status;
}

/** The status code of a cross-site GET of the dashboard. */
async function readCrossSite(headers: Record<string, string>): Promise<number> {
  return (await call(open, "/", { headers: { "sec-fetch-site": "cross-site", ...headers } })).status;
}

/** A log-in with these headers. */
function logIn(headers: Record<string, string>, body = JSON.stringify({ token: TOKEN })): Promise<ApiResponse> {
  return call(guarded, "/api/v1/session", { method: "POST", headers: { ...JSON_TYPE, ...headers }, body });
}

describe("the listen address", () => {
  it("cannot be reachable from other machines without a token", async () => {
    const start = startTestAdmin({ config: configWith({ listen: { host: "0.0.0.0", port: 0 } }) });
    await expect(start).rejects.toThrow(/^admin\.listen: 0\.0\.0\.0 can be reached from other machines/);
  });

  it("can be reachable from other machines with a token", async () => {
    const admin = await startTestAdmin({ config: configWith({ listen: { host: "0.0.0.0", port: 0 }, token: TOKEN }) });
    expect(admin.url).toBe(`http://127.0.0.1:${admin.port}`);
    expect((await call(admin, "/api/v1/status")).status).toBe(401);
    await admin.close();
  });
});

describe("a request that is not HTTP or too large", () => {
  it.each([
    [`GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 431, "header-too-large"],
    ["GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 400, "invalid-request"],
    ["NONSENSE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "invalid-request"],
  ])("%.30j: %d as an error of the API, with the security headers", async (text, status, code) => {
    const [head = "", body = ""] = (await sendRaw(text)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain(`content-security-policy: ${CSP}`);
    expect((JSON.parse(body) as { error: { code: string } }).error.code).toBe(code);
  });
});

describe("security headers", () => {
  it.each([
    "/",
    "/livez",
    "/healthz",
    "/metrics",
    "/api/v1/status",
    "/api/v1/report",
    "/api/v1/overview",
    "/api/v1/endpoints",
    "/api/v1/endpoint?name=x",
    "/api/v1/timeline",
    "/api/v1/nothing",
    "/%zz",
    "/a.txt",
  ])("are set for %s", async (path) => {
    const { headers } = await call(open, path);
    expect(headers).toMatchObject({
      "content-security-policy": CSP,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
  });

  it("are set for a foreign Host and a missing token", async () => {
    const rejected = await Promise.all([
      call(open, "/", { headers: { host: "evil.example" } }),
      call(guarded, "/api/v1/events"),
    ]);
    expect(rejected.map(({ status }) => status)).toEqual([421, 401]);
    for (const { headers } of rejected) expect(headers["content-security-policy"]).toBe(CSP);
  });
});

describe("DNS rebinding", () => {
  it.each(["/", "/livez", "/metrics", "/api/v1/status", "/api/v1/events", "/assets/index-abc123.js", "/nothing"])(
    "is prevented: 421 for a foreign Host on %s",
    async (path) => {
      const response = await call(open, path, { headers: { host: `evil.example:${open.port}` } });
      expect(response.status).toBe(421);
      expect(errorCode(response)).toBe("foreign-host");
    },
  );

  it("is prevented also with the right token", async () => {
    const headers = { host: "evil.example", authorization: `Bearer ${TOKEN}` };
    expect((await call(guarded, "/api/v1/status", { headers })).status).toBe(421);
  });

  it("does not affect loopback names and configured names", async () => {
    expect(await statusFor(open, `localhost:${open.port}`)).toBe(200);
    expect(await statusFor(open, "[::1]")).toBe(200);
    expect(await statusFor(open, "shadowdiff")).toBe(421);
    expect(await statusFor(guarded, "shadowdiff:9900")).toBe(200);
  });

  it("is prevented for two Host headers and for none", async () => {
    expect(
      await sendRaw("GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ).toMatch(/^HTTP\/1\.1 4(?:00|21) /);
    expect(await sendRaw("GET /livez HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 421 /);
  });
});

describe("cross-site requests", () => {
  it("are rejected with 403 for a POST with a foreign origin", async () => {
    const own = `http://127.0.0.1:${guarded.port}`;
    const foreign = [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${guarded.port + 1}` },
      { origin: `${own}.evil.example` },
      { origin: own, "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    const responses = await Promise.all(foreign.map((headers) => logIn(headers)));
    expect(responses.map(({ status }) => status)).toEqual(foreign.map(() => 403));
    expect(responses.map(errorCode)).toEqual(foreign.map(() => "foreign-origin"));
    expect(responses.some(({ headers }) => "set-cookie" in headers)).toBe(false);
    expect((await logIn({ origin: own, "sec-fetch-site": "same-origin" })).status).toBe(204);
  });

  it("are rejected with 403 for reads, except for following a link", async () => {
    expect(await readCrossSite({ "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" })).toBe(403);
    expect(await readCrossSite({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" })).toBe(403);
    expect(await readCrossSite({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })).toBe(200);
    expect(
      await readCrossSite({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", origin: "http://evil" }),
    ).toBe(403);
  });

  it("cannot make a change, because changes require JSON", async () => {
    const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
    const responses = await Promise.all(types.map((type) => logIn({ "content-type": type })));
    expect(responses.map(({ status }) => status)).toEqual([415, 415, 415]);
    const bare = await call(guarded, "/api/v1/session", { method: "POST" });
    expect([bare.status, errorCode(bare)]).toEqual([415, "json-needed"]);
  });

  it("can send a DELETE without a body and without a type, which no form can send, but no other one", async () => {
    const path = "/api/v1/rules/unknown";
    const status = async (headers: Record<string, string>, body?: string): Promise<number> =>
      (await call(open, path, { method: "DELETE", headers, ...(body !== undefined && { body }) })).status;
    // Accepted, but there is no database in this test.
    expect(await status({})).toBe(503);
    expect(await status({ "content-length": "0" })).toBe(503);
    expect(await status({ "content-length": "1" }, "a")).toBe(415);
    expect(await status({ "transfer-encoding": "chunked" })).toBe(415);
    expect(await status({ "content-type": "text/plain" })).toBe(415);
    expect(await status({ "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status({ origin: "https://evil.example" })).toBe(403);
  });

  it("cannot log in by GET", async () => {
    const response = await call(guarded, `/api/v1/session?token=${TOKEN}`);
    expect([response.status, response.headers["allow"]]).toEqual([405, "POST"]);
    expect(response.headers["set-cookie"]).toBe(undefined);
  });

  it("cannot be large", async () => {
    const response = await logIn({}, JSON.stringify({ token: "x".repeat(17_000) }));
    expect([response.status, errorCode(response)]).toEqual([413, "request-too-large"]);
  });

  it.each(['{"token":', "[]", '{"token":""}', '{"token":5}', '{"__proto__":{"token":"x"}}'])(
    "get 400 for the log-in %s",
    async (body) => {
      const response = await logIn({}, body);
      expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
    },
  );
});

describe("the token", () => {
  const authorization = `Bearer ${TOKEN}`;

  it("is required for everything except the probes and the files of the dashboard", async () => {
    const protectedPaths = [
      "/healthz",
      "/metrics",
      "/api/v1/status",
      "/api/v1/runs",
      "/api/v1/report",
      "/api/v1/overview",
      "/api/v1/endpoints",
      "/api/v1/endpoint?name=x",
      "/api/v1/timeline",
      "/api/v1/latency",
      "/api/v1/samples",
      "/api/v1/samples/x",
      "/api/v1/samples/x/body?role=primary",
      "/api/v1/events",
      "/api/v1/openapi.json",
    ];
    const responses = await Promise.all(protectedPaths.map((path) => call(guarded, path)));
    expect(responses.map(({ status }) => status)).toEqual(protectedPaths.map(() => 401));
    expect(responses.map(errorCode)).toEqual(protectedPaths.map(() => "token-needed"));
    expect(responses[0]?.headers["www-authenticate"]).toBe('Bearer realm="shadowdiff"');
    const openPaths = ["/livez", "/readyz", "/", "/assets/index-abc123.js", "/favicon.svg"];
    const others = await Promise.all(openPaths.map((path) => call(guarded, path)));
    expect(others.map(({ status }) => status)).toEqual(openPaths.map(() => 200));
  });

  it("gives access to API and metrics", async () => {
    const paths = ["/healthz", "/metrics", "/api/v1/status", "/api/v1/openapi.json"];
    const responses = await Promise.all(paths.map((path) => call(guarded, path, { headers: { authorization } })));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const wrong = await call(guarded, "/metrics", { headers: { authorization: `${authorization}x` } });
    expect([wrong.status, errorCode(wrong)]).toEqual([401, "token-wrong"]);
    expect(wrong.text).not.toContain(TOKEN);
  });

  it("begins a browser session", async () => {
    const logIn = (token: string, headers: Record<string, string> = {}) =>
      call(guarded, "/api/v1/session", {
        method: "POST",
        headers: { ...JSON_TYPE, ...headers },
        body: JSON.stringify({ token }),
      });
    const wrong = await logIn("wrong");
    expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([401, undefined]);
    const right = await logIn(TOKEN);
    expect([right.status, right.text]).toEqual([204, ""]);
    const [cookie = ""] = right.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const [pair = ""] = cookie.split(";");
    expect((await call(guarded, "/api/v1/status", { headers: { cookie: pair } })).json()).toMatchObject({
      runId: RUN.id,
    });
    expect((await call(guarded, "/api/v1/status", { headers: { cookie: `${pair}0` } })).status).toBe(401);
    const behindTls = await logIn(TOKEN, { origin: "https://shadowdiff", host: "shadowdiff" });
    expect(behindTls.headers["set-cookie"]?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it("is still accepted after ten wrong ones", async () => {
    const admin = await startTestAdmin({}, { token: TOKEN });
    const attempt = async (token: string): Promise<number> => {
      const body = JSON.stringify({ token });
      return (await call(admin, "/api/v1/session", { method: "POST", headers: JSON_TYPE, body })).status;
    };
    const statuses: number[] = [];
    for (let count = 0; count < 11; count += 1) statuses.push(await attempt(`guess ${count}`));
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    expect(await attempt(TOKEN)).toBe(204);
    expect((await call(admin, "/livez")).status).toBe(200);
    await admin.close();
  });
});

describe("path traversal", () => {
  it.each([
    "/..%2f..%2fetc/passwd",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cetc%5cpasswd",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/assets/..%2foutside.js",
    "/assets/%2e%2e%2foutside.js",
    "/assets/..%5coutside.js",
    "/assets/%2fetc%2fpasswd",
    "/assets//etc/passwd",
    "/assets/index-abc123.js%00.txt",
    "/assets/.hidden",
    "/assets/",
    "/assets",
    "/endpoints/..%2f..%2fetc/passwd",
    "/outside.js",
  ])("gets 404 for %s, with and without Accept: text/html", async (path) => {
    const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const responses = await Promise.all([call(open, path), call(open, path, { headers: browser })]);
    expect(responses.map(({ status }) => status)).toEqual([404, 404]);
    expect(responses.map(errorCode)).toEqual(["not-found", "not-found"]);
  });

  it("gets 400 for a path that cannot be decoded", async () => {
    const response = await call(open, "/%zz");
    expect([response.status, errorCode(response)]).toEqual([400, "invalid-request"]);
  });
});
