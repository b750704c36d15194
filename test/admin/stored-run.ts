import { zstdCompressSync } from "node:zlib";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { LatencySeries } from "../../src/model/latency.ts";
import type { Sample, SampleBody, SampleLeg } from "../../src/model/sample.ts";
import type { Run } from "../../src/model/run.ts";
import { SLOTS_PER_MINUTE } from "../../src/lib/time-slots.ts";
import { bucketFor } from "../lib/series-bucket.ts";
import { RUN } from "./admin-fixture.ts";

export const ENDPOINT = "GET /users/{id}";
export const MINUTE = 29_455_200;
export const SCRIPT = "<script>alert(document.domain)</script>";
export const PRIMARY_BODY = `{"id":7,"name":"Ada","note":"${SCRIPT}"}`;
export const CANDIDATE_BODY = `{"id":7,"name":"Bob","note":"${SCRIPT}","extra":null}`;
export const IMAGE_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** An earlier run with two candidates. */
export const OLD_RUN: Run = {
  ...RUN,
  id: "2026-01-01-run",
  name: "first",
  startedAt: RUN.startedAt - 86_400_000,
  candidates: ["v2", "v3"],
};

function body(form: SampleBody["form"], mediaType: string, text: string, truncated = false): SampleBody {
  const content = text === "" ? new Uint8Array(0) : new Uint8Array(zstdCompressSync(text));
  return { form, mediaType, length: text.length, truncated, content };
}

function leg(subset: string, content: SampleBody): SampleLeg {
  return {
    subset,
    failure: null,
    status: 200,
    headers: ["Content-Type", content.mediaType],
    trailers: [],
    body: content,
    timing: { connectMs: null, firstByteMs: 1.5, totalMs: 2.5 },
  };
}

const NAME_FIELD = { section: "body", path: "$.name", kind: "value", mark: "raw" } as const;

/** Both bodies are JSON that contains markup; the secondary response is empty. */
export const JSON_SAMPLE: Sample = {
  id: "exchange-1",
  at: MINUTE * 60_000 + 1000,
  route: "default",
  endpoint: ENDPOINT,
  candidate: "v2",
  method: "GET",
  target: "/users/7",
  headers: ["Host", "service.example"],
  fields: [NAME_FIELD],
  differences: [
    {
      section: "body",
      path: "$.name",
      kind: "value",
      pointer: "/name",
      relation: null,
      primary: '"Ada"',
      candidate: '"Bob"',
    },
  ],
  legs: {
    primary: leg("v1", body("json", "application/json", PRIMARY_BODY)),
    candidate: leg("v2", body("json", "application/json", CANDIDATE_BODY)),
    secondary: leg("v1-twin", body("empty", "", "")),
  },
};

/** An HTML page and an image, without a secondary. */
export const MIXED_SAMPLE: Sample = {
  ...JSON_SAMPLE,
  id: "exchange/2?<&\"'",
  at: MINUTE * 60_000 + 2000,
  legs: {
    primary: { ...leg("v1", body("text", "text/html", SCRIPT)), trace: { id: "1".repeat(32), isSampled: true } },
    candidate: {
      ...leg("v2", body("binary", "image/svg+xml", IMAGE_HASH)),
      trace: { id: "2".repeat(32), isSampled: null },
    },
    secondary: null,
  },
};

/** Two JSON bodies, of which one is truncated. */
export const CUT_SAMPLE: Sample = {
  ...JSON_SAMPLE,
  id: "exchange-3",
  at: MINUTE * 60_000 + 3000,
  endpoint: "GET /big",
  legs: {
    primary: {
      ...leg("v1", body("json", "application/json", '{"a":1}')),
      trace: { id: "3".repeat(32), isSampled: false },
    },
    candidate: leg("v2", body("text", "application/json", '{"a":', true)),
    secondary: null,
  },
};

const latency = (series: LatencySeries, value: number, count: number): ResultBatch["latencies"][number] => ({
  slot: MINUTE * SLOTS_PER_MINUTE,
  route: "default",
  endpoint: ENDPOINT,
  candidate: "v2",
  series,
  bucket: bucketFor(series, value),
  count,
});

/** Ten requests: one that is not mirrored, seven matches, two differences in `$.name`. */
export function tenRequests(id: string, samples: readonly Sample[]): ResultBatch {
  const outcome = {
    slot: MINUTE * SLOTS_PER_MINUTE,
    route: "default",
    endpoint: ENDPOINT,
    candidate: "v2",
    paired: true,
    overflow: false,
  };
  const count = { minute: MINUTE, candidate: "v2" };
  return {
    id,
    accounting: [
      { ...count, fate: "received", reason: "", count: 10 },
      { ...count, fate: "notMirrored", reason: "method", count: 1 },
      { ...count, fate: "mirrored", reason: "", count: 9 },
    ],
    outcomes: [
      { ...outcome, fields: [], count: 7, queries: new Map([["", 7]]) },
      { ...outcome, fields: [NAME_FIELD], count: 2, queries: new Map([["", 2]]) },
    ],
    latencies: [latency("primary", 10, 9), latency("candidate", 20, 9), latency("ratio", 2, 9)],
    relations: [],
    statuses: [],
    ruleHits: [],
    failures: [],
    features: [],
    pacing: [],
    slow: [],
    attributes: [],
    samples,
  };
}
