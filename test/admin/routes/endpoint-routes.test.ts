import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ZodType } from "zod";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { endpointPageSchema, endpointViewSchema } from "../../../src/admin/schemas/endpoints/endpoint-page-schema.ts";
import { overviewSchema } from "../../../src/admin/schemas/overview-schema.ts";
import { timelineSchema } from "../../../src/admin/schemas/timeline-schema.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { LatencyCount } from "../../../src/model/latency.ts";
import type { Report } from "../../../src/model/report.ts";
import type { EndpointPage, EndpointView } from "../../../src/model/views/endpoint-page.ts";
import type { Overview } from "../../../src/model/views/overview.ts";
import type { Timeline } from "../../../src/model/views/timeline.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { bucketFor } from "../../lib/series-bucket.ts";
import { batch, latency, outcome, received } from "../../store/store-fixture.ts";
import { call, configWith, errorCode, RUN, startTestAdmin } from "../admin-fixture.ts";

const PATH = join(mkdtempSync(join(tmpdir(), "shadowdiff-endpoints-")), "shadowdiff.db");
const PRICE = { section: "body", path: "$.price", kind: "value", mark: "raw" } as const;
const CLOCK = { section: "body", path: "$.at", kind: "value", mark: "noise" } as const;
const BROKEN = { section: "status", path: "200->500", kind: "status", mark: "raw" } as const;

const SLOTS = 10;

const { compare, store } = configWith({});
let writer: StoreWriter;
let admin: Admin;

/** Outcomes spread over ten slots, so that they are not one burst. */
function overTime(count: number, changed: Parameters<typeof outcome>[0]): OutcomeCount[] {
  return Array.from({ length: SLOTS }, (_, at) => {
    const row = outcome({ paired: true, ...changed, count: count / SLOTS });
    return { ...row, slot: row.slot + at };
  });
}

function clockLatency(series: "primary" | "candidate", value: number): LatencyCount {
  return latency({ endpoint: "GET /clock", series, bucket: bucketFor(series, value), count: 50 });
}

function endpointUrl(name: string, rest = ""): string {
  return `/api/v1/endpoint?name=${encodeURIComponent(name)}${rest}`;
}

/** Four endpoints on two routes: one breaks, one differs, one is noisy and slow, and one agrees. */
beforeAll(async () => {
  writer = openSqliteWriter(PATH, { ...compare, retention: store.retention });
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [
    batch("1", {
      accounting: [received(300), received(300, { fate: "mirrored" })],
      outcomes: [
        ...overTime(40, { endpoint: "GET /orders", fields: [BROKEN] }),
        ...overTime(10, { endpoint: "GET /orders" }),
        ...overTime(20, { endpoint: "GET /prices", route: "shop", fields: [PRICE] }),
        ...overTime(80, { endpoint: "GET /prices", route: "shop" }),
        ...overTime(30, { endpoint: "GET /clock", fields: [CLOCK] }),
        ...overTime(30, { endpoint: "GET /clock" }),
        ...overTime(100, { endpoint: "GET /agrees" }),
      ],
      statuses: [
        {
          slot: outcome({}).slot,
          route: "default",
          endpoint: "GET /orders",
          candidate: "v2",
          role: "candidate",
          primary: 200,
          other: 500,
          count: 40,
        },
      ],
      latencies: [clockLatency("primary", 10), clockLatency("candidate", 30)],
    }),
  ]);
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
  expect(schema.parse(response.json())).toEqual(response.json());
  return response.json() as Value;
}

async function failure(path: string): Promise<[number, string]> {
  const response = await call(admin, path);
  return [response.status, errorCode(response)];
}

async function report(): Promise<Report> {
  return (await call(admin, "/api/v1/report")).json() as Report;
}

function page(query: string): Promise<EndpointPage> {
  return get(`/api/v1/endpoints${query}`, endpointPageSchema);
}

async function names(query: string): Promise<string[]> {
  return (await page(query)).endpoints.map(({ endpoint }) => endpoint);
}

describe("GET /api/v1/overview", () => {
  it("is the report without its endpoints, which it counts by verdict", async () => {
    const { endpoints, ...rest } = await report();
    const overview = await get<Overview>("/api/v1/overview", overviewSchema);
    expect(overview).toMatchObject(rest);
    expect(overview).not.toHaveProperty("endpoints");
    const { total, fail, pass, inconclusive } = overview.endpointCounts;
    const of = (verdict: string): number => endpoints.filter((each) => each.verdict === verdict).length;
    expect([total, fail, pass, inconclusive]).toEqual([4, of("fail"), of("pass"), of("inconclusive")]);
  });

  it("lists as many causes and changes of status as asked for, and says how many there are", async () => {
    const all = await get<Overview>("/api/v1/overview", overviewSchema);
    expect([all.causeCount, all.causes.map(({ where }) => where)]).toEqual([2, ["GET /orders", "GET /prices"]]);
    expect(all.statuses).toMatchObject([{ endpoint: "GET /orders", primary: 200, candidate: 500, count: 40 }]);
    const some = await get<Overview>("/api/v1/overview?causes=1&statuses=0", overviewSchema);
    expect([some.causeCount, some.causes.length, some.statusCount, some.statuses.length]).toEqual([2, 1, 1, 0]);
    expect(await failure("/api/v1/overview?causes=-1")).toEqual([400, "invalid-request"]);
  });
});

/** Compared, differing and counting exchanges of a timeline. */
async function sumsOf(query: string): Promise<number[]> {
  const { buckets } = await get<Timeline>(`/api/v1/timeline${query}`, timelineSchema);
  return (["compared", "differed", "counting"] as const).map((name) =>
    buckets.reduce((sum, bucket) => sum + bucket[name], 0),
  );
}

describe("GET /api/v1/timeline", () => {
  it("counts the exchanges of all endpoints or of one by time", async () => {
    const { accounting } = await report();
    expect(await sumsOf("")).toEqual([accounting.compared, 60, 60]);
    expect(await sumsOf("?endpoint=GET%20%2Fprices")).toEqual([100, 20, 20]);
    expect(await sumsOf("?endpoint=GET%20%2Fprices&route=default")).toEqual([0, 0, 0]);
    expect(await failure("/api/v1/timeline?run=nothing")).toEqual([404, "unknown-run"]);
  });

  it("says in the overview when each cause was seen", async () => {
    const { causes } = await get<Overview>("/api/v1/overview", overviewSchema);
    const { bucketMs, buckets } = await get<Timeline>("/api/v1/timeline", timelineSchema);
    const [first] = buckets;
    expect(causes[0]?.times).toEqual({
      firstSeen: first?.at,
      firstSeenBy: (first?.at ?? 0) + bucketMs,
      lastSeen: (first?.at ?? 0) + 10 * bucketMs,
      bucketMs,
      counts: Array.from({ length: 10 }, () => 4),
    });
  });
});

describe("GET /api/v1/endpoints", () => {
  it("has one row per endpoint with the numbers of the report, most urgent first", async () => {
    const { endpoints } = await report();
    const all = await page("");
    expect(all.endpoints.map(({ endpoint }) => endpoint)).toEqual(endpoints.map(({ endpoint }) => endpoint));
    expect(all.endpoints).toMatchObject(
      endpoints.map(({ compared, differed, parity, verdict }) => ({ compared, differed, parity, verdict })),
    );
    expect(all.endpoints.find(({ endpoint }) => endpoint === "GET /orders")).toMatchObject({
      statusChange: { primary: 200, candidate: 500, count: 40 },
      statusChanges: 40,
      causes: { unreviewed: 1, denied: 0, accepted: 0 },
    });
    expect(all.endpoints[0]).not.toHaveProperty("differences");
    expect(all.hasRoutes).toBe(true);
  });

  it.each([
    ["endpoint", "asc", ["GET /agrees", "GET /clock", "GET /orders", "GET /prices"]],
    ["endpoint", "desc", ["GET /prices", "GET /orders", "GET /clock", "GET /agrees"]],
    ["compared", "asc", ["GET /orders", "GET /clock", "GET /prices", "GET /agrees"]],
    ["mismatch", "desc", ["GET /orders", "GET /prices"]],
    ["status", "desc", ["GET /orders"]],
    ["noise", "desc", ["GET /clock"]],
    ["p50", "desc", ["GET /clock"]],
    ["p99", "asc", ["GET /clock"]],
    ["ratio", "desc", ["GET /orders"]],
    ["unreviewed", "asc", ["GET /agrees", "GET /clock"]],
  ])("sorts by %s, %s", async (sort, dir, first) => {
    const sorted = await names(`?sort=${sort}&dir=${dir}`);
    expect(sorted).toHaveLength(4);
    expect(sorted.slice(0, first.length)).toEqual(first);
  });

  it("reverses the order of the report", async () => {
    expect(await names("?dir=asc")).toEqual((await names("")).toReversed());
  });

  it("filters by words of name and route, and by verdict, and counts what matches", async () => {
    expect(await names("?q=get+%2FPRICES")).toEqual(["GET /prices"]);
    expect(await names("?q=shop+get")).toEqual(["GET /prices"]);
    const failing = await page("?verdict=fail");
    expect(new Set(failing.endpoints.map(({ verdict }) => verdict))).toEqual(new Set(["fail"]));
    expect(failing.matching).toBe(failing.endpoints.length);
    expect(failing.counts.total).toBe(4);
    expect(await page("?q=nowhere")).toMatchObject({ matching: 0, endpoints: [], counts: { total: 0 } });
  });

  it("returns the page that is asked for", async () => {
    const all = await names("?sort=endpoint&dir=asc");
    const second = await page("?sort=endpoint&dir=asc&offset=1&limit=2");
    expect(second.endpoints.map(({ endpoint }) => endpoint)).toEqual(all.slice(1, 3));
    expect([second.offset, second.matching]).toEqual([1, 4]);
    expect(await names("?offset=4")).toEqual([]);
  });

  it.each(["sort=price", "dir=up", "verdict=bad", "offset=-1", "limit=1001", "limit=x"])(
    "rejects ?%s",
    async (query) => {
      expect(await failure(`/api/v1/endpoints?${query}`)).toEqual([400, "invalid-request"]);
    },
  );
});

describe("GET /api/v1/endpoint", () => {
  it("is the endpoint of the report, on any route or on the named one", async () => {
    const { endpoints } = await report();
    const prices = endpoints.find(({ endpoint }) => endpoint === "GET /prices");
    const { times, ...first } = await get<EndpointView>(endpointUrl("GET /prices"), endpointViewSchema);
    expect(first).toEqual(prices);
    expect(Object.keys(times)).toEqual(prices?.causes.map(({ signature }) => signature));
    expect(await get<EndpointView>(endpointUrl("GET /prices", "&route=shop"), endpointViewSchema)).toEqual({
      ...prices,
      times,
    });
  });

  it("is a 404 for an endpoint or a route that has no comparison", async () => {
    expect(await failure(endpointUrl("GET /nowhere"))).toEqual([404, "unknown-endpoint"]);
    expect(await failure(endpointUrl("GET /prices", "&route=default"))).toEqual([404, "unknown-endpoint"]);
    expect(await failure("/api/v1/endpoint")).toEqual([400, "invalid-request"]);
  });
});
