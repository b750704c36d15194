import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { SLOTS_PER_MINUTE } from "../../src/lib/time-slots.ts";
import { bucketFor } from "../lib/series-bucket.ts";
import type { ResultBatch } from "../../src/model/batch.ts";
import type { RawHeaders } from "../../src/model/capture.ts";
import type { Difference, DifferingField, DifferenceMark, OutcomeCount } from "../../src/model/difference.ts";
import type { LatencyCount, LatencySeries } from "../../src/model/latency.ts";
import type { BodyForm, Sample, SampleLeg } from "../../src/model/sample.ts";
import type { Run } from "../../src/model/run.ts";

const START = Date.UTC(2026, 10, 20, 9, 30);
const MINUTE = START / 60_000;
const MINUTES = 12;
const OUTCOME_TIMES = 40;

/** Runs if a page renders it as markup. */
export const CANARY = "<img src=x onerror=\"window.executed = 'canary'\">";

export const RUN: Run = {
  id: "0198-run-b",
  name: "release 2.4",
  startedAt: START,
  endedAt: null,
  labels: { commit: "3f2a", note: CANARY },
  rules: [],
  primary: "v1",
  candidates: ["v2", "v3"],
  secondary: "v1-twin",
  gate: {
    parity: 0.999,
    latencyRatio: 1.1,
    minCompared: 100,
    errorRate: 0.001,
    minSuccess: 0.5,
    minEndpoints: 1,
    coverage: [],
    endpoints: [],
  },
};

export const EARLIER_RUN: Run = {
  ...RUN,
  id: "0197-run-a",
  name: "release 2.3",
  startedAt: START - 86_400_000,
  candidates: ["v2"],
};

/** Responses with every kind of change: types, arrays, keys that need escaping, and markup. */
export const ORDER = {
  primary: {
    id: 1042,
    customer: { name: "Ada", "e/mail": "ada@example.org", tags: ["gold", "early"] },
    items: [
      { sku: "A-1", price: 10.5, quantity: 2 },
      { sku: "B-7", price: 3, quantity: 1 },
    ],
    note: "<script>window.executed = 'script'</script><img src=x onerror=\"window.executed = 'image'\">",
    discount: null,
    old_total: 24,
    updatedAt: "2026-11-20T09:30:00Z",
    shipping: { method: "air", days: 2, address: { street: "1 Main St", city: "Springfield", zip: "12345" } },
  },
  candidate: {
    id: 1042,
    customer: { name: "Ada", "e/mail": "ada@example.com", tags: ["gold", "early", "vip"] },
    items: [{ sku: "A-1", price: "10.50", quantity: 2 }],
    note: "<script>window.executed = 'other'</script><svg onload=\"window.executed = 'svg'\">",
    discount: { percent: 5 },
    total: 24,
    updatedAt: "2026-11-20T09:30:01Z",
    shipping: { method: "air", days: 2, address: { street: "1 Main St", city: "Springfield", zip: "12345" } },
  },
  secondary: {
    id: 1042,
    customer: { name: "Ada", "e/mail": "ada@example.org", tags: ["gold", "early"] },
    items: [
      { sku: "A-1", price: 10.5, quantity: 2 },
      { sku: "B-7", price: 3, quantity: 1 },
    ],
    note: "<script>window.executed = 'script'</script><img src=x onerror=\"window.executed = 'image'\">",
    discount: null,
    old_total: 24,
    updatedAt: "2026-11-20T09:30:02Z",
    shipping: { method: "air", days: 2, address: { street: "1 Main St", city: "Springfield", zip: "12345" } },
  },
};

const PAGE = {
  primary: "<!doctype html>\n<h1>Hello</h1>\n<script>window.executed = 'page'</script>\n<p>one</p>\n",
  candidate: "<!doctype html>\n<h1>Hallo</h1>\n<script>window.executed = 'page'</script>\n<p>one</p>\n<p>two</p>\n",
};

function field(
  section: DifferingField["section"],
  path: string,
  kind: DifferingField["kind"],
  mark: DifferenceMark,
): DifferingField {
  return { section, path, kind, mark };
}

const ORDER_FIELDS: readonly DifferingField[] = [
  field("body", "$.customer['e/mail']", "value", "raw"),
  field("body", "$.old_total", "missing", "raw"),
  field("body", "$.total", "extra", "raw"),
  field("body", "$.updatedAt", "value", "both"),
  field("header", "x-cache", "header", "raw"),
];
const NOISE_FIELDS: readonly DifferingField[] = [field("body", "$.updatedAt", "value", "both")];
const PAGE_FIELDS: readonly DifferingField[] = [field("body", "$", "value", "raw")];
const REFUSED_FIELDS: readonly DifferingField[] = [field("transport", "$", "transport", "raw")];

/** An outcome without what differs. */
export const STATUS_OUTCOME: OutcomeCount = {
  slot: MINUTE * SLOTS_PER_MINUTE,
  route: "default",
  endpoint: "GET /db",
  candidate: "v2",
  paired: true,
  fields: [],
  overflow: false,
  count: 20,
  queries: new Map([["", 20]]),
};

/** Outcomes spread over the run, so that they are not one burst. */
function outcomes(endpoint: string, fields: readonly DifferingField[], count: number): OutcomeCount[] {
  const times = Math.min(count, OUTCOME_TIMES);
  return Array.from({ length: times }, (_, index) => ({
    ...STATUS_OUTCOME,
    slot: MINUTE * SLOTS_PER_MINUTE + Math.floor((index * MINUTES * SLOTS_PER_MINUTE) / times),
    endpoint,
    fields,
    count: Math.floor(count / times) + (index < count % times ? 1 : 0),
  }));
}

/** Latencies spread around a median without randomness: quantiles of a skewed distribution. */
function latencies(endpoint: string, middleMs: number, ratio: number): LatencyCount[] {
  const counts: LatencyCount[] = [];
  const add = (minute: number, series: LatencySeries, value: number): void => {
    const bucket = bucketFor(series, value);
    counts.push({
      slot: minute * SLOTS_PER_MINUTE,
      route: "default",
      endpoint,
      candidate: "v2",
      series,
      bucket,
      count: 1,
    });
  };
  for (let minute = 0; minute < MINUTES; minute += 1) {
    for (let index = 1; index < 40; index += 1) {
      const share = index / 40;
      const value = middleMs * (1 + 0.15 * Math.sin(minute)) * (0.6 + share ** 3 + (share > 0.95 ? 1.5 : 0));
      add(MINUTE + minute, "primary", value);
      add(MINUTE + minute, "secondary", value * 1.02);
      add(MINUTE + minute, "candidate", value * ratio * (1 + 0.1 * Math.cos(minute)));
      add(MINUTE + minute, "ratio", ratio * (0.9 + share / 5));
      add(MINUTE + minute, "bias", 1.02 * (0.9 + share / 5));
    }
  }
  return counts;
}

function leg(subset: string, form: BodyForm, text: string, headers: RawHeaders, status = 200): SampleLeg {
  const content = form === "binary" ? createHash("sha256").update(text).digest("hex") : text;
  const mediaType = { json: "application/json", text: "text/html", binary: "image/png", empty: "" }[form];
  return {
    subset,
    failure: null,
    status,
    headers: ["Content-Type", mediaType, "Date", `Fri, 20 Nov 2026 09:30:0${subset === "v1" ? 1 : 2} GMT`, ...headers],
    trailers: [],
    body: {
      form,
      mediaType,
      length: Buffer.byteLength(text),
      truncated: false,
      content: content === "" ? Buffer.alloc(0) : zstdCompressSync(content),
    },
    timing: { connectMs: subset === "v1" ? null : 0.31, firstByteMs: 3.2, totalMs: subset === "v2" ? 5.25 : 4.5 },
  };
}

function differencesOf(fields: readonly DifferingField[]): readonly Difference[] {
  return fields
    .filter(({ mark }) => mark !== "noise")
    .map(({ section, path, kind }) => ({
      section,
      path,
      kind,
      pointer: "",
      relation: null,
      primary: kind === "extra" ? null : "one <b>value</b>",
      candidate: kind === "missing" ? null : "another",
    }));
}

type Legs = Sample["legs"];

function sample(id: string, endpoint: string, target: string, fields: readonly DifferingField[], legs: Legs): Sample {
  return {
    id,
    at: START + 1_000 + Number(id.slice(-1)) * 1_000,
    route: "default",
    endpoint,
    candidate: "v2",
    method: "GET",
    target,
    headers: ["Host", "shop.example", "Accept", "*/*", "X-Quote", "it's $(id)"],
    fields,
    differences: differencesOf(fields),
    legs,
  };
}

function orderSample(id: string): Sample {
  return sample(id, "GET /orders/{id}", "/orders/1042?expand=items", ORDER_FIELDS, {
    primary: leg("v1", "json", JSON.stringify(ORDER.primary), ["X-Cache", "hit", "Server", "shop/1"]),
    candidate: leg("v2", "json", JSON.stringify(ORDER.candidate), ["X-Cache", "miss", "Server", "shop/1"]),
    secondary: leg("v1-twin", "json", JSON.stringify(ORDER.secondary), ["X-Cache", "hit", "Server", "shop/1"]),
  });
}

const SAMPLES: readonly Sample[] = [
  orderSample("order-1"),
  orderSample("order-2"),
  sample("page-3", "GET /pages/{id}", "/pages/7", PAGE_FIELDS, {
    primary: leg("v1", "text", PAGE.primary, []),
    candidate: leg("v2", "text", PAGE.candidate, []),
    secondary: null,
  }),
  sample("image-4", "GET /images/{id}", "/images/7", PAGE_FIELDS, {
    primary: leg("v1", "binary", "old picture", []),
    candidate: leg("v2", "binary", "new picture", []),
    secondary: null,
  }),
  sample("refused-5", "GET /images/{id}", "/images/8", REFUSED_FIELDS, {
    primary: leg("v1", "binary", "old picture", []),
    candidate: {
      ...leg("v2", "empty", "", [], 0),
      headers: [],
      failure: { kind: "refused", detail: "connect ECONNREFUSED 127.0.0.1:9002" },
    },
    secondary: null,
  }),
];

const AT = { minute: MINUTE, candidate: "v2" };

/** The first commit: 2,000 requests, of which 1,812 were compared. */
export const FIRST_BATCH: ResultBatch = {
  id: "batch-1",
  accounting: [
    { ...AT, fate: "received", reason: "", count: 2_000 },
    { ...AT, fate: "sampledOut", reason: "", count: 100 },
    { ...AT, fate: "notMirrored", reason: "method", count: 60 },
    { ...AT, fate: "dropped", reason: "inflight", count: 15 },
    { ...AT, fate: "dropped", reason: "queue", count: 5 },
    { ...AT, fate: "mirrored", reason: "", count: 1_820 },
    { ...AT, fate: "skipped", reason: "client-aborted", count: 8 },
  ],
  outcomes: [
    ...outcomes("GET /orders/{id}", ORDER_FIELDS, 41),
    ...outcomes("GET /orders/{id}", NOISE_FIELDS, 559),
    ...outcomes("GET /users/{id}", [], 900),
    ...outcomes("GET /users/{id}/carts/{id}", NOISE_FIELDS, 200),
    ...outcomes("GET /pages/{id}", PAGE_FIELDS, 2),
    ...outcomes("GET /pages/{id}", [], 50),
    ...outcomes("GET /images/{id}", PAGE_FIELDS, 30),
    ...outcomes("GET /images/{id}", REFUSED_FIELDS, 30),
  ],
  relations: [],
  statuses: [],
  ruleHits: [],
  failures: [],
  features: [],
  pacing: [],
  slow: [],
  attributes: [],
  latencies: [
    ...latencies("GET /orders/{id}", 12, 1.04),
    ...latencies("GET /users/{id}", 3, 0.82),
    ...latencies("GET /users/{id}/carts/{id}", 6, 1),
    ...latencies("GET /pages/{id}", 45, 1.6),
  ],
  samples: SAMPLES,
};

const NAME_FIELDS: readonly DifferingField[] = [field("body", "$.name", "value", "raw")];

/** The earlier run: orders differ as in the later one, users differ too, and `GET /carts` is no longer called. */
export const EARLIER_BATCH: ResultBatch = {
  ...FIRST_BATCH,
  id: "batch-0",
  outcomes: [
    ...outcomes("GET /orders/{id}", ORDER_FIELDS, 41),
    ...outcomes("GET /orders/{id}", NOISE_FIELDS, 559),
    ...outcomes("GET /users/{id}", NAME_FIELDS, 300),
    ...outcomes("GET /users/{id}", [], 600),
    ...outcomes("GET /carts", NAME_FIELDS, 50),
  ],
  latencies: [],
  samples: [],
};

/** A commit while the page is open: 100 more requests without a difference. */
export const SECOND_BATCH: ResultBatch = {
  id: "batch-2",
  accounting: [
    { ...AT, fate: "received", reason: "", count: 100 },
    { ...AT, fate: "mirrored", reason: "", count: 100 },
  ],
  outcomes: outcomes("GET /users/{id}", [], 100),
  latencies: [],
  relations: [],
  statuses: [],
  ruleHits: [],
  failures: [],
  features: [],
  pacing: [],
  slow: [],
  attributes: [],
  samples: [],
};
