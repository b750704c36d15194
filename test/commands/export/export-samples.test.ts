import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  exportSamples,
  type ExportSamplesOptions,
  type SampleFormat,
} from "../../../src/commands/export/export-samples.ts";
import type { RecordedRequest } from "../../../src/model/replay/recording.ts";
import type { Sample, SampleBody } from "../../../src/model/sample.ts";
import { openSqliteReader } from "../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { startTestAdmin } from "../../admin/admin-fixture.ts";
import { harErrors } from "../../presentation/exchange/har-schema.ts";
import { headerLines, readText } from "../../replay/read-recorded.ts";
import { batch, NOON, OPTIONS, outcome, RUN, sample } from "../../store/store-fixture.ts";

const REDACTED = "[redacted:0123abcd]";
const FIELDS = [
  "Host",
  "shop.example:8080",
  "X-Name",
  "caf\u00c3\u00a9",
  "Connection",
  "X-Own",
  "X-Own",
  "1",
  "Shadowdiff-Hop",
  "1",
];

function body(text: string, changes: Partial<SampleBody> = {}): SampleBody {
  const bytes = Buffer.from(text);
  return {
    form: "text",
    mediaType: "text/plain",
    length: bytes.length,
    truncated: false,
    content: zstdCompressSync(bytes),
    ...changes,
  };
}

function exchange(id: string, changes: Partial<Sample>): Sample {
  const base = sample(id);
  const leg = { ...base.legs.primary, headers: ["Content-Type", "text/plain"], body: body(`primary ${id}`) };
  const candidate = {
    ...base.legs.candidate,
    headers: ["Content-Type", "text/plain"],
    body: body(`candidate ${id}`, { truncated: true, length: 1000 }),
  };
  return { ...base, headers: FIELDS, legs: { primary: leg, candidate, secondary: null }, ...changes };
}

const SAMPLES: readonly Sample[] = [
  exchange("plain", { at: NOON + 3, method: "GET", target: "/users/1?a=b%20c" }),
  exchange("masked", {
    at: NOON + 1,
    method: "GET",
    target: `/users/2?token=${REDACTED}`,
    headers: [...FIELDS, "Authorization", REDACTED],
  }),
  exchange("posted", {
    at: NOON + 2,
    method: "POST",
    target: "/users/3",
    headers: [...FIELDS, "Content-Length", "12"],
  }),
  exchange("raw", { at: NOON + 4, method: "DELETE", target: "/users/\u00e9", headers: [] }),
];

let folder = "";
let store = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shadowdiff-samples-"));
  store = join(folder, "store.db");
  const writer = openSqliteWriter(store, { ...OPTIONS, samplesPerDifference: 10 });
  await writer.beginRun(RUN);
  const outcomes = [outcome({ endpoint: "GET /users/{id}" }), outcome({ endpoint: "GET /others" })];
  await writer.commit(RUN.id, [batch("b1", { samples: SAMPLES, outcomes })]);
  await writer.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Exported {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function exported(format: SampleFormat, options: Partial<ExportSamplesOptions> = {}): Promise<Exported> {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await exportSamples(format, { store, candidate: "v2", ...options }, io);
  return { code, out, err };
}

const SUMMARY =
  "exported 4 exchanges; 1 request has masked values, and 1 request lacks its body, which are not stored: replayed, they differ from what was sent\n";

describe.each(["har", "ndjson"] as const)("export %s", (format) => {
  it("is read by replay: the same requests, oldest first, with a mark where values are missing", async () => {
    const { code, out, err } = await exported(format);
    expect([code, err]).toEqual([0, SUMMARY]);
    const { requests, problems, progress } = await readText(out);
    expect(problems).toEqual([]);
    expect(progress.masked).toEqual({ target: 1, headers: 1, body: 1 });
    expect(requests.map(partsOf)).toEqual([
      ["GET", `/users/2?token=${REDACTED}`, NOON + 1, ["target", "headers"]],
      ["POST", "/users/3", NOON + 2, ["body"]],
      ["GET", "/users/1?a=b%20c", NOON + 3, []],
      ["DELETE", "/users/%E9", NOON + 4, []],
    ]);
    const fields = ["Host: shop.example:8080", "X-Name: caf\u00c3\u00a9"];
    expect(requests.slice(0, 3).map(headerLines)).toEqual([[...fields, `Authorization: ${REDACTED}`], fields, fields]);
  });

  it("writes the same to a file, and for one endpoint and the newest only", async () => {
    const output = join(folder, "new", `exchanges.${format}`);
    expect(await exported(format, { output })).toEqual({ code: 0, out: "", err: SUMMARY });
    const { out } = await exported(format);
    expect(readFileSync(output, "utf8")).toBe(out);
    const newest = await readText((await exported(format, { limit: 1 })).out);
    expect(newest.requests.map(({ method }) => method)).toEqual(["DELETE"]);
  });

  it("gets the same from a running shadowdiff", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    const fetched = await exported(format, { store: undefined, url: admin.url, run: RUN.id });
    expect(fetched).toEqual(await exported(format));
    const tooMany = await exported(format, { store: undefined, url: admin.url, limit: 201 });
    expect([tooMany.code, tooMany.err]).toEqual([
      2,
      "--limit: with --url, at most 200 exchanges are exported; use --store for more\n",
    ]);
  });

  it("names similar endpoints instead of an empty export for a misspelled one", async () => {
    const admin = await startTestAdmin({ readStore: async () => openSqliteReader(store) });
    onTestFinished(() => admin.close());
    for (const source of [{}, { store: undefined, url: admin.url, run: RUN.id }]) {
      const output = join(folder, `misspelled.${format}`);
      const wrong = await exported(format, { ...source, output, endpoint: "/other" });
      const message = "--endpoint: the run has not compared /other; similar endpoints: GET /others, GET /users/{id}\n";
      expect(wrong).toEqual({ code: 2, out: "", err: message });
      expect(existsSync(output)).toBe(false);
      const empty = await exported(format, { ...source, endpoint: "GET /others" });
      expect([empty.code, empty.err]).toEqual([0, "exported 0 exchanges\n"]);
    }
  });

  it("refuses a run and a candidate that do not exist", async () => {
    for (const [options, message] of [
      [{ run: "none" }, "unknown run none"],
      [{ candidate: "none" }, "has no candidate none"],
    ] as const) {
      const { code, err } = await exported(format, options);
      expect([code, err]).toEqual([2, expect.stringContaining(message) as string]);
    }
  });
});

describe("export har", () => {
  it("is valid by the schema of HAR 1.2, with one entry per exchange, and marks bodies that were cut", async () => {
    const { out } = await exported("har", { role: "candidate" });
    const har = JSON.parse(out) as { log: { entries: readonly { response: object }[] } };
    expect(harErrors(har)).toEqual([]);
    expect(har.log.entries.map(({ response }) => response)).toMatchObject(
      ["masked", "posted", "plain", "raw"].map((id) => ({
        status: 200,
        content: { size: 1000, text: `candidate ${id}`, comment: "the body is truncated" },
      })),
    );
    expect(out).toContain('"url":"http://shop.example:8080/users/1?a=b%20c"');
    expect((await exported("har", { role: "secondary" })).out).toContain('"entries":[\n]}}');
  });
});

describe("export ndjson", () => {
  it("has both responses, or the one of a role", async () => {
    const [first] = linesOf((await exported("ndjson")).out);
    expect(first).toMatchObject({
      version: 1,
      id: "masked",
      endpoint: "GET /users/{id}",
      candidate: "v2",
      responses: {
        primary: {
          subset: "v1",
          status: 200,
          headers: [["Content-Type", "text/plain"]],
          body: { text: "primary masked", length: 14 },
        },
        candidate: { body: { text: "candidate masked", length: 1000, truncated: true } },
      },
    });
    const [only] = linesOf((await exported("ndjson", { role: "primary" })).out) as { responses: object }[];
    expect(Object.keys(only?.responses ?? {})).toEqual(["primary"]);
  });
});

function partsOf({ method, target, at, masked }: RecordedRequest): readonly unknown[] {
  return [method, target, at, masked];
}

function linesOf(text: string): unknown[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}
