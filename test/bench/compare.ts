/**
 * Measures the compare stage alone, in this process: microseconds per exchange.
 *   npm run bench:compare -- [--turns 5] [--seconds 1] [--out FILE]
 */
import { createComparer, type Comparer } from "../../src/compare/batch-comparer.ts";
import type { CaptureBatch } from "../../src/model/batch.ts";
import type { MirroredCapture } from "../../src/model/capture.ts";
import { batch, capture, CONFIG, exchange, identical, KEY, mirrored } from "../compare/build-exchanges.ts";
import { goalsTable, judge, shown } from "./goals.ts";
import { writeResults } from "./machine.ts";
import { readNumbers } from "./settings.ts";
import { jsonBody } from "./shapes.ts";
import { spreadOf, type Spread } from "./statistics.ts";
import { table } from "./table.ts";

const [KB, MB] = [1024, 1024 * 1024];
/** Exchanges per batch: as many as arrive in 25 ms at 4,000 requests/s; fewer when they are large. */
const BATCH = 100;
const LARGE_BATCH = 2;
const WARM_UP_SECONDS = 1;
const US_PER_MS = 1_000;

interface Case {
  readonly name: string;
  readonly batch: CaptureBatch;
  /** Samples that are kept per difference. */
  readonly samples?: number | undefined;
  /** Highest allowed cost of one exchange, in microseconds. */
  readonly limitUs?: number | undefined;
}

const { numbers, texts } = readNumbers({ turns: 5, seconds: 1 }, ["out"]);

/** Returns the JSON with one value changed in the middle. */
function changed(body: string): string {
  const at = body.indexOf('"price":', Math.floor(body.length / 2)) + '"price":'.length;
  return `${body.slice(0, at)}7${body.slice(at)}`;
}

/** Returns the same value, formatted with spaces. */
function spaced(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 1);
}

/** Returns the JSON with every price changed. */
function allChanged(body: string): string {
  return body.replaceAll('"price":', '"price":7');
}

function batchOf(count: number, primary: string, candidate: (() => MirroredCapture) | string): CaptureBatch {
  const mirroredOf = typeof candidate === "string" ? () => mirrored(candidate) : candidate;
  return batch(
    ...Array.from({ length: count }, (_, index) =>
      exchange({
        id: `e${index}`,
        target: `/users/${index}?x=1`,
        primary: capture(primary),
        candidates: [mirroredOf()],
      }),
    ),
  );
}

function otherHeader(): MirroredCapture {
  const headers = ["Content-Type", "application/json", "X-Version", "2"];
  return { ...mirrored("", { headers }), sameBody: true };
}

function cases(): readonly Case[] {
  const [small, middle, large] = [jsonBody(KB, "1"), jsonBody(20 * KB, "1"), jsonBody(MB, "1")];
  return [
    { name: "identical, small JSON (the bytes were equal)", batch: batchOf(BATCH, "", () => identical()), limitUs: 5 },
    { name: "a header differs, the bodies are equal", batch: batchOf(BATCH, "", otherHeader) },
    { name: "1 KB, the same value in other bytes", batch: batchOf(BATCH, small, spaced(small)) },
    { name: "1 KB, one value differs", batch: batchOf(BATCH, small, changed(small)) },
    { name: "1 KB, every price differs", batch: batchOf(BATCH, small, allChanged(small)) },
    { name: "1 KB, one value differs, kept as a sample", batch: batchOf(BATCH, small, changed(small)), samples: 1e9 },
    { name: "20 KB, the same value in other bytes", batch: batchOf(BATCH, middle, spaced(middle)) },
    { name: "20 KB, one value differs", batch: batchOf(BATCH, middle, changed(middle)), limitUs: US_PER_MS },
    { name: "20 KB, every price differs", batch: batchOf(BATCH, middle, allChanged(middle)), limitUs: US_PER_MS },
    { name: "1 MB, one value differs", batch: batchOf(LARGE_BATCH, large, changed(large)), limitUs: 30 * US_PER_MS },
    {
      name: "1 MB, every price differs",
      batch: batchOf(LARGE_BATCH, large, allChanged(large)),
      limitUs: 30 * US_PER_MS,
    },
  ];
}

/** @returns microseconds per exchange */
function run(comparer: Comparer, { batch }: Case, seconds: number): number {
  const began = performance.now();
  let exchanges = 0;
  for (let now = began; now - began < seconds * 1_000; now = performance.now()) {
    exchanges += comparer.compare(batch).outcomes.reduce((sum, { count }) => sum + count, 0);
  }
  return ((performance.now() - began) * US_PER_MS) / exchanges;
}

const running = cases().map((one) => {
  const config = { ...CONFIG, samplesPerDifference: one.samples ?? CONFIG.samplesPerDifference };
  return { one, comparer: createComparer({ config, redactionKey: KEY }), turns: [] as number[] };
});
for (const { one, comparer } of running) run(comparer, one, WARM_UP_SECONDS);
for (let turn = 1; turn <= numbers.turns; turn += 1) {
  for (const { one, comparer, turns } of running) turns.push(run(comparer, one, numbers.seconds));
}

const results = running.map(({ one, turns }) => ({ one, spread: spreadOf(turns) }));
const line = (name: string, { median, min, max }: Spread): string[] => [name, ...[median, min, max].map(shown)];
console.log(
  `Comparing, µs per exchange; ${numbers.turns} turns of ${numbers.seconds} s\n` +
    table([["", "median", "min", "max"], ...results.map(({ one, spread }) => line(one.name, spread))]),
);
const goals = results.flatMap(({ one: { name, limitUs }, spread: { median, min, max } }) =>
  limitUs === undefined ? [] : [judge({ name: `${name}, µs`, is: "at most", limit: limitUs }, median, [min, max])],
);
console.log(`\n${goalsTable(goals)}`);
writeResults(texts["out"], {
  settings: numbers,
  figures: results.map(({ one, spread }) => ({ name: one.name, us: spread })),
  goals,
});
