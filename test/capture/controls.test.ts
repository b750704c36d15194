import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CaptureCollector } from "../../src/capture/capture-collector.ts";
import type { FinishedExchange } from "../../src/capture/finished-exchange.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { LegRecorder } from "../../src/capture/leg-recorder.ts";
import { createComparer } from "../../src/compare/batch-comparer.ts";
import { sampleDraw } from "../../src/lib/stable-draw.ts";
import type { CaptureBatch, CountBatch, ResultBatch } from "../../src/model/batch.ts";
import type { Exchange } from "../../src/model/capture.ts";
import { readIdenticalExchanges } from "../../src/transfer/identical-exchanges.ts";
import { unpackExchanges } from "../../src/transfer/packed-exchanges.ts";
import { configWith } from "../admin/admin-fixture.ts";
import { seeded } from "../lib/seeded.ts";

const KEY = Buffer.from("k");
/** A thread that takes no time. */
const NO_TIME = { cpu: () => 0, idle: () => 0 };
const EXCHANGES = 4_000;
/** Of a stratum. */
const KEPT = 256;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Sent {
  readonly collector: CaptureCollector;
  readonly counts: CountBatch[];
  readonly batches: CaptureBatch[];
}

/** A thread that sends its batches at once to the test. */
function start(explains: boolean): Sent {
  const [counts, batches]: [CountBatch[], CaptureBatch[]] = [[], []];
  const collector = new CaptureCollector({
    identity: "p",
    redactor: new HeaderRedactor(KEY),
    maxBufferedBytes: 1e8,
    time: NO_TIME,
  });
  collector.setExplains(explains);
  collector.setStore((batch) => counts.push(batch));
  collector.addThread(0, (batch) => batches.push(batch));
  return { collector, counts, batches };
}

function leg({ budget }: CaptureCollector, subset: string, body: string, headers: readonly string[] = []): LegRecorder {
  const recorder = new LegRecorder(subset, 100_000, budget);
  recorder.dispatch([]);
  recorder.start(null, `10.0.0.${subset.length}:80`);
  recorder.head(200, ["Content-Type", "application/json", ...headers]);
  recorder.data(Buffer.from(body));
  recorder.end([]);
  return recorder;
}

/** A request whose responses are identical. */
function identical(collector: CaptureCollector, id: string, body = "{}"): FinishedExchange {
  return {
    id,
    at: 120_000,
    backToBack: false,
    route: "default",
    request: { method: "GET", target: "/", headers: [] },
    protocol: "HTTP/1.1",
    requestBody: null,
    primary: leg(collector, "v1", body),
    secondary: null,
    candidates: [leg(collector, "v2", body)],
  };
}

/** Sends exchanges of three endpoints: one in ten differs, one in ten is noise, some have a secondary, a self-check or two candidates. */
function sendTraffic({ collector }: Sent): readonly SentExchange[] {
  const random = seeded(5);
  const sent: SentExchange[] = [];
  for (let index = 0; index < EXCHANGES; index += 1) {
    const [kind, path, form] = [random(), Math.floor(3 * random()), Math.floor(4 * random())];
    const body = (differs: boolean): string => JSON.stringify({ id: index, plan: differs ? "b" : "a" });
    const one: FinishedExchange = {
      id: `p:1-${index}`,
      at: 120_000 + 10 * index,
      backToBack: index % 7 === 0,
      route: "default",
      request: { method: "GET", target: `/items${path}/${index}?page=${path}`, headers: ["X-Index", String(index)] },
      protocol: "HTTP/1.1",
      requestBody: null,
      primary: leg(collector, "v1", body(false)),
      secondary: form === 0 ? null : leg(collector, form === 1 ? "v1" : "twin", body(kind > 0.8 && kind <= 0.9)),
      candidates: [
        leg(collector, "v2", body(kind > 0.9)),
        ...(form === 3 ? [leg(collector, "v3-next", body(false))] : []),
      ],
    };
    collector.count(one.at, "v2", "received");
    collector.add(one);
    sent.push({ endpoint: `GET /items${path}/{id}`, draw: sampleDraw(one.id), matches: kind <= 0.9 });
    vi.advanceTimersByTime(1);
  }
  vi.advanceTimersByTime(1_000);
  collector.close();
  return sent;
}

/** What is known of an exchange without comparing it. */
interface SentExchange {
  readonly endpoint: string;
  readonly draw: number;
  /** Primary and candidate. */
  readonly matches: boolean;
}

function exchangesOf({ batches }: Sent): Exchange[] {
  return batches.flatMap(({ exchanges, slab }) => (exchanges === null ? [] : [...unpackExchanges(exchanges, slab)]));
}

function leanOf({ batches }: Sent): number {
  return batches.reduce(
    (sum, { identical }) => sum + (identical === null ? 0 : [...readIdenticalExchanges(identical)].length),
    0,
  );
}

/** What the store keeps: the smallest draws. */
function drawsBelow(limit: number, all: readonly { readonly draw: number }[]): number[] {
  const below = all.flatMap(({ draw }) => (draw < limit ? [draw] : []));
  return below.toSorted((one, other) => one - other).slice(0, KEPT);
}

/** Adds up counts that are counted by the same. */
function sums(rows: readonly object[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const row of rows) {
    const { count = 1, backToBack, ...key } = row as { count?: number; backToBack?: number };
    const name = JSON.stringify(key);
    sum.set(name, (sum.get(name) ?? 0) + (backToBack ?? count));
  }
  return sum;
}

/** What the store adds up, in any order: each kind of count by everything that it is counted by. */
function totalsOf({ counts, batches }: Sent): Record<string, Map<string, number>> {
  const comparer = createComparer({ config: configWith({}).compare, redactionKey: KEY });
  const results = batches.map((batch) => comparer.compare(batch));
  const all = (rowsOf: (result: ResultBatch) => readonly object[]): Map<string, number> =>
    sums(results.flatMap((result) => rowsOf(result)));
  return {
    counts: sums(counts.flatMap(({ accounting }) => accounting)),
    accounting: all(({ accounting }) => accounting),
    outcomes: all(({ outcomes }) => outcomes),
    latencies: all(({ latencies }) => latencies),
    relations: all(({ relations }) => relations),
    statuses: all(({ statuses }) => statuses),
    failures: all(({ failures }) => failures),
    features: all(({ features }) => features),
    pacing: all(({ pacing }) => pacing),
    samples: all(({ samples }) => samples.map(({ id, candidate }) => ({ id, candidate }))),
  };
}

describe("exchanges that are sent as controls", () => {
  it("are counted once and as before: with and without controls, everything that is counted is equal", () => {
    const [before, after] = [start(false), start(true)];
    sendTraffic(before);
    sendTraffic(after);
    // The controls are many, and otherwise identical exchanges travel without their content.
    expect(exchangesOf(after).length - exchangesOf(before).length).toBeGreaterThan(500);
    expect(leanOf(after)).toBeGreaterThan(200);
    const [expected, actual] = [totalsOf(before), totalsOf(after)];
    expect(actual).toEqual(expected);
    expect(expected.outcomes?.size).toBeGreaterThan(100);
  });

  it("travel in full with their limit, which all complete exchanges of an endpoint carry, and the others below it are all sent", () => {
    const sent = start(true);
    sendTraffic(sent);
    const complete = exchangesOf(sent);
    const matching = complete.filter(({ secondary, candidates }) =>
      [...candidates, ...(secondary === null ? [] : [secondary])].every(({ identical }) => identical),
    );
    expect(matching.length).toBeGreaterThan(500);
    for (const { id, controlLimit } of matching) expect(sampleDraw(id)).toBeLessThan(controlLimit ?? 0);
    expect(complete.every(({ controlLimit }) => controlLimit !== undefined)).toBe(true);
    const [control] = matching;
    expect(control).toMatchObject({
      protocol: "HTTP/1.1",
      headers: ["X-Index", expect.stringMatching(/^\d+$/)],
      primary: { headers: ["Content-Type", "application/json"], address: "10.0.0.2:80" },
    });
    expect(Buffer.from(control?.primary.body.bytes ?? []).toString()).toMatch(/^\{"id":\d+,"plan":"a"\}$/);
  });

  it("are not sent when nothing is explained, and exchanges that differ travel without what only explains", () => {
    const sent = start(false);
    sendTraffic(sent);
    const complete = exchangesOf(sent);
    expect(
      complete.every(({ candidates, secondary }) => [...candidates, secondary].some((one) => one?.identical === false)),
    ).toBe(true);
    expect(complete.map(({ protocol, requestBody, controlLimit }) => [protocol, requestBody, controlLimit])).toEqual(
      complete.map(() => [undefined, undefined, undefined]),
    );
  });

  it("have limits of their own for each set of candidates, because a candidate with a small share has few exchanges", () => {
    const { collector, batches } = start(true);
    for (let index = 0; index < 2_000; index += 1) {
      const rare = index % 100 === 0 ? [leg(collector, "v3", "{}")] : [];
      collector.add({ ...identical(collector, `p:1-${index}`), candidates: [leg(collector, "v2", "{}"), ...rare] });
      vi.advanceTimersByTime(10);
    }
    const complete = exchangesOf({ collector, batches, counts: [] });
    const both = complete.filter(({ candidates }) => candidates.length === 2);
    expect([both.length, new Set(both.map(({ controlLimit }) => controlLimit))]).toEqual([20, new Set([1])]);
    expect(complete.findLast(({ candidates }) => candidates.length === 1)?.controlLimit).toBeLessThan(0.5);
    collector.close();
  });

  it("their records are, below the smallest limit of an endpoint, all exchanges that match, as far as the store keeps them", () => {
    const sent = start(true);
    const all = sendTraffic(sent);
    const comparer = createComparer({ config: configWith({}).compare, redactionKey: KEY });
    const records = sent.batches.flatMap((batch) => comparer.compare(batch).attributes);
    for (const endpoint of new Set(all.map((one) => one.endpoint))) {
      const matching = records.filter(
        (one) => one.endpoint === endpoint && one.candidate === "v2" && one.stratum === "",
      );
      const limit = Math.min(...matching.map((one) => one.limit));
      const expected = all.filter((one) => one.endpoint === endpoint && one.matches);
      expect(drawsBelow(limit, matching)).toEqual(drawsBelow(limit, expected));
      expect(drawsBelow(limit, matching)).toHaveLength(KEPT);
    }
  });

  it("have the configured claims of the request's token, and not the token", () => {
    const redactor = new HeaderRedactor(KEY);
    redactor.setClaims(["plan"]);
    const collector = new CaptureCollector({ identity: "p", redactor, maxBufferedBytes: 1e8, time: NO_TIME });
    collector.setExplains(true);
    const batches: CaptureBatch[] = [];
    collector.addThread(0, (batch) => batches.push(batch));
    const payload = Buffer.from('{"plan":"pro","sub":"canary"}').toString("base64url");
    collector.add({
      ...identical(collector, "p:1-0"),
      request: { method: "GET", target: "/", headers: ["Authorization", `Bearer eyJhbGciOiJub25lIn0.${payload}.x`] },
      protocol: "HTTP/2",
    });
    vi.advanceTimersByTime(1_000);
    const [one] = exchangesOf({ collector, batches, counts: [] });
    expect(one?.claims).toEqual(["plan", "pro"]);
    expect(one?.headers[1]).toMatch(/^\[redacted:[\da-f]{8}\]$/);
    collector.close();
  });

  it("are few when bodies are large, because compare threads have to read them", () => {
    const complete = [100, 50_000].map((length) => {
      const { collector, batches, counts } = start(true);
      const body = "x".repeat(length);
      for (let index = 0; index < 1_000; index += 1) {
        collector.add(identical(collector, `p:1-${index}`, body));
      }
      vi.advanceTimersByTime(1_000);
      collector.close();
      return exchangesOf({ collector, batches, counts }).length;
    });
    // 256 · (1 + ln(1,000 / 256)) of the small ones, which cost 1 µs each; 21 of the large ones, each 0.5 ms: 21 · (1 + ln(1,000 / 21)).
    expect(Math.abs((complete[0] ?? 0) - 605)).toBeLessThan(4 * Math.sqrt(349));
    expect(Math.abs((complete[1] ?? 0) - 102)).toBeLessThan(4 * Math.sqrt(81));
  });

  it("begin again with a run", () => {
    const { collector, batches } = start(true);
    const add = (id: string): void => collector.add({ ...identical(collector, id), protocol: undefined });
    for (let index = 0; index < 3_000; index += 1) {
      add(`p:1-${index}`);
      vi.advanceTimersByTime(10);
    }
    collector.beginRun();
    add("p:1-3000");
    vi.advanceTimersByTime(1_000);
    const limits = exchangesOf({ collector, batches, counts: [] }).map(({ controlLimit }) => controlLimit);
    expect(limits.at(-2)).toBeLessThan(0.2);
    expect(limits.at(-1)).toBe(1);
    collector.close();
  });
});
