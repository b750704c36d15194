import { assert, array, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/comparer.ts";
import { recompare } from "../../src/compare/recompare.ts";
import type { Exchange } from "../../src/model/capture.ts";
import type { Sample } from "../../src/model/sample.ts";
import { CONFIG, KEY, batch, capture, exchange, failed, mirrored } from "./build-exchanges.ts";
import { change, changed, document, textOf } from "./tree/json-spec.ts";
import { rule } from "./rules/rule-builder.ts";

function sampleOf(one: Exchange): Sample | undefined {
  return createComparer({ config: CONFIG, redactionKey: KEY }).compare(batch(one)).samples[0];
}

function kept(one: Exchange): Sample {
  const sample = sampleOf(one);
  if (sample === undefined) throw new Error("no sample was kept");
  return sample;
}

const told = (fields: Sample["fields"]) =>
  fields.map(({ section, path, kind, mark }) => `${section} ${path} ${kind} ${mark}`);

const ending = (expiresAt: number) => [rule({ action: { type: "ignore-case" }, expiresAt })];

describe("recompare", () => {
  it("gives what the sample has when there are no rules, over many documents", () => {
    let samples = 0;
    assert(
      property(tuple(document, array(change, { minLength: 2, maxLength: 2 })), ([spec, [one, two]]) => {
        if (one === undefined || two === undefined) return;
        const sample = sampleOf(
          exchange({
            primary: capture(textOf(spec)),
            candidates: [mirrored(textOf(changed(spec, one)))],
            secondary: mirrored(textOf(changed(spec, two)), { subset: "twin" }),
          }),
        );
        if (sample === undefined) return;
        samples += 1;
        expect(recompare(sample, [])).toEqual(sample.fields);
      }),
      { numRuns: 3_000, seed: 7 },
    );
    expect(samples).toBeGreaterThan(1_500);
  });

  const mixed = exchange({
    primary: capture('{"a":"x","b":1,"n":"p"}', { headers: ["Content-Type", "application/json", "Server", "A1"] }),
    candidates: [
      mirrored('{"a":"X","b":2,"n":"P"}', { headers: ["Content-Type", "application/json", "Server", "A2"] }),
    ],
    secondary: mirrored('{"a":"x","b":1,"n":"P"}', {
      subset: "twin",
      headers: ["Content-Type", "application/json", "Server", "A1"],
    }),
  });

  it("takes away what a rule hides, of the candidate and of the noise", () => {
    const sample = kept(mixed);
    expect(told(recompare(sample, []))).toEqual([
      "body $.a value raw",
      "body $.b value raw",
      "body $.n value both",
      "header server header raw",
    ]);
    const rules = [
      rule({ action: { type: "ignore-case" } }),
      rule({ section: "header", path: "server", action: { type: "mask", regex: "\\d" } }),
    ];
    expect(told(recompare(sample, rules))).toEqual(["body $.b value raw"]);
    expect(
      told(
        recompare(
          sample,
          rules.map((one) => ({ ...one, endpoint: "POST **" })),
        ),
      ),
    ).toEqual(told(sample.fields));
  });

  it("obeys a rule whose time was not over when the exchange came", () => {
    expect(told(recompare(kept(mixed), ending(120_001)))).not.toContain("body $.a value raw");
    expect(told(recompare(kept(mixed), ending(120_000)))).toContain("body $.a value raw");
  });

  it("leaves what redaction hides: a secret number and the same as a string", () => {
    const sample = kept(exchange({ primary: capture('{"password":1}'), candidates: [mirrored('{"password":"1"}')] }));
    expect(told(recompare(sample, [rule({ action: { type: "ignore-case" } })]))).toEqual(["body $.password type raw"]);
  });

  it("tells secrets apart, and equal ones are equal", () => {
    const secrets = exchange({
      primary: capture('{"password":"a","x":"1"}'),
      candidates: [mirrored('{"password":"a","x":"2"}')],
    });
    expect(told(recompare(kept(secrets), []))).toEqual(["body $.x value raw"]);
  });

  it("leaves bodies that are not whole or are kept as a hash, and judges the head", () => {
    const headers = ["Content-Type", "image/png", "X-A", "a"];
    const png = exchange({
      primary: capture("PNG1", { headers }),
      candidates: [mirrored("PNG2", { headers: headers.with(3, "A") })],
    });
    expect(told(recompare(kept(png), []))).toEqual(["body $ value raw", "header x-a header raw"]);
    const rules = [
      rule({ action: { type: "type-only" } }),
      rule({ section: "header", path: "x-a", action: { type: "ignore-case" } }),
    ];
    expect(told(recompare(kept(png), rules))).toEqual(["body $ value raw"]);
  });

  it("keeps a transport difference, and no noise of a secondary that failed", () => {
    const refused = exchange({ candidates: [failed("refused")], secondary: failed("reset", "twin") });
    expect(told(recompare(kept(refused), []))).toEqual(["transport $ transport raw"]);
  });

  it("reads bodies whose codings are off already", () => {
    const headers = ["Content-Type", "application/json", "Content-Encoding", "identity, gzip"];
    const sample = kept(mixed);
    const { primary, candidate } = sample.legs;
    const coded: Sample = {
      ...sample,
      legs: { ...sample.legs, primary: { ...primary, headers }, candidate: { ...candidate, headers } },
    };
    expect(told(recompare(coded, []))).toContain("body $.a value raw");
  });
});
