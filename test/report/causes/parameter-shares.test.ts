import { describe, expect, it } from "vitest";
import type { ParameterCounts } from "../../../src/model/difference.ts";
import { parameterPhrase } from "../../../src/presentation/words/parameter-words.ts";
import { renderText } from "../../../src/report/render/text/render-text.ts";
import { outcome, reportOf, rule, type Rows } from "../memory-reader.ts";

const PRICE = "body $.price value raw";

/** An outcome whose exchanges have these parameters. */
function queried(marks: readonly string[], counts: Readonly<Record<string, number>>, all: number) {
  const { "": none = 0, other = 0, ...names } = counts;
  const parameters: ParameterCounts = { counted: all, none, other, names: new Map(Object.entries(names)) };
  return outcome(all, marks, { parameters });
}

const SORTED: Rows = {
  outcomes: [queried([], { "": 1200, _page: 230 }, 1430), queried([PRICE], { _sort: 120, _order: 120, _page: 7 }, 120)],
};

async function firstCause(rows: Rows) {
  const cause = (await reportOf(rows)).endpoints[0]?.causes[0];
  if (cause === undefined) throw new Error("there is no cause");
  return cause;
}

/** The parameters of a cause with 51 exchanges; 500 others match. */
async function named(matched: Record<string, number>, differed: Record<string, number>): Promise<readonly string[]> {
  const { parameters } = await firstCause({ outcomes: [queried([], matched, 500), queried([PRICE], differed, 51)] });
  return parameters.map(({ kind, name }) => (kind === "name" ? name : kind));
}

async function phraseOf(
  matched: readonly [Record<string, number>, number],
  differed: readonly [Record<string, number>, number],
) {
  return parameterPhrase(
    (await firstCause({ outcomes: [queried([], ...matched), queried([PRICE], ...differed)] })).parameters,
  );
}

describe("query parameters of an endpoint", () => {
  it("say how many exchanges differ with and without each, the clearest first", async () => {
    const sort = { kind: "name", count: 120, compared: 120, countWithout: 0, comparedWithout: 1430 };
    const expected = [
      { ...sort, name: "_sort" },
      { ...sort, name: "_order" },
      { kind: "none", name: "", count: 0, compared: 1200, countWithout: 120, comparedWithout: 350 },
      { kind: "name", name: "_page", count: 7, compared: 237, countWithout: 113, comparedWithout: 1313 },
    ];
    expect((await reportOf(SORTED)).endpoints[0]?.parameters).toEqual(expected);
    expect((await firstCause(SORTED)).parameters).toEqual(expected.slice(0, 2));
  });

  it("say nothing more about a cause once one explains all of it, nor what tells nothing", async () => {
    // All with _order have the cause; 41 more have only _sort.
    expect(await named({ _sort: 41, "": 459 }, { _sort: 51, _order: 51 })).toEqual(["_order"]);
    expect(await named({ _sort: 41, _order: 1, "": 459 }, { _sort: 51, _order: 51 })).toEqual([
      "_order",
      "_sort",
      "none",
    ]);
    // Of those with _page, 10% have the cause, and of those without it, 9%.
    expect(await named({ _sort: 41, _page: 90, "": 369 }, { _sort: 51, _page: 10 })).toEqual(["_sort", "none"]);
  });

  it("are not listed while no request has one, or for counts of earlier versions", async () => {
    expect(
      (await firstCause({ outcomes: [queried([], { "": 9 }, 9), queried([PRICE], { "": 1 }, 1)] })).parameters,
    ).toEqual([]);
    const [endpoint] = (await reportOf({ outcomes: [outcome(9, []), outcome(1, [PRICE])] })).endpoints;
    expect(endpoint?.parameters).toEqual([]);
  });

  it("stay with a cause that a rule hides", async () => {
    const hidden = await firstCause({ ...SORTED, rules: [rule("$.price")] });
    expect([hidden.rule === null, hidden.parameters.map(({ name, count }) => [name, count])]).toEqual([
      false,
      [
        ["_sort", 120],
        ["_order", 120],
      ],
    ]);
  });

  it("tell nothing about a cause if all exchanges have them", async () => {
    const rows = { outcomes: [queried([], { q: 90 }, 90), queried([PRICE], { q: 10 }, 10)] };
    expect((await firstCause(rows)).parameters).toEqual([]);
    expect(
      (await reportOf(rows)).endpoints[0]?.parameters.map(({ name, count, compared }) => [name, count, compared]),
    ).toEqual([["q", 10, 100]]);
  });
});

describe("the phrase of a cause", () => {
  it("names the parameters that explain it", async () => {
    expect(parameterPhrase((await firstCause(SORTED)).parameters)).toBe("only with ?_sort and ?_order (120 of 120)");
    expect(await phraseOf([{ q: 60, "": 900 }, 960], [{ q: 30 }, 30])).toBe("only with ?q (30 of 90)");
    expect(await phraseOf([{ v: 30, w: 30, "": 10 }, 70], [{ "": 40 }, 40])).toBe("only without parameters (40 of 50)");
    expect(await phraseOf([{ v: 500, q: 20 }, 520], [{ q: 40 }, 40])).toBe("only with ?q (40 of 60)");
    expect(await phraseOf([{ v: 500, q: 250 }, 600], [{ q: 20 }, 40])).toBe("only without ?v (40 of 140)");
    expect(await phraseOf([{ q: 2, "": 900 }, 902], [{ q: 98 }, 100])).toBe("mostly with ?q (98 of 100)");
  });

  it("is missing if chance could have distributed the exchanges so", async () => {
    // (500/1003)³ = 12%, and (100/200)¹³ = 0.01%
    expect(await phraseOf([{ q: 497, "": 503 }, 1000], [{ q: 3 }, 3])).toBeNull();
    expect(await phraseOf([{ q: 87, "": 100 }, 187], [{ q: 13 }, 13])).toBeNull();
    expect(await phraseOf([{ q: 86, "": 100 }, 186], [{ q: 14 }, 14])).toBe("only with ?q (14 of 100)");
    expect(await phraseOf([{ q: 500, "": 500 }, 1000], [{ q: 50, "": 50 }, 100])).toBeNull();
  });

  it("is part of the line of the cause in a text report", async () => {
    const text = renderText(await reportOf(SORTED), { color: false, diffy: false }).replaceAll(/\s+/g, " ");
    expect(text).toContain("body $.price (changed); only with ?_sort and ?_order (120 of 120)");
  });
});
