import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ZodType } from "zod";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { latencyViewSchema, timedExchangesSchema } from "../../../src/admin/schemas/latency-schema.ts";
import { reportSchema } from "../../../src/admin/schemas/report-schema.ts";
import { runsSchema } from "../../../src/admin/schemas/run-schema.ts";
import { sampleDetailSchema, samplesSchema } from "../../../src/admin/schemas/sample-schema.ts";
import { statusSchema } from "../../../src/admin/schemas/process/status-schema.ts";
import type { TraceUrls } from "../../../src/model/config.ts";
import type { LatencyView, TimedExchange } from "../../../src/model/latency.ts";
import type { Report } from "../../../src/model/report.ts";
import type { SampleDetail } from "../../../src/model/sample.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { call, configWith, errorCode, RUN, startTestAdmin, type ApiResponse } from "../admin-fixture.ts";
import {
  CANDIDATE_BODY,
  CUT_SAMPLE,
  ENDPOINT,
  IMAGE_HASH,
  JSON_SAMPLE,
  MINUTE,
  MIXED_SAMPLE,
  OLD_RUN,
  PRIMARY_BODY,
  SCRIPT,
  tenRequests,
} from "../stored-run.ts";

const PATH = join(mkdtempSync(join(tmpdir(), "shadowdiff-admin-")), "shadowdiff.db");
const { compare, store } = configWith({});
let writer: StoreWriter;
let admin: Admin;

beforeAll(async () => {
  writer = openSqliteWriter(PATH, { ...compare, retention: store.retention });
  await writer.beginRun(OLD_RUN);
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [tenRequests("batch-1", [JSON_SAMPLE, MIXED_SAMPLE, CUT_SAMPLE])]);
  admin = await startTestAdmin({ readStore: async () => openSqliteReader(PATH) });
});

afterAll(async () => {
  await admin.close();
  await writer.close();
});

/** A successful response; checks that it matches its schema exactly. */
async function get<Value>(path: string, schema: ZodType): Promise<Value> {
  const response = await call(admin, path);
  expect([path, response.status]).toEqual([path, 200]);
  expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(schema.parse(response.json())).toEqual(response.json());
  return response.json() as Value;
}

async function failure(path: string): Promise<[number, string]> {
  const response = await call(admin, path);
  return [response.status, errorCode(response)];
}

const sampleUrl = (id: string, rest = ""): string => `/api/v1/samples/${encodeURIComponent(id)}${rest}`;

/** The number of received requests in the report of the old run. */
async function received(): Promise<number> {
  const report = await get<Report>(`/api/v1/report?run=${OLD_RUN.id}&candidate=v2`, reportSchema);
  return report.accounting.received;
}

async function ids(query: string): Promise<string[]> {
  const { samples } = await get<{ samples: { id: string }[] }>(`/api/v1/samples${query}`, samplesSchema);
  return samples.map(({ id }) => id);
}

function download(id: string, role: string): Promise<ApiResponse> {
  return call(admin, sampleUrl(id, `/body?role=${role}`));
}

describe("GET /api/v1/status and /runs", () => {
  it("return the status and all runs", async () => {
    expect(await get("/api/v1/status", statusSchema)).toMatchObject({ runId: RUN.id, ready: true });
    expect(await get("/api/v1/runs", runsSchema)).toEqual({ current: RUN.id, runs: [RUN, OLD_RUN] });
  });
});

describe("GET /api/v1/report", () => {
  it("returns the report of the current run and its only candidate", async () => {
    const report = await get<Report>("/api/v1/report", reportSchema);
    const { id, name, startedAt, endedAt, labels } = RUN;
    expect(report.run).toEqual({ id, name, startedAt, endedAt, labels });
    expect([report.candidate, report.verdict]).toEqual(["v2", "inconclusive"]);
    expect(report.accounting).toEqual({
      received: 10,
      inFlight: 0,
      interrupted: 0,
      lost: 0,
      forgotten: 0,
      sampledOut: 0,
      mirrored: 9,
      compared: 9,
      matched: 7,
      differed: 2,
      noiseCompared: 9,
      notMirrored: { method: 1 },
      dropped: {},
      skipped: {},
    });
    const [endpoint] = report.endpoints;
    expect(report.endpoints.length).toBe(1);
    expect([endpoint?.endpoint, endpoint?.compared, endpoint?.matched]).toEqual([ENDPOINT, 9, 7]);
    expect(endpoint?.differences).toMatchObject([
      { section: "body", path: "$.name", kind: "value", count: 2, noise: 0, both: 0 },
    ]);
    expect(await get("/api/v1/report?run=2026-01-02-run&candidate=v2", reportSchema)).toEqual(report);
  });

  it("lists the candidates if the run has several", async () => {
    const response = await call(admin, `/api/v1/report?run=${OLD_RUN.id}`);
    expect([response.status, response.json()]).toEqual([
      400,
      {
        error: {
          code: "candidate-needed",
          message: "Run 2026-01-01-run does not have exactly one candidate. Its candidates: v2, v3.",
          remedy: "Choose one with ?candidate=<name>.",
        },
      },
    ]);
    const chosen = await get<Report>(`/api/v1/report?run=${OLD_RUN.id}&candidate=v3`, reportSchema);
    expect([chosen.run.id, chosen.candidate, chosen.accounting.received]).toEqual([OLD_RUN.id, "v3", 0]);
    const named = await get<Report>(`/api/v1/report?run=${OLD_RUN.name}&candidate=v3`, reportSchema);
    expect(named.run.id).toBe(OLD_RUN.id);
  });

  it.each([
    ["run=nothing", 404, "unknown-run"],
    ["run='%20OR%201=1--", 404, "unknown-run"],
    ["run=%25", 404, "unknown-run"],
    ["candidate=v9", 404, "unknown-candidate"],
    ["candidate=__proto__", 404, "unknown-candidate"],
    ["run=", 400, "invalid-request"],
    ["run=a&run=b", 400, "invalid-request"],
  ])("responds to ?%s with %i %s", async (query, status, code) => {
    expect(await failure(`/api/v1/report?${query}`)).toEqual([status, code]);
    expect(await failure(`/api/v1/latency?${query}`)).toEqual([status, code]);
    expect(await failure(`/api/v1/samples?${query}`)).toEqual([status, code]);
  });

  it("contains the last commit, whether or not the process was notified", async () => {
    expect(await received()).toBe(0);
    await writer.commit(OLD_RUN.id, [tenRequests("batch-2", [])]);
    expect(await received()).toBe(10);
  });
});

describe("GET /api/v1/latency", () => {
  it("returns verdict, distributions and periods of all endpoints or of one", async () => {
    const all = await get<LatencyView>("/api/v1/latency", latencyViewSchema);
    expect([all.endpoint, all.distributions.candidate.count, all.distributions.secondary.count]).toEqual([null, 9, 0]);
    expect(all.periods.map(({ startedAt, counts }) => [startedAt, counts])).toEqual([
      [MINUTE * 60_000, { primary: 9, candidate: 9, secondary: 0 }],
    ]);
    expect([all.latency.verdict, all.ratios.count]).toEqual(["inconclusive", 9]);
    expect(all.reasons).toHaveLength(1);
    const path = `/api/v1/latency?endpoint=${encodeURIComponent(ENDPOINT)}`;
    const one = await get<LatencyView>(path, latencyViewSchema);
    expect([one.endpoint, one.distributions.primary.count]).toEqual([ENDPOINT, 9]);
    const none = await get<LatencyView>("/api/v1/latency?endpoint=GET%20/nothing", latencyViewSchema);
    expect([none.endpoint, none.distributions.primary.count, none.periods]).toEqual(["GET /nothing", 0, []]);
  });
});

async function found(query: string): Promise<readonly TimedExchange[]> {
  const path = `/api/v1/latency/exchanges${query}`;
  return (await get<{ exchanges: readonly TimedExchange[] }>(path, timedExchangesSchema)).exchanges;
}

describe("GET /api/v1/latency/exchanges", () => {
  it("lists kept exchanges within ranges of latency and arrival, by default of the candidate", async () => {
    const [first, ...others] = await found(`?endpoint=${encodeURIComponent(ENDPOINT)}`);
    expect(first).toMatchObject({ endpoint: ENDPOINT, candidateMs: 2.5, differs: true });
    expect(others.every(({ endpoint }) => endpoint === ENDPOINT)).toBe(true);
    const all = await found("");
    expect(await found("?minMs=2.5&maxMs=2.5")).toEqual(all);
    expect(await found("?minMs=2.51")).toEqual([]);
    expect(await found("?role=secondary&maxMs=2.49")).toEqual([]);
    const oldest = Math.min(...all.map(({ at }) => at));
    expect((await found(`?to=${oldest}`)).map(({ at }) => at)).toEqual([oldest]);
    expect((await found(`?from=${oldest + 1}`)).length).toBe(all.length - 1);
    expect(await found("?limit=1")).toEqual(all.slice(0, 1));
  });

  it.each(["?role=tertiary", "?minMs=-1", "?minMs=fast", "?limit=0", "?limit=201"])("rejects %s", async (query) => {
    expect((await failure(`/api/v1/latency/exchanges${query}`))[0]).toBe(400);
  });
});

describe("GET /api/v1/samples", () => {
  it("lists samples, newest first, without bodies", async () => {
    const all = await get<{ samples: object[] }>("/api/v1/samples", samplesSchema);
    const { headers: _headers, differences: _differences, legs: _legs, ...head } = JSON_SAMPLE;
    expect(all.samples.at(-1)).toEqual({ ...head, primaryStatus: 200, candidateStatus: 200 });
    expect(await ids("")).toEqual([CUT_SAMPLE.id, MIXED_SAMPLE.id, JSON_SAMPLE.id]);
  });

  it("treats filters as data", async () => {
    const endpoint = encodeURIComponent(ENDPOINT);
    expect(await ids(`?endpoint=${endpoint}&section=body&path=$.name`)).toEqual([MIXED_SAMPLE.id, JSON_SAMPLE.id]);
    expect(await ids(`?endpoint=${endpoint}&limit=1`)).toEqual([MIXED_SAMPLE.id]);
    const { endpoints } = await get<Report>("/api/v1/report", reportSchema);
    const signature = endpoints.find((each) => each.endpoint === ENDPOINT)?.causes[0]?.signature;
    const shown = await call(admin, `/api/v1/causes/${signature}/endpoints`);
    expect(shown.json()).toEqual({ endpoints: [{ endpoint: ENDPOINT, route: "default", count: 2 }] });
    expect((await call(admin, "/api/v1/causes/unknown/endpoints")).json()).toEqual({ endpoints: [] });
    expect(await ids(`?cause=${signature}`)).toEqual([MIXED_SAMPLE.id, JSON_SAMPLE.id]);
    expect(await ids(`?cause=${signature}&endpoint=GET%20/big`)).toEqual([]);
    expect(await ids("?cause=unknown")).toEqual([]);
    const both = [MIXED_SAMPLE.id, JSON_SAMPLE.id];
    expect(await ids(`?endpoint=${endpoint}&section=body&under=$`)).toEqual(both);
    expect(await ids(`?endpoint=${endpoint}&under=$.name`)).toEqual(both);
    expect(await ids(`?endpoint=${endpoint}&under=$.nam`)).toEqual([]);
    expect(await ids(`?endpoint=${endpoint}&section=header&under=$`)).toEqual([]);
    expect(await ids("?path='%20OR%201=1--")).toEqual([]);
    expect(await ids("?path=%25")).toEqual([]);
    expect(await ids("?endpoint=GET%20/%25")).toEqual([]);
  });

  it.each(["limit=0", "limit=201", "limit=x", "limit=1.5", "section=all", "path=a&path=b"])(
    "responds to ?%s with 400",
    async (query) => {
      expect(await failure(`/api/v1/samples?${query}`)).toEqual([400, "invalid-request"]);
    },
  );
});

describe("GET /api/v1/samples/:id", () => {
  it("returns bodies as text and the changes between them", async () => {
    const { legs, ...head } = JSON_SAMPLE;
    const detail = await get<object>(sampleUrl(JSON_SAMPLE.id), sampleDetailSchema);
    const legOf = (leg: typeof legs.primary, text: string): object => {
      const { content: _content, ...body } = leg.body;
      return { ...leg, body: { ...body, text } };
    };
    expect(detail).toEqual({
      ...head,
      legs: {
        primary: legOf(legs.primary, PRIMARY_BODY),
        candidate: legOf(legs.candidate, CANDIDATE_BODY),
        secondary: legOf(legs.secondary ?? legs.primary, ""),
      },
      changes: expect.toSatisfy((changes: { op: string; pointer: string }[]) => {
        const found = new Set(changes.map(({ op, pointer }) => `${op} ${pointer}`));
        return changes.length === 2 && found.has("replace /name") && found.has("add /extra");
      }) as unknown,
      changesCut: false,
    });
  });

  it("links to the traces that are recorded, by the template of each version", async () => {
    const [traceUrl, candidateTraceUrl] = ["https://a.test/{traceId}", "https://b.test/?id={traceId}&v={traceId}"];
    const linksWith = async (urls: TraceUrls): Promise<unknown> => {
      const linking = await startTestAdmin({
        readStore: async () => openSqliteReader(PATH),
        config: { ...configWith({}), tracing: { ...configWith({}).tracing, ...urls } },
      });
      const details = [MIXED_SAMPLE, CUT_SAMPLE].map(async ({ id }) => (await call(linking, sampleUrl(id))).json());
      const [mixed, cut] = (await Promise.all(details)) as SampleDetail[];
      await linking.close();
      return [mixed?.legs.primary, mixed?.legs.candidate, cut?.legs.primary].map((leg) => leg?.traceUrl);
    };
    const [one, two] = ["1".repeat(32), "2".repeat(32)];
    expect(await linksWith({ traceUrl, candidateTraceUrl })).toEqual([
      `https://a.test/${one}`,
      `https://b.test/?id=${two}&v=${two}`,
      undefined,
    ]);
    expect(await linksWith({ traceUrl, candidateTraceUrl: undefined })).toEqual([
      `https://a.test/${one}`,
      `https://a.test/${two}`,
      undefined,
    ]);
    expect(await linksWith({ traceUrl: undefined, candidateTraceUrl: undefined })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const { legs } = await get<SampleDetail>(sampleUrl(CUT_SAMPLE.id), sampleDetailSchema);
    expect(legs.primary.trace).toEqual({ id: "3".repeat(32), isSampled: false });
  });

  it("returns no changes for bodies that are not JSON or are truncated", async () => {
    const mixed = await get<object>(sampleUrl(MIXED_SAMPLE.id), sampleDetailSchema);
    expect(mixed).toMatchObject({
      changes: null,
      changesCut: false,
      legs: { primary: { body: { text: SCRIPT } }, candidate: { body: { text: IMAGE_HASH } }, secondary: null },
    });
    expect(await get<object>(sampleUrl(CUT_SAMPLE.id), sampleDetailSchema)).toMatchObject({ changes: null });
  });

  it("responds 404 for an unknown sample, or one of another run", async () => {
    expect(await failure(sampleUrl("nothing"))).toEqual([404, "unknown-sample"]);
    expect(await failure(sampleUrl("' OR 1=1--"))).toEqual([404, "unknown-sample"]);
    const elsewhere = sampleUrl(JSON_SAMPLE.id, `?run=${OLD_RUN.id}&candidate=v2`);
    expect(await failure(elsewhere)).toEqual([404, "unknown-sample"]);
  });
});

describe("GET /api/v1/samples/:id/body", () => {
  it("returns captured content as a download that no browser renders", async () => {
    const response = await download(MIXED_SAMPLE.id, "primary");
    expect([response.status, response.text]).toEqual([200, SCRIPT]);
    expect(response.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="primary-exchange_2_____.bin"',
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringMatching(/^default-src 'none';/) as unknown,
      "cache-control": "no-store",
    });
    expect((await download(JSON_SAMPLE.id, "candidate")).text).toBe(CANDIDATE_BODY);
    expect((await download(JSON_SAMPLE.id, "secondary")).text).toBe("");
  });

  it("responds 404 for bodies that are not stored", async () => {
    expect(await failure(sampleUrl(MIXED_SAMPLE.id, "/body?role=candidate"))).toEqual([404, "body-not-kept"]);
    expect(await failure(sampleUrl(MIXED_SAMPLE.id, "/body?role=secondary"))).toEqual([404, "body-not-kept"]);
    expect(await failure(sampleUrl(MIXED_SAMPLE.id, "/body?role=other"))).toEqual([400, "invalid-request"]);
    expect(await failure(sampleUrl(MIXED_SAMPLE.id, "/body"))).toEqual([400, "invalid-request"]);
    expect(await failure(sampleUrl("nothing", "/body?role=primary"))).toEqual([404, "unknown-sample"]);
  });
});

describe("captured content", () => {
  it("is never returned in a type that a browser executes", async () => {
    const paths = ["", `/${JSON_SAMPLE.id}`, `/${encodeURIComponent(MIXED_SAMPLE.id)}`].map(
      (rest) => `/api/v1/samples${rest}`,
    );
    const accept = "text/html,image/svg+xml";
    const responses = await Promise.all(paths.map((path) => call(admin, path, { headers: { accept } })));
    expect(responses.map(({ headers }) => headers["content-type"])).toEqual(
      paths.map(() => "application/json; charset=utf-8"),
    );
    const missing = await call(admin, `/api/v1/report?run=${encodeURIComponent(SCRIPT)}`, { headers: { accept } });
    expect([missing.status, missing.headers["content-type"]]).toEqual([404, "application/json; charset=utf-8"]);
  });
});

describe("a database with temporary errors", () => {
  it("is read once it can be opened, and opened again after an error", async () => {
    let error: Error | undefined = new Error("disk I/O error");
    const recovering = await startTestAdmin({
      readStore: async () => {
        if (error !== undefined) throw error;
        return openSqliteReader(PATH);
      },
    });
    expect((await call(recovering, "/api/v1/runs")).status).toBe(503);
    error = undefined;
    expect((await call(recovering, "/api/v1/runs")).status).toBe(200);
    error = new Error("disk I/O error");
    expect((await call(recovering, "/api/v1/runs")).status).toBe(200);
    recovering.notify("status");
    expect((await call(recovering, "/api/v1/runs")).status).toBe(503);
    await recovering.close();
  });
});
