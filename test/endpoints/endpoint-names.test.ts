import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EndpointNames, type NamedExchanges, type NameLimits } from "../../src/endpoints/endpoint-names.ts";
import { CONVENTIONAL_WORDS, type LearnedTemplate } from "../../src/endpoints/learned-template.ts";
import { randomFor } from "../simulate/random.ts";

const LIMITS: NameLimits = { maxEndpoints: 500, maxSegmentValues: 100 };

/** Counts exchanges one after another, as the store does. */
function countAll(
  endpoints: readonly string[],
  {
    limits = LIMITS,
    patterns = [],
    route = "default",
  }: { limits?: NameLimits; patterns?: string[]; route?: string } = {},
) {
  const templates: LearnedTemplate[] = [];
  let names = new EndpointNames(limits, templates);
  let refused = 0;
  const learn = (template: LearnedTemplate): void => {
    templates.push(template);
    names = new EndpointNames(limits, templates, [], names.uses("admitted"), names.uses("refused"));
    const more = names.learnMore(() => patterns);
    if (more !== undefined) learn(more);
  };
  const count = (endpoint: string): void => {
    const admission = names.admit(route, names.fold({ route, endpoint }), () => patterns);
    switch (admission.type) {
      case "added":
        names.use({ route, endpoint, candidate: "v2" }).count += 1;
        return;
      case "refused":
        refused += 1;
        return names.observe({ route, endpoint, candidate: "v2", count: 1 });
      case "learned":
        learn(admission.template);
        return count(endpoint);
    }
  };
  for (const endpoint of endpoints) count(endpoint);
  const counts = Object.fromEntries(
    names.uses("admitted").map(({ endpoint, count }: NamedExchanges) => [endpoint, count]),
  );
  return { templates, counts, refused };
}

const numbered = (count: number, name: (n: number) => string): string[] =>
  Array.from({ length: count }, (_, n) => name(n));
const WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike".split(" ");
/** Different slugs without digits. */
const slug = (n: number): string =>
  [n % 13, Math.floor(n / 13) % 13, Math.floor(n / 169) % 13].map((at) => WORDS[at]).join("-");

describe("EndpointNames", () => {
  it("keeps as many values as allowed, and learns a parameter from the next one", () => {
    const few = countAll(numbered(100, (n) => `GET /posts/${slug(n)}`));
    expect(few.templates).toEqual([]);
    expect(Object.keys(few.counts)).toHaveLength(100);

    const many = countAll(numbered(2_000, (n) => `GET /posts/${slug(n)}`));
    expect(many.templates).toEqual([
      { route: "default", method: "GET", parent: "/posts", parameter: "{post}", literals: [] },
    ]);
    expect(many.counts).toEqual({ "GET /posts/{post}": 2_000 });
  });

  it("keeps frequent values and conventional words, and counts everything exactly", () => {
    const random = randomFor(7, "frequent");
    const traffic = numbered(3_000, (n) => {
      const draw = random();
      if (draw < 0.1) return "GET /users/trending-now";
      if (draw < 0.101) return "GET /users/me";
      return `GET /users/${slug(n)}${draw < 0.4 ? "/orders" : ""}`;
    });
    const { templates, counts } = countAll(traffic);
    const expected: Record<string, number> = {};
    for (const each of traffic) {
      const name = /trending|\/me$/.test(each) ? each : each.replace(/\/users\/[^/]+/, "/users/{user}");
      expected[name] = (expected[name] ?? 0) + 1;
    }
    expect(templates).toEqual([
      { route: "default", method: "GET", parent: "/users", parameter: "{user}", literals: ["trending-now"] },
    ]);
    expect(counts).toEqual(expected);
    expect(Object.keys(expected)).toEqual([
      "GET /users/{user}",
      "GET /users/{user}/orders",
      "GET /users/trending-now",
      "GET /users/me",
    ]);
  });

  it("learns the segments below a parameter too, from the values below all of its values", () => {
    const traffic = numbered(1_000, (n) => `GET /repos/${slug(n % 150)}/${slug(n)}/issues`);
    expect(countAll(traffic).counts).toEqual({ "GET /repos/{repo}/{name}/issues": 1_000 });
  });

  it("learns early, from a segment that is estimated to have many values, once half of the names are used", () => {
    const traffic = numbered(450, (n) => `GET /${WORDS[n % 13]}/pages/${slug(n)}`);
    const { counts, refused } = countAll(traffic);
    expect(refused).toBe(0);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(450);
    expect(Object.keys(counts).filter((name) => name.endsWith("/{page}"))).toHaveLength(6);
  });

  it("learns from refused names too, which then make room for others", () => {
    const traffic = numbered(2_600, (n) => `GET /${WORDS[n % 13]}/pages/${slug(n)}`);
    const few: NameLimits = { maxEndpoints: 60, maxSegmentValues: 100 };
    const { templates, counts, refused } = countAll([...traffic, ...traffic], { limits: few });
    expect(templates).toHaveLength(13);
    expect(Object.keys(counts)).toHaveLength(13);
    expect(refused).toBe(304);
    // Those that were refused are evidence too.
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(5_200);
  });

  it("does not learn from 40 words of an API at one place, however many endpoints there are", () => {
    const words = numbered(40, (n) => slug(n * 7));
    const api = words.flatMap((one) => numbered(12, (n) => `GET /api/${one}/${WORDS[n]}`));
    const { templates, refused } = countAll([...api, ...api, ...api, ...api]);
    expect(templates).toEqual([]);
    expect(refused).toBe(0);
  });

  it("keeps the words that the documentation lists, and no others", () => {
    const text = readFileSync(join(import.meta.dirname, "../../docs/concepts.md"), "utf8");
    const documented = /conventional words: `([^`]*)`/.exec(text)?.[1]?.split(/\s+/);
    expect(documented).toEqual([...CONVENTIONAL_WORDS]);
  });

  it("does not learn across methods or routes", () => {
    const get = numbered(80, (n) => `GET /posts/${slug(n)}`);
    const put = numbered(80, (n) => `PUT /posts/${slug(n)}`);
    expect(countAll([...get, ...put]).templates).toEqual([]);
    const { templates } = countAll(
      numbered(200, (n) => `GET /posts/${slug(n)}`),
      { route: "blog" },
    );
    expect(templates.map(({ route }) => route)).toEqual(["blog"]);
  });

  it("refuses names beyond the maximum if learning is off, and counts no parameter as a value", () => {
    const off = countAll(
      numbered(600, (n) => `GET /posts/${slug(n)}`),
      { limits: { ...LIMITS, maxSegmentValues: 0 } },
    );
    expect(off).toMatchObject({ templates: [], refused: 100 });
    const ids = countAll(
      numbered(300, (n) => `GET /${n % 2 === 0 ? "a" : "b"}/{id}/${n % 50 === 0 ? "{date}" : "{id}"}`),
    );
    expect(ids.templates).toEqual([]);
  });

  it("keeps what rules, reviews and configured templates spell out", () => {
    const patterns = [
      "GET /posts/alpha-bravo-alpha",
      "* /posts/bravo-*",
      "PUT /posts/charlie-alpha-alpha",
      "/posts/*",
      "**",
    ];
    const { templates, counts } = countAll(
      numbered(400, (n) => `GET /posts/${slug(n)}`),
      { patterns },
    );
    expect(templates[0]?.literals).toEqual(["alpha-bravo-alpha", "bravo-*"]);
    const literal = numbered(400, slug).filter((value) => value.startsWith("bravo-") || value === "alpha-bravo-alpha");
    expect(counts).toEqual({
      "GET /posts/{post}": 400 - literal.length,
      ...Object.fromEntries(literal.map((value) => [`GET /posts/${value}`, 1])),
    });
    expect(literal).toHaveLength(32);
  });

  it.each([
    ["/posts", slug, "{post}"],
    ["/categories", slug, "{category}"],
    ["/addresses", slug, "{address}"],
    ["/movies", slug, "{movie}"],
    ["/blog-posts", slug, "{blog-post}"],
    ["/news", slug, "{name}"],
    ["/e", slug, "{name}"],
    ["", slug, "{name}"],
    ["/commits", (n: number) => (n * 7_919 + 0xa00000).toString(16), "{id}"],
  ])("below %s, the parameter is named after the segment or the form of its values", (parent, value, parameter) => {
    const { counts } = countAll(numbered(150, (n) => `GET ${parent}/${value(n)}`));
    expect(counts).toEqual({ [`GET ${parent}/${parameter}`]: 150 });
  });
});
