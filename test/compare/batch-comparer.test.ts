import { gzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import { IdenticalExchangeWriter } from "../../src/transfer/identical-exchanges.ts";
import { readProgress } from "../../src/transfer/batch-progress.ts";
import { bucketOf, fineBucketOf } from "../../src/lib/log-buckets.ts";
import { sampleDraw } from "../../src/lib/stable-draw.ts";
import type { PackedExchanges } from "../../src/model/batch.ts";
import type { Capture, Exchange } from "../../src/model/capture.ts";
import type { OutcomeCount } from "../../src/model/difference.ts";
import type { SampleBody } from "../../src/model/sample.ts";
import { seeded } from "../lib/seeded.ts";
import { CONFIG, KEY, batch, capture, exchange, failed, identical, mirrored } from "./build-exchanges.ts";

function comparer(change: Partial<typeof CONFIG> = {}) {
  return createComparer({ config: { ...CONFIG, ...change }, redactionKey: KEY });
}

function outcomes(...exchanges: Exchange[]): readonly OutcomeCount[] {
  return comparer().compare(batch(...exchanges)).outcomes;
}

function marks({ fields }: OutcomeCount): string[] {
  return fields.map(({ section, path, kind, mark }) => `${section} ${path} ${kind} ${mark}`);
}

function textOf(body: SampleBody): string {
  return zstdDecompressSync(body.content).toString();
}

const timed = (totalMs: number): Partial<Capture> => ({ timing: { connectMs: null, firstByteMs: 1, totalMs } });

describe("comparer: outcomes", () => {
  it("sums equal outcomes of one slot", () => {
    const same = exchange({ candidates: [identical()] });
    expect(
      outcomes(same, { ...same, at: 120_124, target: "/users/9f86d081884c7d65" }, { ...same, at: 120_125 }),
    ).toEqual([
      {
        slot: 960,
        route: "default",
        endpoint: "GET /users/{id}",
        candidate: "v2",
        paired: false,
        fields: [],
        overflow: false,
        count: 2,
        queries: new Map([
          ["x", 1],
          ["", 1],
        ]),
      },
      {
        slot: 961,
        route: "default",
        endpoint: "GET /users/{id}",
        candidate: "v2",
        paired: false,
        fields: [],
        overflow: false,
        count: 1,
        queries: new Map([["x", 1]]),
      },
    ]);
  });

  it("counts identical exchanges in columns like identical exchanges in rows", () => {
    const writer = new IdenticalExchangeWriter();
    const row = {
      at: 120_000,
      backToBack: true,
      route: "default",
      method: "GET",
      target: "/users/123?x=1",
      status: 200,
      candidate: "v2",
      level: 0,
    };
    writer.add({ ...row, primaryMs: 2, candidateMs: 3, paired: false, secondaryMs: null });
    writer.add({ ...row, primaryMs: 2, candidateMs: 3, paired: true, secondaryMs: 4 });
    const rows = comparer().compare({ ...batch(), identical: writer.take() });
    const legs = { backToBack: true, primary: capture("{}", timed(2)), candidates: [identical("v2", timed(3))] };
    const exchanges = comparer().compare(
      batch(exchange(legs), exchange({ ...legs, secondary: identical("twin", timed(4)) })),
    );
    expect(rows.outcomes.map(({ paired, count }) => [paired, count])).toEqual([
      [false, 1],
      [true, 1],
    ]);
    expect(rows).toEqual(exchanges);
  });

  it("compares the latency of a secondary, and not that of a self-check, whose copy was sent later", () => {
    const legs = { primary: capture("{}", timed(2)), candidates: [identical("v2", timed(3))] };
    const seriesOf = (subset: string): readonly string[] => {
      const { latencies, outcomes: compared } = comparer().compare(
        batch(exchange({ ...legs, secondary: identical(subset, timed(4)) })),
      );
      expect(compared.map(({ paired }) => paired)).toEqual([true]);
      return latencies.map(({ series }) => series).toSorted();
    };
    const unpaired = ["candidate", "primary", "ratio"];
    expect(seriesOf("twin")).toEqual([...unpaired, "bias", "secondary", "twin"].toSorted());
    expect(seriesOf(legs.primary.subset)).toEqual(unpaired);
  });

  it("marks each field raw, noise or both, sorted", () => {
    const [outcome] = outcomes(
      exchange({
        primary: capture('{"raw":1,"noise":1,"both":1}'),
        candidates: [
          mirrored('{"raw":2,"noise":1,"both":2}', { headers: ["Content-Type", "application/json", "X", "1"] }),
        ],
        secondary: mirrored('{"raw":1,"noise":3,"both":3}', { subset: "v1-twin" }),
      }),
    );
    expect(outcome?.paired).toBe(true);
    expect(outcome && marks(outcome)).toEqual([
      "body $.both value both",
      "body $.noise value noise",
      "body $.raw value raw",
      "header x extra raw",
    ]);
  });

  it("compares each candidate separately and shares the noise", () => {
    const found = outcomes(
      exchange({
        primary: capture('{"t":1}'),
        candidates: [identical("v2"), mirrored('{"t":2}', { subset: "v3" }), failed("refused", "v4")],
        secondary: mirrored('{"t":3}', { subset: "twin" }),
      }),
    );
    expect(found.map((outcome) => [outcome.candidate, ...marks(outcome)])).toEqual([
      ["v2", "body $.t value noise"],
      ["v3", "body $.t value both"],
      ["v4", "body $.t value noise", "transport $ transport raw"],
    ]);
  });

  it("is unpaired when the secondary failed in transport", () => {
    const [outcome] = outcomes(exchange({ candidates: [identical()], secondary: failed("timeout", "twin") }));
    expect(outcome).toMatchObject({ paired: false, fields: [] });
  });

  it("passes on the id and the accounting of the batch", () => {
    const accounting = [{ minute: 2, candidate: "v2", fate: "received", reason: "", count: 7 }] as const;
    expect(comparer().compare({ ...batch(), id: "p0:1", accounting })).toEqual({
      id: "p0:1",
      accounting,
      outcomes: [],
      latencies: [],
      relations: [],
      statuses: [],
      ruleHits: [],
      attributes: [],
      failures: [],
      features: [],
      pacing: [],
      slow: [],
      samples: [],
    });
  });

  it("counts a comparison that throws as skipped and compares the others", () => {
    const headers = ["X-A", "broken"];
    const sent = batch(
      exchange({ candidates: [mirrored("{}", { headers }), identical("v3")] }),
      exchange({ candidates: [identical()] }),
    );
    const { texts, ...rows } = sent.exchanges as PackedExchanges;
    const thrower: unknown = {
      trim() {
        throw new Error("broken");
      },
    };
    const exchanges = { ...rows, texts: texts.map((text) => (text === "broken" ? (thrower as string) : text)) };
    const result = comparer().compare({ ...sent, exchanges });
    expect(result.accounting).toEqual([
      { minute: 2, candidate: "v2", fate: "skipped", reason: "error", route: "default", count: 1 },
    ]);
    expect(result.outcomes.map(({ candidate, count }) => [candidate, count])).toEqual([
      ["v3", 1],
      ["v2", 1],
    ]);
  });

  it("skips an exchange whose primary failed", () => {
    const primary = failed("reset", "v1").capture;
    const result = comparer().compare(batch(exchange({ primary, candidates: [mirrored("{}"), mirrored("[]")] })));
    expect(result).toMatchObject({ outcomes: [], latencies: [], samples: [] });
    expect(result.accounting).toEqual([
      { minute: 2, candidate: "v2", fate: "skipped", reason: "primary-failed", route: "default", count: 2 },
    ]);
  });

  it("reports the start and end of each exchange", () => {
    const busy: boolean[] = [];
    const stage = createComparer({ config: CONFIG, redactionKey: KEY, onExchange: (is) => busy.push(is) });
    stage.compare(batch(exchange({ candidates: [identical()] }), exchange()));
    expect(busy).toEqual([true, false, true, false]);
  });
});

const timing = (connectMs: number | null, totalMs: number) => ({ timing: { connectMs, firstByteMs: 1, totalMs } });

const bucketsOf = (connectMs: number | null, totalMs: number) =>
  comparer()
    .compare(
      batch(
        exchange({
          primary: capture("{}", timing(null, 2)),
          candidates: [mirrored("{}", timing(connectMs, totalMs))],
        }),
      ),
    )
    .latencies.map(({ series, bucket }) => [series, bucket]);

describe("comparer: latencies", () => {
  it("excludes connection setup from latencies", () => {
    expect(bucketsOf(30, 34)).toEqual(bucketsOf(null, 4));
    expect(bucketsOf(30, 34)).not.toEqual(bucketsOf(null, 34));
  });

  it("counts the latency of each role and its ratio to the primary", () => {
    const one = exchange({
      primary: capture("{}", timed(10)),
      candidates: [mirrored("{}", timed(5))],
      secondary: mirrored("{}", { subset: "twin", ...timed(20) }),
    });
    const { latencies } = comparer().compare(batch(one, one));
    expect(latencies.map(({ series, bucket, count }) => [series, bucket, count])).toEqual([
      ["primary", bucketOf(10), 2],
      ["candidate", bucketOf(5), 2],
      ["ratio", fineBucketOf(0.5), 2],
      ["twin", fineBucketOf(0.25), 2],
      ["secondary", bucketOf(20), 2],
      ["bias", fineBucketOf(2), 2],
    ]);
    expect(latencies[0]).toMatchObject({ slot: 960, route: "default", endpoint: "GET /users/{id}", candidate: "v2" });
  });

  it("omits failed responses and counts a latency of zero as a finite ratio", () => {
    const { latencies } = comparer().compare(
      batch(
        exchange({ primary: capture("{}", timed(0)), candidates: [failed("timeout")], secondary: identical("twin") }),
      ),
    );
    expect(latencies.map(({ series }) => series)).toEqual(["primary", "secondary", "bias"]);
    expect(latencies.every(({ bucket }) => Number.isFinite(bucket))).toBe(true);
  });
});

const differing = (id: string, change: Partial<Exchange> = {}): Exchange =>
  exchange({ id, primary: capture('{"a":1.0}'), candidates: [mirrored('{"a":2}')], ...change });

const withSecret = (secret: string) =>
  JSON.stringify({
    password: secret,
    deep: [{ api_key: { x: secret } }],
    text: `token=${secret}`,
    [`secret`]: [secret],
  });

/** 300 kB of text that zstd compresses to 225 kB. Seeded: among all texts, some look like a credential and would be masked. */
const incompressible = (seed: number): string => {
  const random = seeded(seed);
  return Buffer.from(Array.from({ length: 225_000 }, () => Math.floor(random() * 256)))
    .toString("base64")
    .replaceAll(/[cjp]/gi, "0");
};

describe("comparer: samples", () => {
  it("samples a few exchanges per difference", () => {
    const stage = comparer({ samplesPerDifference: 2 });
    const kept = (...exchanges: Exchange[]) => stage.compare(batch(...exchanges)).samples.map(({ id }) => id);
    // The smallest draws are kept.
    const ids = ["1", "2", "3", "4", "5", "6"].toSorted((one, other) => sampleDraw(one) - sampleDraw(other));
    const [a = "", b = "", c = "", d = "", e = "", f = ""] = ids;
    expect(kept(differing(a), differing(b), differing(c))).toEqual([a, b]);
    expect(
      kept(differing(d), differing(e, { method: "HEAD" }), differing(f, { candidates: [mirrored("[]")] })),
    ).toEqual([e, f]);
  });

  it("samples neither matches nor noise alone", () => {
    const noisy = exchange({ candidates: [identical()], secondary: mirrored('{"n":1}', { subset: "twin" }) });
    expect(comparer().compare(batch(noisy, exchange({ candidates: [identical()] }))).samples).toEqual([]);
  });

  it("contains the complete exchange with its differences and the decoded body of each role", () => {
    const gzipped = mirrored(gzipSync('{"a":2}'), {
      headers: ["content-type", "application/json", "content-encoding", "gzip"],
    });
    const [sample] = comparer().compare(
      batch(differing("1", { candidates: [gzipped], secondary: identical("twin") })),
    ).samples;
    expect(sample).toMatchObject({
      id: "1",
      at: 120_000,
      route: "default",
      endpoint: "GET /users/{id}",
      candidate: "v2",
      method: "GET",
      target: "/users/123?x=1",
      fields: [
        { section: "body", path: "$.a", kind: "value", mark: "raw" },
        { section: "header", path: "content-encoding", kind: "extra", mark: "raw" },
      ],
      differences: [
        { section: "header", path: "content-encoding", kind: "extra", pointer: "", primary: null, candidate: "gzip" },
        { section: "body", path: "$.a", kind: "value", pointer: "/a", primary: "1", candidate: "2" },
      ],
    });
    const { primary, candidate, secondary } = sample?.legs ?? {};
    expect(primary && textOf(primary.body)).toBe('{"a":1.0}');
    expect(candidate && textOf(candidate.body)).toBe('{"a":2}');
    expect(candidate?.body).toMatchObject({ form: "json", mediaType: "application/json", truncated: false });
    expect(secondary).toMatchObject({ subset: "twin", status: 200, headers: ["Content-Type", "application/json"] });
    expect(secondary && textOf(secondary.body)).toBe('{"a":1.0}');
  });

  it("stores binary bodies as a hash and empty ones as empty, and marks truncated ones", () => {
    const png = { headers: ["Content-Type", "image/png"] };
    const cut = mirrored("PNG", { ...png, body: { bytes: Buffer.from("PNG"), length: 900, tailHash: "h" } });
    const [sample] = comparer().compare(
      batch(
        exchange({
          primary: capture("PNG", png),
          candidates: [cut],
          secondary: mirrored("", { ...png, subset: "twin" }),
        }),
      ),
    ).samples;
    const { primary, candidate, secondary } = sample?.legs ?? {};
    expect(primary?.body).toMatchObject({ form: "binary", length: 3, truncated: false });
    expect(primary && textOf(primary.body)).toMatch(/^[0-9a-f]{64}$/);
    expect(candidate?.body).toMatchObject({ form: "binary", length: 900, truncated: true });
    expect(secondary?.body).toEqual({
      form: "empty",
      mediaType: "image/png",
      length: 0,
      truncated: false,
      content: new Uint8Array(0),
    });
  });

  it("masks a truncated JSON body whole, because its structure is unknown", () => {
    const prefix = '{"password":"canary-1","list":[1,2,';
    const primary = capture(prefix, { body: { bytes: Buffer.from(prefix), length: 5_000, tailHash: "h" } });
    const [sample] = comparer().compare(batch(exchange({ primary, candidates: [mirrored("{}")] }))).samples;
    const body = sample?.legs.primary.body;
    expect(body).toMatchObject({ form: "text", truncated: true });
    expect(body && textOf(body)).toMatch(/^\[redacted:\w{8}\]$/);
  });

  it("stores no secret from any position, and different secrets stay different", () => {
    const { samples } = comparer().compare(
      batch(
        exchange({
          target: "/x?access_token=canary-9",
          headers: ["Authorization", "canary-9"],
          primary: capture(withSecret("canary-1"), { trailers: ["X-Token", "canary-3"] }),
          candidates: [mirrored(withSecret("canary-2"), { trailers: ["X-Token", "canary-4"] })],
          secondary: mirrored(`password=canary-5`, { subset: "twin", headers: ["Content-Type", "text/plain"] }),
        }),
      ),
    );
    const [sample] = samples;
    const legs = [sample?.legs.primary, sample?.legs.candidate, sample?.legs.secondary];
    const everything = JSON.stringify(samples) + legs.map((leg) => (leg ? textOf(leg.body) : "")).join("\n");
    expect(everything).not.toContain("canary");
    expect(sample?.fields.filter(({ mark }) => mark !== "noise").map(({ path }) => path)).toEqual([
      "$.deep[*].api_key.x",
      "$.password",
      "$.secret[*]",
      "$.text",
      "x-token",
    ]);
  });

  it("samples about 1 MiB of bodies per batch and counts all exchanges", () => {
    const plain = { headers: ["Content-Type", "text/plain"] };
    const large = exchange({
      primary: capture(incompressible(1), plain),
      candidates: [mirrored(incompressible(2), plain)],
    });
    const { samples, outcomes: counted } = comparer({ samplesPerDifference: 10 }).compare(
      batch(large, large, large, large),
    );
    const bytes = samples.reduce(
      (sum, { legs }) => sum + legs.primary.body.content.length + legs.candidate.body.content.length,
      0,
    );
    expect(samples.length).toBe(2);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(counted[0]?.count).toBe(4);
  });

  it("does not reference the memory of the batch", () => {
    const bytes = Buffer.from('{"a":1}');
    const stage = comparer();
    const result = stage.compare(batch(differing("1", { primary: capture(bytes) })));
    bytes.fill(0);
    const body = result.samples[0]?.legs.primary.body;
    expect(body && textOf(body)).toBe('{"a":1}');
    expect(body?.content.byteLength).toBe(body?.content.buffer.byteLength);
  });
});

describe("comparer: exchanges that ended a thread", () => {
  it("count as skipped for each candidate with their reason, and the others are compared", () => {
    const [a, b] = ['{"a":1}', '{"a":2}'];
    const one = exchange({ primary: capture(a), candidates: [mirrored(b), mirrored(a, { subset: "v3" })] });
    const abandoned = [
      { position: 1, reason: "timeout" as const },
      { position: 2, reason: "memory" as const },
    ];
    const progress: unknown[] = [];
    const sent = batch(one, one, one, one);
    const comparing = createComparer({
      config: CONFIG,
      redactionKey: KEY,
      onExchange: (busy) => busy && progress.push(readProgress(sent.progress)),
    });
    const { accounting, outcomes: counted } = comparing.compare({ ...sent, abandoned });
    expect(accounting.map(({ candidate, fate, reason, count }) => [candidate, fate, reason, count])).toEqual([
      ["v2", "skipped", "timeout", 1],
      ["v3", "skipped", "timeout", 1],
      ["v2", "skipped", "memory", 1],
      ["v3", "skipped", "memory", 1],
    ]);
    expect(counted.map(({ candidate, count }) => [candidate, count])).toEqual([
      ["v2", 2],
      ["v3", 2],
    ]);
    expect(progress).toEqual([0, 3].map((position) => ({ at: "exchange", position })));
    expect(readProgress(sent.progress)).toEqual({ at: "between" });
  });
});

describe("a list of texts", () => {
  it("takes linear time, also for a long word that is no name", () => {
    const body = JSON.stringify([`${"a".repeat(60)}!`]);
    const comparer = createComparer({ config: CONFIG, redactionKey: KEY });
    const { outcomes } = comparer.compare(batch(exchange({ primary: capture("[]"), candidates: [mirrored(body)] })));
    expect(outcomes[0]?.fields).toHaveLength(1);
  });
});
