import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { AccountingCount } from "../../../src/model/accounting.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { Report } from "../../../src/model/report.ts";
import type { Run } from "../../../src/model/run.ts";
import { parseOutput, type ReportOutput } from "../../../src/commands/report/report-outputs.ts";
import { runReport, type ReportOptions } from "../../../src/commands/report/run-report.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { startTestAdmin } from "../../admin/admin-fixture.ts";
import { batch } from "../../store/store-fixture.ts";

const GATE = {
  parity: 0.9,
  latencyRatio: 1.1,
  minCompared: 100,
  errorRate: 0.01,
  minSuccess: 0.5,
  minEndpoints: 1,
  coverage: [],
  endpoints: [],
};
const MINUTE = 29_000_000;

let folder = "";
let store = "";

function run(id: string, name: string, startedAt: number, candidates: readonly string[]): Run {
  const versions = { primary: "v1", candidates, secondary: null };
  return { id, name, startedAt, endedAt: null, labels: {}, ...versions, gate: GATE, rules: [] };
}

function rows(
  candidate: string,
  agreeing: number,
  differing: number,
): { outcomes: OutcomeCount[]; accounting: AccountingCount[] } {
  const at = { minute: MINUTE, candidate };
  const place = {
    slot: MINUTE * SLOTS_PER_MINUTE,
    candidate,
    route: "default",
    endpoint: "GET /a",
    paired: true,
    overflow: false,
  };
  const difference = { section: "body", path: "$.price", kind: "value", mark: "raw" } as const;
  const all = agreeing + differing;
  return {
    // Spread over time: a burst would count as one event.
    outcomes: Array.from({ length: all }, (_, index) => ({
      ...place,
      slot: place.slot + index * 8,
      fields: index < agreeing ? [] : [difference],
      count: 1,
      queries: new Map([["", 1]]),
    })),
    accounting: [
      { ...at, fate: "received", reason: "", count: all },
      { ...at, fate: "mirrored", reason: "", count: all },
    ],
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-report-"));
  store = join(folder, "store.db");
  const writer = openSqliteWriter(store, {
    maxEndpoints: 10,
    maxSegmentValues: 100,
    maxDifferenceSets: 10,
    samplesPerDifference: 0,
    retention: { maxAgeMs: 1e12, maxBytes: 1e9 },
  });
  const write = async (of: Run, counts: ReturnType<typeof rows>): Promise<void> => {
    await writer.beginRun(of);
    await writer.commit(of.id, [batch(`${of.id}-1`, counts)]);
  };
  await write(run("r1", "first", 1000, ["v2"]), rows("v2", 0, 50));
  await write(run("r2", "few", 2000, ["v2"]), rows("v2", 50, 0));
  await write(run("r3", "two candidates", 3000, ["v2", "v3"]), rows("v3", 150, 0));
  await write(run("r4", "r4", 4000, ["v2"]), rows("v2", 150, 0));
  await write(run("r5", "r5", 500, ["v2"]), rows("v2", 0, 150));
  await write(run("r6", "first", 400, ["v2"]), rows("v2", 0, 150));
  await writer.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function report(options: Partial<ReportOptions>): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runReport({ format: "text", gate: false, color: false, ...options }, io);
  return { code, out, err };
}

/** A server of JSON; ends with the test. @returns its URL */
async function serveJson(respond: (target: string) => object): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(respond(request.url ?? "")));
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("report from a store", () => {
  it("prints the newest run and exits with 0, regardless of the verdict", async () => {
    const { code, out, err } = await report({ store });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^verdict: pass\n {2}150 of 150 responses agree .*\n {2}only one endpoint .*\n {2}candidate v2, run r4, /,
    );
    expect((await report({ store, run: "r1" })).code).toBe(0);
  });

  it("reports on the run that ended last while the newest is empty, and says so", async () => {
    const path = join(folder, "switched.db");
    const writer = openSqliteWriter(path, {
      maxEndpoints: 10,
      maxSegmentValues: 100,
      maxDifferenceSets: 10,
      samplesPerDifference: 0,
      retention: { maxAgeMs: 1e12, maxBytes: 1e9 },
    });
    const next = run("r2", "r2", 2000, ["v2"]);
    await writer.beginRun(run("r1", "build 41", 1000, ["v2"]));
    await writer.commit("r1", [batch("r1-1", rows("v2", 150, 0))]);
    await writer.endRun("r1", 2000, next);
    await writer.close();
    const { out, err } = await report({ store: path });
    expect(out).toContain("candidate v2, run build 41 (r1), started");
    expect(err).toBe(
      "the newest run, r2, has no requests: this is the report of build 41 (r1), which ended last; --run current reports on the newest\n",
    );
    for (const wanted of ["current", "r2"]) {
      const chosen = await report({ store: path, run: wanted });
      expect([chosen.out.includes("run r2, started"), chosen.err]).toEqual([true, ""]);
    }
    const { out: empty } = await report({ store: path, run: "r2", format: "json" });
    const { out: full } = await report({ store: path, run: "r1", format: "json" });
    const reader = openSqliteReader(path);
    const runs = { current: "r2", runs: await reader.runs() };
    await reader.close();
    const url = await serveJson((target) => {
      if (target.startsWith("/api/v1/runs")) return runs;
      return JSON.parse(target.includes("run=r1") ? full : empty) as object;
    });
    const remote = await report({ url });
    expect([remote.out, remote.err]).toEqual([out, err]);
    expect((await report({ url, run: "current" })).out).toContain("run r2, started");
  });

  it.each([
    ["r1", "fail", 1],
    ["r2", "inconclusive", 3],
    ["r4", "pass", 0],
  ])("with --gate exits for run %s (%s) with %i", async (run, verdict, exit) => {
    const { code, out } = await report({ store, run, gate: true });
    expect(out.split("\n")[0]).toBe(`verdict: ${verdict}`);
    expect(code).toBe(exit);
  });

  it("prints Diffy's numbers with --diffy", async () => {
    const plain = await report({ store, run: "r1" });
    const { out } = await report({ store, run: "r1", diffy: true });
    expect(out.startsWith(plain.out)).toBe(true);
    expect(out.slice(plain.out.length)).toMatch(
      /^\ndiffy: .*\n {2}GET \/a\n.*\n {6}body {6}\$\.price .* 100% +100% {2}difference\n$/,
    );
  });

  it("prints JSON that is the report", async () => {
    const { out } = await report({ store: `sqlite:${store}`, run: "first", format: "json" });
    const { run, verdict, accounting, endpoints } = JSON.parse(out) as Report;
    expect(run).toEqual({ id: "r1", name: "first", startedAt: 1000, endedAt: null, labels: {} });
    expect(verdict).toBe("fail");
    expect(accounting).toMatchObject({ received: 50, mirrored: 50, compared: 50, matched: 0, differed: 50 });
    expect(endpoints[0]?.differences).toEqual([
      {
        section: "body",
        path: "$.price",
        kind: "value",
        count: 50,
        noise: 0,
        both: 0,
        evidence: expect.closeTo(32.82, 2),
        inflation: 1,
        since: null,
        mayHide: null,
        features: [],
        excess: 1,
        verdict: "real",
        relation: null,
        rule: null,
        cause: endpoints[0]?.causes[0]?.signature,
        diffy: { relative: 100, absolute: 100, flagged: true },
      },
    ]);
  });

  it("writes files in the formats of their extensions, in folders that it creates", async () => {
    const paths = ["report.txt", "report.json", "ci/report.MD", "ci/junit/report.xml"].map((name) =>
      join(folder, "written", name),
    );
    const output = paths.reduce<readonly ReportOutput[]>((others, path) => parseOutput(path, others), []);
    const printed = await report({ store, run: "r1", gate: true, output, color: true });
    expect([printed.code, printed.err]).toEqual([1, ""]);
    expect(printed.out).toContain("verdict: \u001B[31mfail\u001B[39m\n");
    const formats = ["text", "json", "markdown", "junit"] as const;
    for (const [index, format] of formats.entries()) {
      const { out } = await report({ store, run: "r1", format });
      expect(readFileSync(paths[index] ?? "", "utf8")).toBe(out);
    }
  });

  it("refuses an unknown extension, and says why a file cannot be written", async () => {
    expect(() => parseOutput("report.pdf")).toThrow(/^Its extension must be one of \.txt, \.json, /);
    const blocked = join(folder, "store.db", "report.txt");
    expect(await report({ store, run: "r1", gate: true, output: parseOutput(blocked) })).toMatchObject({
      code: 2,
      err: `--output: cannot write ${blocked}: a part of its path is not a folder\n`,
    });
    const taken = join(folder, "folder.txt");
    mkdirSync(taken);
    expect((await report({ store, run: "r1", output: parseOutput(taken) })).err).toBe(
      `--output: cannot write ${taken}: it is a folder; write the path of a file\n`,
    );
  });

  it("judges only what --baseline did not have, and names it in every format", async () => {
    const own = await report({ store, run: "r5", gate: true });
    expect([own.code, own.out.split("\n")[0]]).toEqual([1, "verdict: fail"]);
    const text = await report({ store, run: "r5", baseline: "first", gate: true });
    expect([text.code, text.err]).toEqual([0, ""]);
    expect(text.out).toContain(
      "\n  against the baseline first (r1): 1 cause (150 responses) is known and not judged\n",
    );
    expect(text.out).not.toContain("$.price");
    const { out: json } = await report({ store, run: "r5", baseline: "r1", format: "json" });
    expect((JSON.parse(json) as Report).baseline).toMatchObject({ id: "r1", name: "first", causes: 1 });
    const { out: markdown } = await report({ store, run: "r5", baseline: "r1", format: "markdown" });
    expect(markdown).toContain(
      "Compared against the baseline first (r1): 1 cause (150 responses) is known and not judged\n",
    );
    const { out: junit } = await report({ store, run: "r5", baseline: "r1", format: "junit" });
    expect(junit).toContain('<property name="baseline.name" value="first"/>');
    const { out: html } = await report({ store, run: "r5", baseline: "r1", format: "html" });
    expect(html).toContain("against the baseline first (r1): 1 cause (150 responses) is known and not judged");
    expect((await report({ store, run: "r1", baseline: "r4", gate: true })).code).toBe(1);
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    expect(await report({ url: admin.url, run: "r5", baseline: "first", gate: true })).toEqual(text);
    for (const where of [{ store }, { url: admin.url }]) {
      const { out } = await report({ ...where, run: "r6", baseline: "first" });
      expect(out).toContain("\n  against the baseline first (r1): 1 cause (150 responses) is known and not judged\n");
    }
    expect(await report({ url: admin.url, run: "r1", baseline: "r1" })).toMatchObject({
      code: 2,
      err: `${admin.url} responded with 422: The run first (r1) cannot be its own baseline; choose an earlier run. List the runs with: shadowdiff run list --url ${admin.url}\n`,
    });
  });

  it.each([
    [
      "the run itself",
      "r1",
      "r1",
      "--baseline: The run first (r1) cannot be its own baseline; choose an earlier run.\n",
    ],
    [
      "the run itself by its name",
      "few",
      "few",
      "--baseline: The run few (r2) cannot be its own baseline; choose an earlier run.\n",
    ],
    [
      "a run that compared nothing",
      "r1",
      "r3",
      "--baseline: The run two candidates (r3) has compared no response of v2; choose a run with traffic.\n",
    ],
    [
      "an unknown run",
      "r1",
      "r9",
      "unknown run r9; runs, newest first: r4, r3 (two candidates), r2 (few), r5, r6 (first)\n",
    ],
  ])("refuses %s as the baseline", async (_, wanted, baseline, line) => {
    expect(await report({ store, run: wanted, baseline })).toEqual({ code: 2, out: "", err: line });
  });

  it("reports on the candidate given by --candidate", async () => {
    const { out } = await report({ store, run: "two candidates", candidate: "v3" });
    expect(out).toContain("candidate v3, run two candidates (r3)");
  });

  it.each([
    [
      "a run with several candidates",
      { run: "r3" },
      "run r3 has several candidates; choose one with --candidate: v2, v3\n",
    ],
    ["an unknown candidate", { run: "r3", candidate: "v9" }, "run r3 has no candidate v9; candidates: v2, v3\n"],
    [
      "an unknown run",
      { run: "r\u001B9" },
      String.raw`unknown run r\x1b9; runs, newest first: r4, r3 (two candidates), r2 (few), r1 (first), r5, r6 (first)` +
        "\n",
    ],
  ])("refuses %s in one line", async (_, options, line) => {
    expect(await report({ store, ...options })).toEqual({ code: 2, out: "", err: line });
  });

  it("rejects a missing file, another database, and a file that is not a database", async () => {
    const missing = join(folder, "none.db");
    expect(await report({ store: missing })).toEqual({
      code: 2,
      out: "",
      err: `store ${missing} does not exist; choose another with --store, or a running shadowdiff with --url\n`,
    });
    expect((await report({ store: "mysql://u:secret@host/db" })).err).toBe(
      '--store: unsupported store "mysql"; use a SQLite file or postgres:// (allowed: sqlite:PATH or a path, like sqlite:./shadowdiff.db, or postgres://USER@HOST:PORT/DATABASE)\n',
    );
    const text = join(folder, "text.db");
    writeFileSync(text, "this is no database, only a text that is long enough to be looked at".repeat(20));
    const { code, err } = await report({ store: text });
    expect(code).toBe(2);
    expect(err).toBe(`cannot open the database ${text}: it is not an SQLite database\n`);
  });
});

function respondingWith(status: number, body: unknown): RequestListener {
  return (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

describe("report from a running shadowdiff", () => {
  let server: Server | undefined;
  const seen: { url: string | undefined; authorization: string | undefined }[] = [];

  afterEach(() => {
    seen.length = 0;
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(respond: RequestListener): Promise<string> {
    server?.close();
    server = createServer((request, response) => {
      seen.push({ url: request.url, authorization: request.headers.authorization });
      respond(request, response);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("requests run and candidate with the token, and prints the same report as from a store", async () => {
    const local = await report({ store, run: "r1", gate: true });
    const { out: json } = await report({ store, run: "r1", format: "json" });
    const url = await serve(respondingWith(200, JSON.parse(json)));
    const remote = await report({ url: `${url}/`, run: "r 1", candidate: "v2", token: "t0ken", gate: true });
    expect(remote).toEqual(local);
    expect(seen).toEqual([{ url: "/api/v1/report?run=r+1&candidate=v2", authorization: "Bearer t0ken" }]);
  });

  it("keeps a path before the API, as behind a reverse proxy", async () => {
    const url = await serve(respondingWith(404, {}));
    expect((await report({ url: `${url}/shadow` })).code).toBe(2);
    expect(seen[0]?.url).toBe("/shadow/api/v1/report");
  });

  it("explains a missing or wrong token", async () => {
    const url = await serve(respondingWith(401, { error: { message: "no", remedy: "no" } }));
    const remedy = "set --token or SHADOWDIFF_ADMIN_TOKEN\n";
    expect(await report({ url })).toEqual({ code: 2, out: "", err: `${url} requires a token; ${remedy}` });
    expect(await report({ url, token: "x" })).toEqual({
      code: 2,
      out: "",
      err: `${url} rejected the token; ${remedy}`,
    });
  });

  it("names options of the command instead of API parameters", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    const { url } = admin;
    expect(await report({ url, run: "r3" })).toEqual({
      code: 2,
      out: "",
      err: `${url} responded with 400: Run r3 does not have exactly one candidate. Its candidates: v2, v3. Choose one with --candidate.\n`,
    });
    expect(await report({ url, run: "r9" })).toEqual({
      code: 2,
      out: "",
      err: `${url} responded with 404: There is no run r9. List the runs with: shadowdiff run list --url ${url}\n`,
    });
  });

  it("is inconclusive with the message and remedy of a server that cannot use its store", async () => {
    const error = { code: "store-unavailable", message: "The store is away.", remedy: "Bring it back." };
    const url = await serve(respondingWith(503, { error }));
    expect(await report({ url })).toEqual({
      code: 2,
      out: "",
      err: `verdict: inconclusive\n  not stored: ${url} responded with 503: The store is away. Bring it back.\n`,
    });
    expect((await report({ url, gate: true })).code).toBe(3);
  });

  it("explains a wrong server, an unreachable server and an invalid URL", async () => {
    const url = await serve((_, response) => response.end("<h1>hello</h1>"));
    expect(await report({ url })).toEqual({
      code: 2,
      out: "",
      err: `${url}/api/v1/report is not the API of shadowdiff; --url must be the admin address of a running shadowdiff\n`,
    });
    const other = await serve(respondingWith(404, { error: "unknown path" }));
    expect((await report({ url: other })).err).toBe(
      `${other}/api/v1/report is not the API of shadowdiff (it responded with 404); ` +
        "--url must be the admin address of a running shadowdiff\n",
    );
    const moved = await serve((_, response) => response.writeHead(301, { location: "https://a.test/" }).end());
    expect((await report({ url: moved })).err).toBe(
      `${moved}/api/v1/report redirects to https://a.test/; --url must be the admin address of a running shadowdiff\n`,
    );
    await new Promise((resolve) => server?.close(resolve));
    expect(await report({ url: moved })).toEqual({
      code: 2,
      out: "",
      err: `cannot reach ${moved}: connection refused; --url must be the admin address of a running shadowdiff\n`,
    });
    expect(await report({ url: "localhost:9900" })).toEqual({
      code: 2,
      out: "",
      err: '--url: "localhost:9900" has no scheme; write http://localhost:9900 (allowed: http://host:port or https://host:port)\n',
    });
  });
});
