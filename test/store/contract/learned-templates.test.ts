import { expect, it } from "vitest";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import type { OutcomeCount } from "../../../src/model/difference.ts";
import type { Review } from "../../../src/model/review.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { Run } from "../../../src/model/run.ts";
import { randomFor } from "../../simulate/random.ts";
import type { StoreReader } from "../../../src/store/store.ts";
import {
  batch,
  field,
  flat,
  latency,
  latencyRows,
  minuteRows,
  MINUTE,
  OPTIONS,
  outcome,
  RUN,
  sample,
  SLOT,
} from "../store-fixture.ts";
import type { Engine, WriterOptions } from "./engine.ts";
import { describeStores } from "./engines.ts";

const LEARNING: WriterOptions = { ...OPTIONS, maxEndpoints: 500, maxSegmentValues: 20 };
const WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet".split(" ");
const slug = (n: number): string =>
  `${WORDS[n % 10]}-${WORDS[Math.floor(n / 10) % 10]}-${WORDS[Math.floor(n / 100) % 10]}`;
const slugs = (from: number, to: number): OutcomeCount[] =>
  Array.from({ length: to - from }, (_, n) => outcome({ endpoint: `GET /posts/${slug(from + n)}` }));

function open(engine: Engine, options: Partial<WriterOptions> = {}, run: Run = RUN) {
  return engine.open({ ...LEARNING, ...options }, run);
}

/** Compared exchanges by endpoint. */
async function countsOf(reader: StoreReader, runId = RUN.id): Promise<Record<string, number>> {
  return Object.fromEntries(
    (await reader.outcomes(runId, "v2")).map(({ endpoint, rows }) => [
      endpoint,
      rows.reduce((sum, { count }) => sum + count, 0),
    ]),
  );
}

function rule(endpoint: string): Rule {
  return {
    id: `rule-${endpoint}`,
    endpoint,
    section: "body",
    path: "$.a",
    kind: undefined,
    action: { type: "ignore" },
    owner: "",
    reason: "",
    source: "dashboard",
    createdBy: "",
    createdAt: 1,
    expiresAt: null,
  };
}

function review(endpoint: string): Review {
  return {
    signature: "abc",
    decision: "denied",
    endpoints: [endpoint],
    title: "",
    fields: [],
    reason: "",
    by: "",
    at: 1,
    expiresAt: null,
  };
}

function at(n: number): { endpoint: string } {
  return { endpoint: `GET /posts/${slug(n)}` };
}

/** What an outcome says, without its place and time. */
function resultOf({ paired, fields }: Pick<OutcomeCount, "paired" | "fields">): string {
  return JSON.stringify([paired, fields]);
}

function sumsByResult(rows: readonly Pick<OutcomeCount, "paired" | "fields" | "count">[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of rows) sums[resultOf(row)] = (sums[resultOf(row)] ?? 0) + row.count;
  return sums;
}

const audit = { at: 1, by: "", what: "" };

describeStores("learned templates", (engine) => {
  it("add up what was counted before, in one commit and over commits, and are kept when the store is opened again", async () => {
    const { writer, reader, reopen } = await open(engine);
    await writer.commit(RUN.id, [batch("1", { outcomes: slugs(0, 20) })]);
    expect(Object.keys(await countsOf(reader))).toHaveLength(20);
    await writer.commit(RUN.id, [batch("2", { outcomes: slugs(20, 600) })]);
    expect(await countsOf(reader)).toEqual({ "GET /posts/{post}": 600 });
    expect(await writer.templates()).toEqual([
      { route: "default", method: "GET", parent: "/posts", parameter: "{post}", literals: [] },
    ]);

    const again = await reopen();
    const next: Run = { ...RUN, id: "next", startedAt: RUN.startedAt + 1 };
    await again.commit(RUN.id, [batch("3", { outcomes: slugs(0, 30) })]);
    await again.endRun(RUN.id, next.startedAt, next);
    await again.commit(next.id, [batch("4", { outcomes: slugs(0, 3) })]);
    expect(await countsOf(reader)).toEqual({ "GET /posts/{post}": 630 });
    expect(await countsOf(reader, next.id)).toEqual({ "GET /posts/{post}": 3 });
  });

  it("keep frequent values, also those that arrive in the same commit", async () => {
    const { writer, reader } = await open(engine);
    const frequent = [
      outcome({ endpoint: "GET /posts/of-the-day", count: 50 }),
      outcome({ endpoint: "GET /posts/search", count: 1 }),
    ];
    await writer.commit(RUN.id, [batch("1", { outcomes: [...slugs(0, 10), ...frequent, ...slugs(10, 900)] })]);
    expect(await countsOf(reader)).toEqual({
      "GET /posts/of-the-day": 50,
      "GET /posts/search": 1,
      "GET /posts/{post}": 900,
    });
  });

  it("are undone by a rollback, together with the counts", async () => {
    const { writer, reader, failToCommit } = await open(engine);
    await failToCommit([batch("1", { outcomes: slugs(0, 100) })]);
    expect(await writer.templates()).toEqual([]);
    await writer.commit(RUN.id, [batch("2", { outcomes: slugs(0, 20) })]);
    expect(Object.keys(await countsOf(reader))).toHaveLength(20);
    expect(await writer.templates()).toEqual([]);
  });

  it("leave what rules, reviews, thresholds and configured templates spell out, whenever they are added", async () => {
    const gate = { ...RUN.gate, coverage: ["GET /posts/alpha-alpha-alpha"] };
    const { writer, reader } = await open(
      engine,
      { configuredEndpoints: () => ["/posts/bravo-alpha-alpha/{part}"] },
      { ...RUN, gate, rules: [rule("* /posts/charlie-alpha-alpha")] },
    );
    await writer.edit({ type: "add-rule", rule: rule("GET /posts/delta-alpha-alpha"), audit });
    await writer.commit(RUN.id, [batch("1", { outcomes: slugs(0, 100) })]);
    const own = ["alpha", "bravo", "charlie", "delta"].map((word) => `${word}-alpha-alpha`);
    expect(await countsOf(reader)).toEqual({
      ...Object.fromEntries(own.map((value) => [`GET /posts/${value}`, 1])),
      "GET /posts/{post}": 96,
    });
    // Stored under its own name so far, and again from now on.
    await writer.edit({ type: "reviews", put: [review("GET /posts/echo-alpha-alpha")], remove: [], audit });
    // Stored under the template so far.
    await writer.edit({ type: "add-rule", rule: rule("GET /posts/golf-india-alpha"), audit });
    await writer.commit(RUN.id, [batch("2", { outcomes: slugs(0, 100) })]);
    expect(await countsOf(reader)).toEqual({
      ...Object.fromEntries(own.map((value) => [`GET /posts/${value}`, 2])),
      "GET /posts/echo-alpha-alpha": 2,
      "GET /posts/golf-india-alpha": 1,
      "GET /posts/{post}": 189,
    });
    await writer.edit({ type: "remove-rule", id: "rule-GET /posts/golf-india-alpha", audit });
    await writer.commit(RUN.id, [batch("3", { outcomes: slugs(86, 87) })]);
    expect((await countsOf(reader))["GET /posts/golf-india-alpha"]).toBe(2);
  });

  it("lead from a template to the samples, latencies and rule hits of all its endpoints", async () => {
    const { writer, reader } = await open(engine);
    const slot = SLOT + 3 * SLOTS_PER_MINUTE;
    await writer.commit(RUN.id, [
      batch("1", {
        outcomes: slugs(0, 5),
        latencies: Array.from({ length: 5 }, (_, n) => latency({ ...at(n), count: 2 })),
        ruleHits: Array.from({ length: 5 }, (_, n) => ({
          rule: "r",
          route: "default",
          candidate: "v2",
          count: 3,
          ...at(n),
        })),
        samples: [sample("early", at(0)), sample("other", { endpoint: "GET /other" })],
      }),
      batch("2", {
        outcomes: slugs(5, 50),
        latencies: [latency({ ...at(49), slot, bucket: 41 })],
        ruleHits: [{ rule: "r", route: "default", candidate: "v2", count: 1, ...at(49) }],
        samples: [sample("late", { ...at(49), at: RUN.startedAt + 1 })],
      }),
    ]);
    for (const endpoint of ["GET /posts/{post}", "GET /posts/alpha-alpha-alpha"]) {
      expect(
        (await reader.samples(RUN.id, "v2", { endpoint, limit: 9 })).map(({ id, endpoint: name }) => [id, name]),
      ).toEqual([
        ["late", "GET /posts/{post}"],
        ["early", "GET /posts/{post}"],
      ]);
      const minutes = minuteRows(await reader.latencyMinutes(RUN.id, "v2", endpoint));
      expect(minutes.reduce((sum, { count }) => sum + count, 0)).toBe(11);
      expect(new Set(minutes.map(({ minute }) => minute))).toEqual(new Set([MINUTE, MINUTE + 3]));
    }
    expect(await reader.samples(RUN.id, "v2", { limit: 9 })).toHaveLength(3);
    expect((await reader.sample(RUN.id, "early", "v2"))?.endpoint).toBe("GET /posts/{post}");
    expect(
      latencyRows(await reader.latencies(RUN.id, "v2")).map(({ endpoint, bucket, count }) => [endpoint, bucket, count]),
    ).toEqual([
      ["GET /posts/{post}", 40, 10],
      ["GET /posts/{post}", 41, 1],
    ]);
    expect(await reader.ruleHits(RUN.id, "v2")).toEqual([
      { rule: "r", route: "default", endpoint: "GET /posts/{post}", candidate: "v2", count: 16 },
    ]);
  });

  it("give the same objects until a count changes, and only the changed ones afterwards", async () => {
    const { writer, reader } = await open(engine);
    await writer.commit(RUN.id, [batch("1", { outcomes: slugs(0, 20) })]);
    await writer.commit(RUN.id, [
      batch("2", { outcomes: slugs(20, 50).map((one) => ({ ...one, slot: SLOT + 5_000 })) }),
    ]);
    const [first, again] = [await reader.blocks(RUN.id, "v2"), await reader.blocks(RUN.id, "v2")];
    expect(first.map(({ endpoint, rows }) => [endpoint, rows.length])).toEqual([["GET /posts/{post}", 2]]);
    expect(again[0]?.rows).toBe(first[0]?.rows);
    expect((await reader.outcomes(RUN.id, "v2"))[0]?.rows).toBe((await reader.outcomes(RUN.id, "v2"))[0]?.rows);
    await writer.commit(RUN.id, [
      batch("3", { outcomes: [outcome({ endpoint: `GET /posts/${slug(60)}`, slot: SLOT + 5_000 })] }),
    ]);
    const [block, changed] = (await reader.blocks(RUN.id, "v2"))[0]?.rows ?? [];
    expect(block).toBe(first[0]?.rows[0]);
    expect(changed?.outcomes.map(({ count }) => count)).toEqual([31]);
  });

  it.each([1, 2, 3, 4, 5].slice(0, engine.runs(5)))(
    "count every exchange once, with restarts and failed commits (seed %i)",
    async (seed) => {
      const random = randomFor(seed, "learned templates");
      const pick = (below: number): number => Math.floor(random() * below);
      const opened = await open(engine, { maxEndpoints: 80 });
      const { reader } = opened;
      let { writer } = opened;
      const all: OutcomeCount[] = [];
      for (let round = 0; round < 40; round += 1) {
        const outcomes = Array.from({ length: pick(40) }, () => {
          const [word, value] = [WORDS[pick(3)], slug(pick(400))];
          const endpoint =
            random() < 0.2
              ? "GET /users/me"
              : `${random() < 0.3 ? "PUT" : "GET"} /${word}/${value}${pick(2) === 0 ? "/parts" : ""}`;
          const fields = [[], [field("$.a")], [field("$.a"), field("$.b", "noise")]][pick(3)] ?? [];
          return outcome({ endpoint, fields, paired: random() < 0.5, count: 1 + pick(3), slot: SLOT + pick(9) ** 5 });
        });
        const statuses = outcomes.map(({ slot, route, endpoint, candidate, count }) => ({
          slot,
          route,
          endpoint,
          candidate,
          primary: 200,
          other: 404,
          role: "candidate" as const,
          count,
        }));
        const latencies = outcomes.map(({ slot, endpoint, count }) =>
          latency({ slot, endpoint, count, bucket: pick(90) }),
        );
        const good = batch(`${round}`, { outcomes, statuses, latencies });
        if (random() < 0.2) await opened.failToCommit([good]);
        await writer.commit(RUN.id, [good]);
        all.push(...outcomes);
        if (random() < 0.2) writer = await opened.reopen();
      }
      const total = all.reduce((sum, { count }) => sum + count, 0);
      const counts = await countsOf(reader);
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(total);
      expect(counts["GET /users/me"]).toBe(
        all.reduce((sum, { endpoint, count }) => sum + (endpoint === "GET /users/me" ? count : 0), 0),
      );
      expect(await writer.templates()).toHaveLength(6);
      expect(sumsByResult(flat(await reader.outcomes(RUN.id, "v2")))).toEqual(sumsByResult(all));
      for (const { endpoint, rows } of await reader.blocks(RUN.id, "v2")) {
        expect(rows.length).toBeLessThanOrEqual(64);
        expect(rows.every((block, at) => at === 0 || (rows[at - 1]?.endsAt ?? 0) <= block.startedAt)).toBe(true);
        const inBlocks = rows.flatMap(({ outcomes }) => outcomes);
        expect(inBlocks.reduce((sum, { count }) => sum + count, 0)).toBe(counts[endpoint]);
        expect(inBlocks.every((row) => row.endpoint === endpoint)).toBe(true);
      }
      expect(flat(await reader.statuses(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(total);
      expect(latencyRows(await reader.latencies(RUN.id, "v2")).reduce((sum, { count }) => sum + count, 0)).toBe(total);
    },
  );
});
