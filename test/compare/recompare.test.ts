import { assert, array, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { createComparer } from "../../src/compare/batch-comparer.ts";
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

const described = (fields: Sample["fields"]) =>
  fields.map(({ section, path, kind, mark }) => `${section} ${path} ${kind} ${mark}`);

const ending = (expiresAt: number) => [rule({ action: { type: "ignore-case" }, expiresAt })];

describe("recompare", () => {
  it("returns the sample's own fields without rules, over many documents", () => {
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

  it("removes what a rule hides from the candidate and from the noise", () => {
    const sample = kept(mixed);
    expect(described(recompare(sample, []))).toEqual([
      "body $.a value raw",
      "body $.b value raw",
      "body $.n value both",
      "header server header raw",
    ]);
    const rules = [
      rule({ action: { type: "ignore-case" } }),
      rule({ section: "header", path: "server", action: { type: "mask", regex: "\\d" } }),
    ];
    expect(described(recompare(sample, rules))).toEqual(["body $.b value raw"]);
    expect(
      described(
        recompare(
          sample,
          rules.map((one) => ({ ...one, endpoint: "POST **" })),
        ),
      ),
    ).toEqual(described(sample.fields));
  });

  it("applies a rule that had not expired when the exchange arrived", () => {
    expect(described(recompare(kept(mixed), ending(120_001)))).not.toContain("body $.a value raw");
    expect(described(recompare(kept(mixed), ending(120_000)))).toContain("body $.a value raw");
  });

  it("keeps differences that redaction hides: a secret number and the same secret as a string", () => {
    const sample = kept(exchange({ primary: capture('{"password":1}'), candidates: [mirrored('{"password":"1"}')] }));
    expect(described(recompare(sample, [rule({ action: { type: "ignore-case" } })]))).toEqual([
      "body $.password type raw",
    ]);
  });

  it("keeps different secrets different and equal secrets equal", () => {
    const secrets = exchange({
      primary: capture('{"password":"a","x":"1"}'),
      candidates: [mirrored('{"password":"a","x":"2"}')],
    });
    expect(described(recompare(kept(secrets), []))).toEqual(["body $.x value raw"]);
  });

  it("keeps the result of bodies that are truncated or stored as a hash, and compares the head", () => {
    const headers = ["Content-Type", "image/png", "X-A", "a"];
    const png = exchange({
      primary: capture("PNG1", { headers }),
      candidates: [mirrored("PNG2", { headers: headers.with(3, "A") })],
    });
    expect(described(recompare(kept(png), []))).toEqual(["body $ value raw", "header x-a header raw"]);
    const rules = [
      rule({ action: { type: "type-only" } }),
      rule({ section: "header", path: "x-a", action: { type: "ignore-case" } }),
    ];
    expect(described(recompare(kept(png), rules))).toEqual(["body $ value raw"]);
  });

  it("keeps a transport difference and ignores a failed secondary", () => {
    const refused = exchange({ candidates: [failed("refused")], secondary: failed("reset", "twin") });
    expect(described(recompare(kept(refused), []))).toEqual(["transport $ transport raw"]);
  });

  it("parses stored bodies without content codings", () => {
    const headers = ["Content-Type", "application/json", "Content-Encoding", "identity, gzip"];
    const sample = kept(mixed);
    const { primary, candidate } = sample.legs;
    const coded: Sample = {
      ...sample,
      legs: { ...sample.legs, primary: { ...primary, headers }, candidate: { ...candidate, headers } },
    };
    expect(described(recompare(coded, []))).toContain("body $.a value raw");
  });
});
