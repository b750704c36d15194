import { describe, expect, it } from "vitest";
import { stratumOf } from "../../../src/compare/attributes/stratum.ts";
import { OTHER_STRATA, type Attribute, type AttributeStratum } from "../../../src/model/explain/attribute.ts";
import type { Report } from "../../../src/model/report.ts";
import { createReportExplanations, explainReport } from "../../../src/report/explanations/explain-report.ts";
import { ExplanationCache } from "../../../src/report/explanations/explanation-cache.ts";
import { explainSignature } from "../../../src/report/explanations/explain-signature.ts";
import { samplesMeeting } from "../../../src/report/explanations/samples-meeting.ts";
import type { SampleSummary, StoreReader } from "../../../src/store/store.ts";
import { attributes } from "../../store/store-fixture.ts";
import { memoryReader, ORDERS, outcome, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

type Fields = ReturnType<typeof outcome>["fields"];

/** Kept exchanges with these fields, the currencies in turns. */
function kept(count: number, fields: Fields, currencies: readonly string[], endpoint = ORDERS) {
  return Array.from({ length: count }, (_, at) => {
    const currency: Attribute = { source: "query", name: "currency", value: currencies[at % currencies.length] ?? "" };
    const page: Attribute = { source: "query", name: "page", value: at % 7 };
    const id = `${endpoint} ${JSON.stringify(fields)} ${at}`;
    return attributes(id, { endpoint, fields, stratum: stratumOf(fields), attributes: [currency, page] });
  });
}

type Kept = ReturnType<typeof kept>;

/** A reader of rows that also has kept exchanges. @param read receives each endpoint whose exchanges are read */
function readerOf(
  rows: Rows,
  records: Kept,
  read: (endpoint: string) => void = () => {},
  stratum?: string,
): StoreReader {
  const reader: StoreReader = {
    ...memoryReader(rows),
    snapshot: (own) => own(reader),
    async attributes(_run, _candidate, at) {
      const own = records.filter(({ endpoint }) => endpoint === at?.endpoint);
      if (at === undefined || own.length === 0) return [];
      read(at.endpoint);
      const strata = [...Map.groupBy(own, (each) => stratum ?? each.stratum)].map(([name, all]): AttributeStratum => ({
        stratum: name,
        limit: 1,
        records: all,
      }));
      return [{ ...at, rows: strata }];
    },
  };
  return reader;
}

function sentencesOf(report: Report): Record<string, string | null> {
  return Object.fromEntries(
    report.endpoints.flatMap(({ endpoint, causes }) =>
      causes.map(({ title, explanation }) => [`${endpoint}: ${title}`, explanation]),
    ),
  );
}

const PRICE = outcome(100, ["body $.price value raw"]);
const SAME = outcome(900, []);
const ROWS: Rows = { outcomes: [SAME, PRICE] };
const RECORDS = [...kept(60, PRICE.fields, ["EUR"]), ...kept(120, SAME.fields, ["USD", "GBP"])];
const SOURCE = { run: RUN, candidate: "v2" };
const PRICE_CAUSE = `${ORDERS}: body $.price (changed)`;

async function explained(rows: Rows, records: Kept): Promise<Report> {
  const reader = readerOf(rows, records);
  return explainReport({ reader, ...SOURCE }, await reportOf(rows), createReportExplanations(), 10);
}

describe("explanations of a report", () => {
  it("count all exchanges of the run, not only those that were kept", async () => {
    expect(sentencesOf(await explained(ROWS, RECORDS))).toEqual({
      [PRICE_CAUSE]: "?currency=EUR: about 100 of 100 differ; all others: 0 of 900.",
    });
  });

  it("leave out noise, what a rule hides, and endpoints without kept exchanges", async () => {
    const rows = {
      ...ROWS,
      outcomes: [
        ...(ROWS.outcomes ?? []),
        outcome(80, ["body $.now value both"]),
        outcome(70, ["body $.ignored value raw"]),
        outcome(60, ["body $.price value raw"], { endpoint: "GET /other" }),
      ],
      rules: [rule("$.ignored")],
    };
    const sentences = sentencesOf(await explained(rows, RECORDS));
    expect(Object.entries(sentences).filter(([, sentence]) => sentence !== null)).toEqual([
      [PRICE_CAUSE, expect.stringContaining("?currency=EUR") as string],
    ]);
    expect(Object.keys(sentences).toSorted()).toEqual(
      [
        PRICE_CAUSE,
        `${ORDERS}: body $.ignored (changed)`,
        `${ORDERS}: body $.now (changed)`,
        "GET /other: body $.price (changed)",
      ].toSorted(),
    );
  });

  it("find exchanges of a map whose keys were counted one by one", async () => {
    const members = Array.from({ length: 24 }, (_, at) =>
      outcome(2, [`body $.prices.key${at} ${at % 2 === 0 ? "missing" : "extra"} raw`]),
    );
    const records = [
      ...members.flatMap(({ fields }) => kept(2, fields, ["EUR"])),
      ...kept(120, SAME.fields, ["USD", "GBP"]),
    ];
    const sentences = sentencesOf(await explained({ outcomes: [SAME, ...members] }, records));
    expect(sentences).not.toEqual({});
    for (const [title, sentence] of Object.entries(sentences)) {
      expect(title).toContain("$.prices{*}");
      expect(sentence).toMatch(/^\?currency=EUR: about \d+ of \d+ differ; all others: 0 of /);
    }
  });

  it("count what the strata that were not kept apart stand for", async () => {
    const reader = readerOf(ROWS, RECORDS, undefined, OTHER_STRATA);
    const report = await reportOf(ROWS);
    const signature = report.endpoints[0]?.causes[0]?.signature ?? "";
    const { explanations, title } = await explainSignature({ reader, ...SOURCE }, report, signature);
    expect(title).toBe("body $.price (changed)");
    expect(explanations).toMatchObject([
      { kind: "condition", total: { count: 100, compared: 1000 }, basis: { cases: 60, controls: 120 } },
    ]);
    expect(await explainSignature({ reader, ...SOURCE }, report, signature, "GET /other")).toMatchObject({
      explanations: [],
    });
  });
});

describe("the explanations of a cause of many endpoints", () => {
  it("are of the 20 endpoints with most exchanges, and say how many are left out", async () => {
    const names = Array.from({ length: 23 }, (_, at) => `GET /p${at}`);
    const many: Rows = {
      outcomes: names.flatMap((endpoint, at) => [
        outcome(500, [], { endpoint }),
        outcome(40 + at, ["body $.price value raw"], { endpoint }),
      ]),
    };
    const records = names.flatMap((endpoint) => [
      ...kept(30, PRICE.fields, ["EUR"], endpoint),
      ...kept(30, SAME.fields, ["USD"], endpoint),
    ]);
    const report = await reportOf(many);
    const signature = report.endpoints[0]?.causes[0]?.signature ?? "";
    const source = { reader: readerOf(many, records), ...SOURCE };
    const { explanations, omitted } = await explainSignature(source, report, signature);
    expect([explanations.map(({ endpoint }) => endpoint).toSorted(), omitted]).toEqual([names.slice(3).toSorted(), 3]);
    expect(await explainSignature(source, report, signature, "GET /p0")).toMatchObject({
      explanations: [{ endpoint: "GET /p0" }],
      omitted: 0,
    });
  });
});

describe("the cost of explanations", () => {
  const second = "GET /second";
  const rows = (count: number): Rows => ({
    outcomes: [
      SAME,
      PRICE,
      outcome(500, [], { endpoint: second }),
      outcome(count, ["body $.price value raw"], { endpoint: second }),
    ],
  });
  const records = [...RECORDS, ...kept(30, PRICE.fields, ["EUR"], second), ...kept(60, SAME.fields, ["USD"], second)];

  it("is nothing for counts that have not changed, and only for the others otherwise", async () => {
    const read: string[] = [];
    const explanations = createReportExplanations();
    const explain = async (count: number) => {
      const reader = readerOf(rows(count), records, (endpoint) => read.push(endpoint));
      return sentencesOf(await explainReport({ reader, ...SOURCE }, await reportOf(rows(count)), explanations, 10));
    };
    const first = await explain(40);
    expect(read.splice(0).toSorted()).toEqual([ORDERS, second]);
    expect(await explain(40)).toEqual(first);
    expect(read.splice(0)).toEqual([]);
    expect((await explain(50))[`${second}: body $.price (changed)`]).toContain("50 of 50 differ");
    expect(read.splice(0)).toEqual([second]);
  });

  it("is bounded per report: the most important cause first, the others with later reports", async () => {
    const explanations = createReportExplanations();
    const reader = readerOf(rows(40), records);
    const report = await reportOf(rows(40));
    const explain = async () => {
      const sentences = sentencesOf(await explainReport({ reader, ...SOURCE }, report, explanations, 1));
      return Object.entries(sentences).filter(([, sentence]) => sentence !== null);
    };
    expect((await explain()).map(([title]) => title)).toEqual([PRICE_CAUSE]);
    expect(await explain()).toHaveLength(2);
  });
});

/** Four causes with these counts. */
function all(counts: string) {
  return ["first", "second", "third", "fourth"].map((name) => ({ name, counts }));
}

describe("what a report explains when the counts of all causes have changed", () => {
  it("is what was explained longest ago, so that everything has its turn", () => {
    const cache = new ExplanationCache<string>();
    const turns: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      for (const item of cache.due(all(`${at}`), 2)) {
        turns.push(item.name);
        cache.keep(item, `${item.name} ${at}`);
      }
    }
    expect(turns).toEqual(["first", "second", "third", "fourth", "first", "second", "third", "fourth"]);
    expect(cache.due(all("3"), 9).map(({ name }) => name)).toEqual(["first", "second"]);
    expect([cache.get("first"), cache.get("absent")]).toEqual(["first 2", undefined]);
  });
});

describe("the placebo of explanations", () => {
  const noisy = outcome(100, ["body $.now value noise"]);
  const noise = { outcomes: [SAME, noisy] };

  it("counts differences of the secondary, and those that are explained", async () => {
    const regular = await explained(noise, [
      ...kept(60, noisy.fields, ["EUR"]),
      ...kept(120, SAME.fields, ["USD", "GBP"]),
    ]);
    expect(regular.explanationPlacebo).toEqual({ tested: 1, explained: 1 });
    const random = await explained(noise, [
      ...kept(60, noisy.fields, ["EUR", "USD"]),
      ...kept(120, SAME.fields, ["USD", "EUR"]),
    ]);
    expect(random.explanationPlacebo).toEqual({ tested: 1, explained: 0 });
  });

  it("is absent without kept exchanges and without differences", async () => {
    expect((await explained(noise, [])).explanationPlacebo).toBeNull();
    expect((await explained(ROWS, RECORDS)).explanationPlacebo).toBeNull();
  });
});

function sample(id: string): SampleSummary {
  return {
    id,
    at: 1,
    route: "default",
    endpoint: ORDERS,
    candidate: "v2",
    method: "GET",
    target: "/orders/1",
    fields: [],
    primaryStatus: 200,
    candidateStatus: 200,
  };
}

describe("samples by condition", () => {
  it("are those whose kept attributes meet all conditions; the others are left out or counted", async () => {
    const [first, other] = [RECORDS[0]?.id ?? "", RECORDS.at(-1)?.id ?? ""];
    const samples = [sample("unknown"), sample(other), sample(first), sample("__proto__")];
    const source = { runId: RUN.id, candidate: "v2" };
    const condition = { source: "query", name: "currency", test: "equals", value: "EUR" } as const;
    expect(await samplesMeeting(readerOf(ROWS, RECORDS), source, samples, [condition])).toEqual({
      samples: [sample(first)],
      unjudged: 2,
    });
  });
});
