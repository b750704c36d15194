import { describe, expect, it } from "vitest";
import { createComparer } from "../../../src/compare/batch-comparer.ts";
import { createContractJudge } from "../../../src/compare/contract/contract-judge.ts";
import type { Contract } from "../../../src/model/contract/contract.ts";
import type { ResultBatch } from "../../../src/model/batch.ts";
import type { Exchange } from "../../../src/model/capture.ts";
import { batch, capture, CONFIG, exchange, failed, identical, KEY, mirrored } from "../build-exchanges.ts";

const USER = {
  type: "object",
  required: ["id", "name"],
  additionalProperties: false,
  properties: {
    id: { type: "integer" },
    name: { type: ["string", "null"], pattern: "^[a-z ]+$" },
    at: { type: "string", format: "date-time" },
    items: { type: "array", items: { type: "object", properties: { price: { type: "number", minimum: 0 } } } },
    byDay: { type: "object", additionalProperties: { type: "number" } },
    parent: { $ref: "#/$defs/user" },
  },
};

const CONTRACT: Contract = {
  operations: [
    {
      endpoint: "GET /users/{id}",
      responses: {
        200: { content: { "application/json": "user", "text/*": null } },
        204: { content: {} },
        "4XX": { content: { "application/problem+json": "problem" } },
      },
    },
    { endpoint: "HEAD /users/{id}", responses: { default: { content: { "*/*": "user" } } } },
  ],
  schemas: { $defs: { user: USER, problem: { type: "object", required: ["title"] } } },
};

const VALID = '{"id":1,"name":"ann"}';

function compare(change: Partial<Exchange>, contract = CONTRACT): ResultBatch {
  const config = { ...CONFIG, endpoints: ["/users/{id}"], contract };
  return createComparer({ config, redactionKey: KEY }).compare(batch(exchange({ target: "/users/7", ...change })));
}

/** The contract fields of the only exchange, by mark, and the counted relations. */
function judged(change: Partial<Exchange>): { fields: readonly string[]; relations: readonly string[] } {
  const { outcomes, relations, accounting } = compare(change);
  expect(accounting.filter(({ fate }) => fate === "skipped")).toEqual([]);
  const fields = outcomes.flatMap((outcome) => outcome.fields).filter(({ kind }) => kind === "contract");
  return {
    fields: fields.map(({ section, path, mark }) => `${section} ${path} ${mark}`),
    relations: relations
      .filter(({ kind }) => kind === "contract")
      .map(({ section, path, relation }) => `${section} ${path} ${relation}`),
  };
}

function bodies(primary: string, candidate: string): Partial<Exchange> {
  return { primary: capture(primary), candidates: [mirrored(candidate)] };
}

const HTML = { headers: ["Content-Type", "text/html"] };
const PROBLEM = { status: 404, headers: ["Content-Type", "application/problem+json"] };

describe("validation against a contract", () => {
  it.each<[string, Partial<Exchange>, readonly string[], readonly string[]]>([
    ["both conform", bodies(VALID, '{"id":2,"name":null}'), [], ["status $ conforms"]],
    [
      "only the candidate breaks it, at the member that is missing, unknown or wrong",
      bodies(VALID, '{"id":"1","nick":"ann","items":[{"price":1},{"price":-1}]}'),
      ["body $.id raw", "body $.items[*].price raw", "body $.name raw", "body $.nick raw"],
      ["status $ candidate-breaks"],
    ],
    [
      "both break it in the same place",
      bodies('{"id":1}', '{"id":2}'),
      [],
      ["status $ both-break", "body $.name both-break"],
    ],
    [
      "only the primary breaks it",
      bodies('{"id":1}', VALID),
      [],
      ["status $ primary-breaks", "body $.name primary-breaks"],
    ],
    [
      "each in another place, and both in a third",
      bodies('{"id":"1","name":"ANN"}', '{"id":"1"}'),
      [],
      ["status $ both-break", "body $.id both-break", "body $.name both-break"],
    ],
    [
      "the candidate in a place of its own as well",
      bodies('{"id":"1","name":"ann"}', '{"id":"1"}'),
      ["body $.name raw"],
      ["status $ candidate-breaks", "body $.id both-break"],
    ],
    [
      "formats, patterns, references and keys that are data",
      bodies(VALID, '{"id":1,"name":"A","at":"noon","parent":{"id":1},"byDay":{"2026-01-01":"x"}}'),
      ["body $.at raw", "body $.byDay{*} raw", "body $.name raw", "body $.parent.name raw"],
      ["status $ candidate-breaks"],
    ],
    ["a body that is not JSON", bodies(VALID, '{"id":'), ["body $ raw"], ["status $ candidate-breaks"]],
    ["an empty body", bodies(VALID, ""), ["body $ raw"], ["status $ candidate-breaks"]],
  ])("finds that %s", (_, change, fields, relations) => {
    expect(judged(change)).toEqual({ fields, relations });
  });

  it("judges status and media type, and no content that is not described", () => {
    const primary = capture(VALID);
    const undescribed = judged({ primary, candidates: [mirrored("{}", { status: 500 })] });
    expect(undescribed).toEqual({ fields: ["status 200->500 raw"], relations: ["status $ candidate-breaks"] });
    const image = { headers: ["Content-Type", "image/png"] };
    const ofType = judged({ primary, candidates: [mirrored("x", image)] });
    expect(ofType).toEqual({ fields: ["header content-type raw"], relations: ["status $ candidate-breaks"] });
    // Any text, a class of statuses, no content described, and what a cache keeps.
    for (const other of [
      mirrored("<p>", HTML),
      mirrored('{"title":"gone"}', PROBLEM),
      mirrored("anything", { status: 204, headers: [] }),
      mirrored("", { status: 304, headers: [] }),
    ]) {
      expect(judged({ primary, candidates: [other] })).toEqual({ fields: [], relations: ["status $ conforms"] });
    }
    const problem = judged({ primary, candidates: [mirrored("{}", PROBLEM)] });
    expect(problem).toEqual({ fields: ["body $.title raw"], relations: ["status $ candidate-breaks"] });
  });

  it("judges responses to HEAD without a body", () => {
    const change = { method: "HEAD", primary: capture(""), candidates: [mirrored("")] };
    expect(judged(change)).toEqual({ fields: [], relations: ["status $ conforms"] });
  });

  it("judges identical responses once, whatever parts of them were sent", () => {
    const change = { primary: capture('{"id":1}'), candidates: [identical(), identical("v3")] };
    const { relations, outcomes } = compare(change);
    expect(outcomes.map(({ candidate, fields }) => [candidate, fields])).toEqual([
      ["v2", []],
      ["v3", []],
    ]);
    expect(relations.map(({ candidate, path, relation, count }) => [candidate, path, relation, count])).toEqual([
      ["v2", "$", "both-break", 1],
      ["v2", "$.name", "both-break", 1],
      ["v3", "$", "both-break", 1],
      ["v3", "$.name", "both-break", 1],
    ]);
  });

  it("counts as noise what the secondary breaks too", () => {
    const change = { ...bodies(VALID, '{"id":1}'), secondary: mirrored('{"id":1}', { subset: "v1-twin" }) };
    expect(judged(change)).toEqual({ fields: ["body $.name both"], relations: ["status $ candidate-breaks"] });
  });

  it("does not judge what it does not have: a failed leg, a body beyond the cap, an operation that is not described", () => {
    const primary = capture(VALID);
    const notJudged = { fields: [], relations: ["status $ not-judged"] };
    expect(judged({ primary, candidates: [failed("reset")] })).toEqual(notJudged);
    const bytes = new TextEncoder().encode('{"id":1');
    const truncated = mirrored("", { body: { bytes, length: 99, tailHash: "h" } });
    expect(judged({ primary, candidates: [truncated] })).toEqual(notJudged);
    const other = { ...bodies(VALID, '{"id":1}'), target: "/orders/7" };
    expect(judged(other)).toEqual({ fields: [], relations: [] });
  });

  it("shows in the sample what the contract says, and no content", () => {
    const { samples } = compare(bodies(VALID, '{"id":1,"name":"SECRET"}'));
    const found = samples[0]?.differences.find(({ kind }) => kind === "contract");
    expect(found).toMatchObject({ pointer: "/name", primary: null, candidate: 'must match pattern "^[a-z ]+$"' });
  });

  it("ends soon for an expression and a body that are made to take long", () => {
    const hostile: Contract = {
      operations: [{ endpoint: "GET /users/{id}", responses: { 200: { content: { "application/json": "list" } } } }],
      schemas: { $defs: { list: { type: "array", items: { type: "string", pattern: "^(a+)+$" } } } },
    };
    const judge = createContractJudge(hostile);
    expect(judge).toBeTypeOf("function");
    // 2^60 steps for an engine that goes back, and 40,000 violations of one path.
    const body = JSON.stringify([`${"a".repeat(60)}!`, ...Array.from({ length: 40_000 }, () => "!")]);
    const { relations, outcomes } = compare(bodies("[]", body), hostile);
    expect(relations.map(({ relation }) => relation)).toContain("candidate-breaks");
    const found = outcomes.flatMap(({ fields }) => fields).find(({ kind }) => kind === "contract");
    expect(found?.path).toBe("$[*]");
  });
});
