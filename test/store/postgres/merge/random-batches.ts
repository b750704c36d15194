import type { ResultBatch } from "../../../../src/model/batch.ts";
import type { Relation } from "../../../../src/model/difference.ts";
import type { LatencySeries } from "../../../../src/model/latency.ts";
import { minuteOfSlot, slotStart } from "../../../../src/lib/time-slots.ts";
import { attributes, batch, field, latency, leg, outcome, received, sample, SLOT } from "../../store-fixture.ts";

/** Mulberry32. @returns integers from 0 to below a limit */
export function randomIntegers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const SERIES: readonly LatencySeries[] = ["primary", "candidate", "secondary", "ratio", "bias", "twin"];
const RELATIONS: readonly Relation[] = ["rounding", "letter-case", "times-100"];

interface BatchOptions {
  readonly endpoints: number;
  /** Slots, from the first one of the fixture, in which requests arrive. */
  readonly slots: number;
  readonly exchanges: number;
}

/** A batch with counts of every kind; it adds up. Arrival and size of each sample are its own. */
export function randomBatch(id: string, random: (limit: number) => number, options: BatchOptions): ResultBatch {
  const parts = Array.from({ length: options.exchanges }, (_, at) => exchange(`${id}.${at}`, random, options));
  const mirrored = parts.reduce((sum, { count }) => sum + count, 0);
  const minute = minuteOfSlot(SLOT + random(options.slots));
  const accounting = [
    received(mirrored + 2, { minute }),
    received(mirrored, { minute, fate: "mirrored" }),
    received(1, { minute, fate: "notMirrored", reason: "method" }),
    received(1, { minute, fate: "inFlight" }),
  ];
  return batch(id, {
    accounting,
    outcomes: parts.map((part) => part.outcome),
    latencies: parts.flatMap((part) => part.latencies),
    relations: parts.flatMap((part) => part.relations),
    statuses: parts.map((part) => part.status),
    failures: parts.flatMap((part) => part.failures),
    features: parts.flatMap((part) => part.features),
    pacing: parts.map((part) => part.pacing),
    ruleHits: parts.flatMap((part) => part.ruleHits),
    samples: parts.flatMap((part) => part.samples),
    slow: parts.map((part) => part.slow),
    attributes: parts.map((part) => part.attributes),
  });
}

function exchange(id: string, random: (limit: number) => number, { endpoints, slots }: BatchOptions) {
  const slot = SLOT + random(slots);
  const place = { route: "default", endpoint: `GET /e${random(endpoints)}`, candidate: random(4) === 0 ? "v3" : "v2" };
  const count = 1 + random(3);
  const fields = ["$.a", "$.b", "$.c"].filter(() => random(3) === 0).map((path) => field(path, mark(random)));
  const level = random(3);
  const names = ["", "q", "q\npage"][random(3)] ?? "";
  const at = slotStart(slot) + random(125);
  const size = 1 + random(1_000_000);
  const body = leg("v1");
  const sized = { ...body, body: { ...body.body, length: size } };
  const sampled = sample(id, {
    ...place,
    at,
    fields,
    legs: { primary: sized, candidate: leg("v2"), secondary: random(2) === 0 ? leg("v1-twin") : null },
  });
  return {
    count,
    outcome: outcome({
      ...place,
      slot,
      count,
      fields,
      level,
      paired: random(2) === 0,
      queries: new Map([[names, count]]),
    }),
    latencies: SERIES.flatMap((series) => [
      latency({ ...place, slot, series: "primary", bucket: 40 }),
      latency({ ...place, slot, series, bucket: random(60) }),
    ]),
    relations: fields.map(({ section, path, kind }) => {
      return { ...place, section, path, kind, relation: RELATIONS[random(3)] ?? "rounding", count };
    }),
    status: { ...place, slot, role: "candidate" as const, primary: 200, other: 200 + random(4), count, level },
    failures:
      random(5) > 0
        ? []
        : [{ ...place, role: "candidate" as const, kind: "refused" as const, reason: "r", address: "a", count }],
    features:
      random(4) > 0
        ? []
        : [
            {
              ...place,
              slot,
              section: "body" as const,
              path: "$.a",
              feature: "null",
              candidateOnly: 1,
              secondaryOnly: 2,
            },
          ],
    pacing: { ...place, slot, backToBack: 1 },
    ruleHits: random(3) > 0 ? [] : [{ ...place, rule: `rule-${random(2)}`, count }],
    samples: fields.some((each) => each.mark !== "noise") ? [sampled] : [],
    attributes: attributes(id, {
      ...place,
      at,
      fields,
      stratum: fields.map(({ path }) => path).join(),
      attributes: [
        { source: "query" as const, name: "id", value: id },
        { source: "query" as const, name: "size", value: size % 10 },
      ],
    }),
    slow: {
      ...place,
      at,
      method: "GET",
      target: `/${id}`,
      primaryStatus: 200,
      candidateStatus: 200,
      primaryMs: 1,
      candidateMs: 1 + random(1_000_000) / 1_000,
      secondaryMs: null,
      sampleId: null,
    },
  };
}

function mark(random: (limit: number) => number) {
  return (["raw", "noise", "both"] as const)[random(3)] ?? "raw";
}
