import { request } from "node:http";
import type { Server } from "node:http";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEcho, stopServers, urlOf } from "../integration/echo.ts";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";

/** Values of parameters that have misled databases, parsers, templates and file systems. */
const VALUES = [
  "' OR 1=1--",
  "'; DROP TABLE runs; --",
  "%",
  "_",
  "*",
  "\0",
  "a\0b",
  "../../etc/passwd",
  "..\\..\\etc\\passwd",
  "/etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "$ne",
  "{{7*7}}",
  "${7*7}",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b",
  "-1",
  "1e999",
  "NaN",
  "9007199254740993",
  "\u202e",
  "🙂".repeat(50),
  "x".repeat(4_000),
];
const RAW_VALUES = ["%zz", "%", "%c0%af", "%ed%a0%80", "%ff", "a&run=b&run=c", "[]=x"];
/** Bodies of changes that must change nothing. */
const BODIES = [
  "",
  "{",
  "null",
  "[]",
  "5",
  '"text"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
  `{"name":"${"x".repeat(100_000)}"}`,
  '{"name":5,"paused":"yes","percent":"all","action":{}}',
  '{"percent":-1,"route":"default","candidate":"candidate"}',
  '{"percent":1e999,"route":"default","candidate":"candidate"}',
  '{"paused":true}\0',
  '{"token":{"$gt":""}}',
];
const CONTENT_TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/html",
];
const FOREIGN: Readonly<Record<string, string>>[] = [
  { host: "evil.example" },
  { host: "127.0.0.1.evil.example" },
  { origin: "http://evil.example" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
];
const METHODS = ["PUT", "PATCH", "DELETE", "POST", "TRACE", "PROPFIND"];
/** Refused, not found or without an effect; never an error of the server. */
const HARMLESS: ReadonlySet<number> = new Set([200, 304, 400, 401, 403, 404, 405, 409, 413, 414, 415, 421, 422, 431]);
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 411, 413, 414, 415, 421, 422, 431]);

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly in: string; readonly name: string }[];
  readonly takesBody: boolean;
}

interface OpenApi {
  readonly paths: Record<string, Record<string, { parameters?: Operation["parameters"]; requestBody?: object }>>;
}

let servers: Server[];
let shadowdiff: Shadowdiff;
let operations: Operation[];

beforeAll(async () => {
  servers = await Promise.all([startEcho("one"), startEcho("two")]);
  const [primary, candidate] = servers.map(urlOf) as [string, string];
  shadowdiff = await startShadowdiff({ args: ["--primary", primary, "--candidate", candidate] });
  for (let index = 0; index < 20; index += 1) await (await fetch(`${shadowdiff.proxy}/items/${index}`)).text();
  await shadowdiff.reportWhere((report) => isAtRest(report, 20));
  const { paths } = await shadowdiff.get<OpenApi>("/api/v1/openapi.json");
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      takesBody: requestBody !== undefined,
    })),
  );
});
afterAll(async () => {
  await shadowdiff.stop();
  stopServers(servers);
});

interface Attack {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Outcome {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends bytes that `fetch` would correct. Event streams end with their head. */
function send({ method, path, headers = {}, body = "" }: Attack): Promise<Outcome> {
  const { hostname, port } = new URL(shadowdiff.admin);
  return new Promise((resolve, reject) => {
    const framed = { ...headers, ...(body !== "" && { "content-length": Buffer.byteLength(body) }) };
    const sent = request({ hostname, port, method, path, headers: framed, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const finish = (): void => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
        response.destroy();
      };
      if (response.headers["content-type"]?.startsWith("text/event-stream") === true) return finish();
      return response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", finish);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** @returns one line for each attack whose outcome is not among the allowed ones, or which reveals the inside of the server */
async function broken(attacks: readonly Attack[], allowed: ReadonlySet<number>): Promise<string[]> {
  const lines: string[] = [];
  for (const attack of attacks) {
    const { status, headers, body } = await send(attack);
    const isRevealing = /SQLITE|at \S+ \(|node:internal|root:x:0/.test(body) || headers["set-cookie"] !== undefined;
    const isOpenToScripts = headers["content-type"]?.includes("html") === true && status !== 200;
    if (!allowed.has(status) || isRevealing || isOpenToScripts) {
      lines.push(
        `${attack.method} ${attack.path.slice(0, 100)} ${(attack.body ?? "").slice(0, 40)}: ${status} ${body.slice(0, 100)}`,
      );
    }
  }
  return lines;
}

/** Everything that an attack could have changed. */
async function state(): Promise<unknown> {
  const paths = [
    "/api/v1/rules",
    "/api/v1/reviews",
    "/api/v1/runs",
    "/api/v1/control",
    "/api/v1/audit",
    "/api/v1/report",
  ];
  const all = await Promise.all(paths.map((path) => shadowdiff.get(path)));
  return JSON.parse(
    JSON.stringify(all, (key, value: unknown) => (key === "generatedAt" || key === "now" ? undefined : value)),
  );
}

const filled = (path: string, value: string): string => path.replaceAll(/\{\w+\}/g, value);
const changesOf = (all: readonly Operation[]): readonly Operation[] => all.filter(({ method }) => method !== "GET");

describe("an attack on the admin listener is refused or has no effect", () => {
  it("values of parameters", async () => {
    const reads = operations.filter(({ method, parameters }) => method === "GET" && parameters.length > 0);
    const attacks = reads.flatMap(({ method, path, parameters }) =>
      parameters.flatMap((parameter) => {
        const values = [...VALUES.map(encodeURIComponent), ...RAW_VALUES];
        return values.map((value) =>
          parameter.in === "path"
            ? { method, path: filled(path, value) }
            : { method, path: `${filled(path, "x")}?${parameter.name}=${value}` },
        );
      }),
    );
    expect(attacks.length).toBeGreaterThan(400);
    expect(await broken(attacks, HARMLESS)).toEqual([]);
  });

  it("requests from other sites, and for other hosts", async () => {
    const before = await state();
    const attacks = operations.flatMap(({ method, path }) =>
      FOREIGN.filter((headers) => "host" in headers || method !== "GET").map((headers) => ({
        method,
        path: filled(path, "x"),
        headers: { "content-type": "application/json", ...headers },
        body: method === "GET" ? "" : "{}",
      })),
    );
    expect(await broken(attacks, new Set([403, 421]))).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it("bodies that are malformed, deep, large or of another type", async () => {
    const before = await state();
    const withBody = changesOf(operations).filter(({ takesBody }) => takesBody);
    const attacks = withBody.flatMap(({ method, path }) => {
      const target = filled(path, "x");
      const json = { "content-type": "application/json" };
      return [
        ...BODIES.map((body) => ({ method, path: target, headers: json, body })),
        ...CONTENT_TYPES.map((type) => ({ method, path: target, headers: { "content-type": type }, body: "{}" })),
        { method, path: target, headers: { ...json, "content-encoding": "gzip" }, body: "\u001f\u008b" },
        { method, path: target, headers: json, body: "x".repeat(2_000_000) },
      ];
    });
    expect(await broken(attacks, REFUSED)).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it("methods that a path does not have", async () => {
    const before = await state();
    const paths = [...new Set(operations.map(({ path }) => path))];
    const attacks = paths.flatMap((path) =>
      METHODS.filter((method) => !operations.some((one) => one.path === path && one.method === method)).map(
        (method) => ({
          method,
          path: filled(path, "x"),
          headers: { "content-type": "application/json" },
          body: "{}",
        }),
      ),
    );
    expect(await broken(attacks, REFUSED)).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it("the database is intact, prototypes are clean, and the log has no error", async () => {
    const db = new Sqlite(shadowdiff.store, { readonly: true });
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
    expect((await send({ method: "GET", path: "/api/v1/status" })).status).toBe(200);
    expect(shadowdiff.stderr()).not.toMatch(/"level":(?:50|60|"error"|"fatal")/);
  });
});
