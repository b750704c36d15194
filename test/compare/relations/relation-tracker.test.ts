import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import { batch, capture, CONFIG, exchange, KEY, mirrored } from "../build-exchanges.ts";

const START = Date.UTC(2026, 10, 20);

type Values = Record<"primary" | "candidate" | "secondary", unknown>;

/** The relations of `$.v`, and the number of differences, over exchanges in order. */
function relate(
  all: readonly Values[],
  secondary = "twin",
  times = (index: number): number => index,
): { relations: Record<string, number>; differing: number } {
  const comparer = createComparer({ config: { ...CONFIG, samplesPerDifference: 0 }, redactionKey: KEY });
  const exchanges = all.map((values, index) =>
    exchange({
      id: `e${index}`,
      at: START + 10 * times(index),
      primary: capture(body(values.primary)),
      candidates: [mirrored(body(values.candidate))],
      secondary: mirrored(body(values.secondary), { subset: secondary }),
    }),
  );
  const { relations, outcomes } = comparer.compare(batch(...exchanges));
  const differing = outcomes
    .filter(({ fields }) => fields.some(({ mark }) => mark !== "noise"))
    .reduce((sum, { count }) => sum + count, 0);
  const sums: Record<string, number> = {};
  for (const { relation, count } of relations) sums[relation] = (sums[relation] ?? 0) + count;
  return { relations: sums, differing };
}

function body(v: unknown): string {
  return JSON.stringify({ v });
}

/** A state that changes every 20 exchanges, as a server sees it whose copy is that many exchanges old. */
function state(index: number, delay: number): string {
  return `state ${String.fromCharCode(97 + (Math.floor((index + 100 - delay) / 20) % 26))}`;
}

function exchanges(count: number, valuesAt: (index: number) => Values): Values[] {
  return Array.from({ length: count }, (_, index) => valuesAt(index));
}

describe("a state that lags", () => {
  it.each([
    ["behind", 0, 12],
    ["ahead", 12, 0],
  ])("explains a candidate that is %s", (_, primary, candidate) => {
    const { relations, differing } = relate(
      exchanges(1_000, (index) => ({
        primary: state(index, primary),
        candidate: state(index, candidate),
        secondary: state(index, 5),
      })),
    );
    expect(differing).toBe(600);
    expect(relations["lagging"]).toBeGreaterThan(0.95 * differing);
  });

  it("does not explain a candidate that stays behind", () => {
    const { relations, differing } = relate(
      exchanges(500, (index) => ({
        primary: state(index, 0),
        candidate: index < 60 ? state(index, 0) : state(60, 0),
        secondary: state(index, 5),
      })),
    );
    expect(relations["lagging"] ?? 0).toBeLessThan(0.2 * differing);
  });

  it("does not explain the value of another request", () => {
    const { relations } = relate(
      exchanges(500, (index) => ({
        primary: `name ${index % 7}`,
        candidate: `name ${(index + 6) % 7}`,
        secondary: `name ${index % 7}`,
      })),
    );
    expect(relations["lagging"]).toBeUndefined();
  });

  it("does not explain a flag that is wrong now and then, or goes to and fro", () => {
    for (const primary of [
      (index: number) => random(index) < 0.1,
      (index: number) => Math.floor(index / 10) % 2 === 0,
    ]) {
      const { relations } = relate(
        exchanges(500, (index) => ({
          primary: primary(index),
          candidate: random(index + 1_000) < 0.3 ? !primary(index) : primary(index),
          secondary: primary(index),
        })),
      );
      expect(relations["lagging"]).toBeUndefined();
    }
  });
});

function random(index: number): number {
  const wave = Math.sin(index * 78.233) * 43_758.5453;
  return wave - Math.floor(wave);
}

describe("values of an instance", () => {
  const pods = exchanges(30, () => ({ primary: "pod a", candidate: "pod b", secondary: "pod a" }));

  it("are constant on each side, which a self-check cannot tell from a change", () => {
    expect(relate(pods, "v1").relations).toEqual({ instance: 30 });
  });

  it("include counters of each server, but no numbers that depend on the request", () => {
    const views = exchanges(40, (index) => ({
      primary: 100 + index,
      candidate: 57 + Math.floor(index / 3),
      secondary: 101 + index,
    }));
    expect(relate(views, "v1").relations["counting"]).toBeGreaterThanOrEqual(0.95 * 40);
    expect(relate(views).relations).toEqual({});
    // A self-check delays some exchanges, so that they complete after later ones.
    const overtaking = exchanges(40, (index) => ({
      primary: 100 + swapped(index),
      candidate: 57 + swapped(index),
      secondary: 101 + swapped(index),
    }));
    expect(relate(overtaking, "v1", swapped).relations["counting"]).toBeGreaterThanOrEqual(0.95 * 40);
    const prices = exchanges(40, (index) => ({
      primary: (index * 37) % 100,
      candidate: ((index * 37) % 100) + 1,
      secondary: (index * 37) % 100,
    }));
    expect(relate(prices, "v1").relations["counting"] ?? 0).toBeLessThan(0.5 * 40);
  });

  it("are not named with a secondary of its own, which shows them", () => {
    expect(relate(pods).relations).toEqual({});
  });

  it("are not named where either side varies, or where another relation explains the difference", () => {
    const varying = exchanges(30, (index) => ({
      primary: "pod a",
      candidate: `pod ${index % 3}`,
      secondary: "pod a",
    }));
    expect(relate(varying, "v1").relations["instance"]).toBeLessThan(0.5 * 30);
    const spelled = exchanges(30, () => ({ primary: "pod a", candidate: "POD A", secondary: "pod a" }));
    expect(relate(spelled, "v1").relations).toEqual({ "letter-case": 30 });
  });
});

/** The exchanges 1 and 3 of every four have changed places. */
function swapped(index: number): number {
  return index % 4 === 1 ? index + 2 : index % 4 === 3 ? index - 2 : index;
}
