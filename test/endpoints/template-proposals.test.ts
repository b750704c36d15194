import { describe, expect, it } from "vitest";
import { proposeTemplates, type SeenEndpoint } from "../../src/endpoints/template-proposals.ts";

const WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar".split(" ");

function seen(endpoint: string, compared = 10, fields: readonly string[] = []): SeenEndpoint {
  return { route: "default", endpoint, compared, fields: () => fields };
}

function slugs(count: number, create = (slug: string): SeenEndpoint => seen(`GET /e/${slug}`)): SeenEndpoint[] {
  return Array.from({ length: count }, (_, at) => create(`${WORDS[at % 15]}-${WORDS[Math.floor(at / 15)]}`));
}

function proposed(endpoints: readonly SeenEndpoint[]): string[] {
  return proposeTemplates(endpoints, []).map(({ template, values }) => `${template}: ${values}`);
}

describe("a template is proposed", () => {
  it("for 12 and more values that look alike, with examples", () => {
    expect(proposed(slugs(11))).toEqual([]);
    expect(proposeTemplates(slugs(12), [])).toEqual([
      {
        route: "default",
        method: "GET",
        parent: "/e",
        template: "GET /e/{name}",
        parameter: "{name}",
        values: 12,
        examples: ["alpha-alpha", "bravo-alpha", "charlie-alpha"],
        literals: [],
      },
    ]);
  });

  it("per method and route, the one with the most values first, at most ten", () => {
    const puts = slugs(14, (slug) => seen(`PUT /e/${slug}`));
    const other = slugs(13).map((each) => ({ ...each, route: "other" }));
    expect(proposeTemplates([...slugs(12), ...puts, ...other], []).map(({ route, method }) => [route, method])).toEqual(
      [
        ["default", "PUT"],
        ["other", "GET"],
        ["default", "GET"],
      ],
    );
    const many = WORDS.slice(0, 12).flatMap((word) => slugs(12, (slug) => seen(`GET /v1/${word}s/${slug}`)));
    expect(proposeTemplates(many, [])).toHaveLength(10);
  });

  it("not where a template or a person has decided", () => {
    expect(proposeTemplates(slugs(20), [{ route: "default", method: "GET", parent: "/e" }])).toEqual([]);
    expect(proposeTemplates(slugs(20), [{ route: "default", method: "PUT", parent: "/e" }])).toHaveLength(1);
  });

  it("with the far more frequent values as exceptions, and not if too many values are frequent", () => {
    const popular = seen("GET /e/of-the-day", 900);
    expect(proposeTemplates([...slugs(15), popular], [])).toMatchObject([{ values: 15, literals: ["of-the-day"] }]);
    const frequent = WORDS.slice(0, 11).map((word) => seen(`GET /e/${word}`, 5_000));
    expect(proposed([...slugs(60), ...frequent])).toEqual([]);
  });

  it("for words below a plural, or if many more are expected, but not for words of an API", () => {
    expect(proposed(WORDS.map((word) => seen(`GET /users/${word}`)))).toEqual(["GET /users/{user}: 15"]);
    expect(proposed(WORDS.map((word) => seen(`GET /api/${word}`)))).toEqual([]);
    expect(proposed(WORDS.map((word) => seen(`GET /api/${word}`, 1)))).toEqual(["GET /api/{name}: 15"]);
  });

  it("not for values with different paths below them", () => {
    const parts = WORDS.map((word, at) => seen(`GET /users/${word}/${WORDS[(at + 1) % 15]}`));
    expect(proposed(parts)).toEqual([]);
    expect(proposed(WORDS.flatMap((word) => [seen(`GET /users/${word}`), seen(`GET /users/${word}/orders`)]))).toEqual([
      "GET /users/{user}: 15",
    ]);
  });

  it("not for values that differ in fields of their own", () => {
    const alike = slugs(15, (slug) => seen(`GET /e/${slug}`, 10, ["header etag header", "body $.price value"]));
    expect(proposed(alike)).toEqual(["GET /e/{name}: 15"]);
    const unlike = slugs(15, (slug) => seen(`GET /e/${slug}`, 10, ["header etag header", `body $.${slug} value`]));
    expect(proposed(unlike)).toEqual([]);
    expect(proposed([...slugs(30).slice(3), ...unlike.slice(0, 2)])).toEqual([]);
    expect(
      proposed(slugs(15, (slug) => seen(`GET /e/${slug}`, 10, slug.startsWith("alpha") ? ["body $.a value"] : []))),
    ).toEqual([]);
  });
});
