import { mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import type { StoreWriter } from "../../../src/store/store.ts";
import { batch, outcome, received } from "../../store/store-fixture.ts";
import { builtDashboard, call, configWith, RUN, startTestAdmin } from "../admin-fixture.ts";

const PATH = join(mkdtempSync(join(tmpdir(), "shadowdiff-wire-")), "shadowdiff.db");
const ENDPOINTS = 500;
const SCRIPT = "/assets/index-abc123.js";
const { compare, store } = configWith({});
const webRoot = builtDashboard();
let writer: StoreWriter;
let admin: Admin;
let commits = 0;

beforeAll(async () => {
  writer = openSqliteWriter(PATH, {
    ...compare,
    maxEndpoints: ENDPOINTS,
    maxSegmentValues: 0,
    retention: store.retention,
  });
  await writer.beginRun(RUN);
  await commit(Array.from({ length: ENDPOINTS }, (_, index) => `GET /shop/${nameOf(index)}/{id}`));
  const script = Buffer.from("start();".repeat(500));
  writeFileSync(join(webRoot, SCRIPT), script);
  writeFileSync(join(webRoot, `${SCRIPT}.br`), brotliCompressSync(script));
  writeFileSync(join(webRoot, `${SCRIPT}.gz`), gzipSync(script));
  admin = await startTestAdmin({ readStore: async () => openSqliteReader(PATH), webRoot });
});

afterAll(async () => {
  await admin.close();
  await writer.close();
});

/** A number in letters, because numbers are folded into one endpoint. */
function nameOf(index: number): string {
  return index.toString(8).replace(/\d/g, (digit) => "bcdfghkm".charAt(Number(digit)));
}

/** Ten compared exchanges per endpoint, of which four differ in a header and a body field. */
async function commit(endpoints: readonly string[]): Promise<void> {
  const fields = [
    { section: "header", path: "x-version", kind: "header", mark: "raw" },
    { section: "body", path: "$.total", kind: "value", mark: "raw" },
  ] as const;
  const count = endpoints.length * 10;
  commits += 1;
  await writer.commit(RUN.id, [
    batch(`${commits}`, {
      accounting: [received(count), received(count, { fate: "mirrored" })],
      outcomes: endpoints.flatMap((endpoint) => [
        outcome({ endpoint, paired: true, count: 6 }),
        outcome({ endpoint, paired: true, fields, count: 4 }),
      ]),
    }),
  ]);
}

interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A response as it travels, without decoding. */
function raw(path: string, headers: Readonly<Record<string, string>>): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port: admin.port, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const DECODE = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync };

describe("compression", () => {
  it.each(["zstd", "br", "gzip"] as const)("sends JSON as %s if the client accepts that", async (encoding) => {
    for (const path of ["/api/v1/report", "/api/v1/endpoints", "/api/v1/overview"]) {
      const { headers, body } = await raw(path, { "accept-encoding": encoding });
      expect([headers["content-encoding"], headers["vary"]]).toEqual([encoding, "accept-encoding"]);
      expect(DECODE[encoding](body).toString()).toBe((await call(admin, path)).text);
    }
  });

  it("prefers the encoding that costs least, and sends plain text to clients that accept none", async () => {
    const all = await raw("/api/v1/endpoints", { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(all.headers["content-encoding"]).toBe("zstd");
    const plain = await raw("/api/v1/endpoints", {});
    expect([plain.headers["content-encoding"], plain.body[0]]).toEqual([undefined, 0x7b]);
  });

  it("leaves small responses as they are", async () => {
    const { headers } = await raw("/api/v1/reviews", { "accept-encoding": "gzip" });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  it.each(["br", "gzip"] as const)(
    "serves a file of the dashboard as it was compressed by the build: %s",
    async (encoding) => {
      const { headers, body } = await raw(SCRIPT, { "accept-encoding": encoding });
      expect([headers["content-encoding"], headers["content-type"]]).toEqual([
        encoding,
        "application/javascript; charset=utf-8",
      ]);
      expect(headers["vary"]?.toString().toLowerCase()).toBe("accept-encoding");
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(DECODE[encoding](body).toString()).toBe((await call(admin, SCRIPT)).text);
    },
  );

  it("does not hold back events", async () => {
    const frame = await new Promise<string>((resolve, reject) => {
      const headers = { "accept-encoding": "gzip, br, zstd" };
      const outgoing = request({ host: "127.0.0.1", port: admin.port, path: "/api/v1/events", headers }, (incoming) => {
        incoming.once("data", (chunk: Buffer) => {
          outgoing.destroy();
          resolve(`${String(incoming.headers["content-encoding"])} ${chunk.toString()}`);
        });
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
    expect(frame).toMatch(/^undefined retry: 2000\n\nevent: status\n/);
  });

  it("rejects a compressed request body, which could be a bomb", async () => {
    const response = await call(admin, "/api/v1/rules", {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync('{"endpoint":"x"}').toString("latin1"),
    });
    expect(response.status).toBe(400);
  });
});

describe("entity tags", () => {
  const paths = [
    "/api/v1/overview",
    "/api/v1/endpoints?limit=50",
    "/api/v1/report",
    "/api/v1/latency",
    "/api/v1/samples",
  ];

  it.each(paths)("%s is a 304 without a body until it changes", async (path) => {
    const first = await raw(path, { "accept-encoding": "gzip" });
    const etag = String(first.headers["etag"]);
    expect(etag).toMatch(/^W\/"/);
    const second = await raw(path, { "accept-encoding": "gzip", "if-none-match": etag });
    expect([second.status, second.body.length, second.headers["vary"]]).toEqual([304, 0, "accept-encoding"]);
  });

  it("a commit changes the tags of what shows its endpoint, and of nothing else", async () => {
    const changing = `/api/v1/endpoints?q=${encodeURIComponent(`/${nameOf(7)}/`)}`;
    const other = `/api/v1/endpoints?q=${encodeURIComponent(`/${nameOf(9)}/`)}`;
    const tags = await Promise.all(
      [changing, other].map(async (path) => String((await raw(path, {})).headers["etag"])),
    );
    await commit([`GET /shop/${nameOf(7)}/{id}`]);
    // A commit is shown at once after an edit, and otherwise after a rest.
    admin.notify("rules");
    const again = await Promise.all(
      [changing, other].map((path, index) => raw(path, { "if-none-match": tags[index] ?? "" })),
    );
    expect(again.map(({ status }) => status)).toEqual([200, 304]);
  });
});

describe("what a tab receives with 500 endpoints", () => {
  it("at most 12 KB for the overview and the first page of endpoints together", async () => {
    const accepted = { "accept-encoding": "gzip, deflate, br, zstd" };
    const overview = await raw("/api/v1/overview?causes=10", accepted);
    const endpoints = await raw("/api/v1/endpoints?limit=50", accepted);
    const report = await raw("/api/v1/report", {});
    expect(report.body.length).toBeGreaterThan(400_000);
    expect(overview.body.length + endpoints.body.length).toBeLessThan(12_000);
  });
});
