import { diff } from "json-diff-ts";
import { array, assert, constantFrom, property, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { compareTrees } from "../../../src/compare/tree/compare-trees.ts";
import type { FieldDifference } from "../../../src/compare/field-difference.ts";
import { Duplicates, type Json } from "../../../src/compare/tree/json-tree.ts";
import { parseJson } from "../../../src/compare/tree/parse-json.ts";
import { createRedactor } from "../../../src/compare/redact/redactor.ts";
import { createRuleBook } from "../../../src/compare/rules/rule-book.ts";
import type { RuleAction } from "../../../src/model/rule-actions.ts";
import { KEY } from "../build-exchanges.ts";
import { canonical, change, changed, document, textOf, type Spec } from "./json-spec.ts";
import { rule } from "../rules/rule-builder.ts";

/** Independent documents per round, each compared with every other one. */
const DOCUMENTS = 6;
/** Changed copies of each document per round, each compared with its document. */
const CHANGES = 3;
const ROUNDS = 6_100;
/** 15 pairs of independent documents, and 18 pairs of a document and a changed copy. */
const PAIRS = ROUNDS * ((DOCUMENTS * (DOCUMENTS - 1)) / 2 + DOCUMENTS * CHANGES);

interface Read {
  readonly value: Json;
  readonly canonical: unknown;
}

function read(spec: Spec): Read {
  const parsed = parseJson(textOf(spec));
  if (parsed === undefined) throw new Error(`no JSON: ${textOf(spec)}`);
  return { value: parsed.value, canonical: canonical(spec) };
}

const names = (differences: readonly FieldDifference[]): string[] =>
  differences.map(({ kind, path, relation }) => `${kind} ${path} ${relation}`).toSorted();

const MIRRORED: Readonly<Record<string, string>> = { missing: "extra", extra: "missing" };
const swapped = (found: readonly string[]): string[] =>
  found.map((name) => name.replace(/^(?:missing|extra)/, (kind) => MIRRORED[kind] ?? kind)).toSorted();

const redactor = createRedactor(KEY);

/** All values that a JSON Pointer can reference. A repeated key has several (RFC 6901 §4 leaves it open). */
function at(root: Json, pointer: string): Json[] {
  const keys = pointer.split("/").slice(1);
  return keys
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((values, key) => values.flatMap((value) => childOf(value, key)), occurrences(root));
}

function childOf(value: Json, key: string): Json[] {
  const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, key);
  return isThere ? occurrences((value as Record<string, Json>)[key] as Json) : [];
}

function occurrences(value: Json): Json[] {
  return value instanceof Duplicates ? [value, ...value.values] : [value];
}

function check(left: Read, right: Read, resolves: boolean): boolean {
  const { differences } = compareTrees(left.value, right.value);
  const equal = diff(left.canonical, right.canonical).length === 0;
  const verdict = { equal, found: names(differences) };
  if (equal !== (differences.length === 0)) throw new Error(`not the same verdict: ${JSON.stringify(verdict)}`);
  if (equal) return true;
  const found = names(differences);
  const mirrored = swapped(names(compareTrees(right.value, left.value).differences));
  if (found.join("\n") !== mirrored.join("\n")) throw new Error(`not mirrored: ${JSON.stringify([found, mirrored])}`);
  if (resolves) for (const difference of differences) checkPointer(left.value, right.value, difference);
  return false;
}

function checkPointer(left: Json, right: Json, difference: FieldDifference): void {
  const { kind, path } = difference;
  const { pointer, primary, candidate } = difference.detail(redactor);
  const [root, shown] = kind === "extra" && primary === null ? [right, candidate] : [left, primary];
  const texts = at(root, pointer).map((value) => redactor.value(value, false));
  if (!texts.includes(shown ?? "")) expect({ path, pointer, texts }).toEqual({ path, pointer, texts: [shown] });
}

describe("compareTrees, over many documents", () => {
  it(`agrees with the oracle on ${PAIRS} pairs, half of them single changes; mirrored when swapped; pointers resolve`, () => {
    let [pairs, changes, equals] = [0, 0, 0];
    const round = tuple(
      array(document, { minLength: DOCUMENTS, maxLength: DOCUMENTS }),
      array(change, { minLength: DOCUMENTS * CHANGES, maxLength: DOCUMENTS * CHANGES }),
    );
    assert(
      property(round, ([specs, all]) => {
        const documents = specs.map(read);
        for (const [one, left] of documents.entries()) {
          for (const right of documents.slice(one + 1)) {
            equals += Number(check(left, right, pairs % 4 === 0));
            pairs += 1;
          }
          for (const single of all.slice(one * CHANGES, (one + 1) * CHANGES)) {
            equals += Number(check(left, read(changed(specs[one] as Spec, single)), true));
            pairs += 1;
            changes += 1;
          }
        }
      }),
      { numRuns: ROUNDS, seed: 5 },
    );
    expect({ pairs, half: changes >= pairs / 2 }).toEqual({ pairs: PAIRS, half: true });
    expect(PAIRS).toBeGreaterThanOrEqual(200_000);
    // Both results occur often enough.
    expect(equals).toBeGreaterThan(PAIRS / 20);
  });

  it("keys decide which elements are paired, never whether two documents are equal", () => {
    const keys = array(constantFrom(["id"], ["v"], ["a"], ["id", "v"], ["a.b"]), { minLength: 1, maxLength: 3 });
    assert(
      property(document, change, keys, (spec, single, all) => {
        const [left, right] = [read(spec), read(changed(spec, single))];
        const rules = all.map((by, id) => rule({ id: `${id}`, action: { type: "keyed", by } }));
        const book = createRuleBook(rules).of("GET /", 0);
        if (book === undefined) throw new Error("no rules");
        const { differences } = compareTrees(left.value, right.value, { rules: book, onHit: () => undefined });
        const equal = diff(left.canonical, right.canonical).length === 0;
        expect({ equal: differences.length === 0, found: names(differences) }).toEqual({
          equal,
          found: names(differences),
        });
      }),
      { numRuns: 8_000, seed: 8 },
    );
  });

  it("never reports differences under rules between documents that are equal without", () => {
    const actions: RuleAction[] = [
      { type: "unordered" },
      { type: "keyed", by: ["id"] },
      { type: "keyed", by: ["a", "v"] },
      { type: "tolerance", absolute: 0.5 },
      { type: "tolerance", relative: 0.1 },
      { type: "time", toleranceMs: 1_000, shiftMs: 3_600_000 },
      { type: "pattern", regex: "[a-z]+" },
      { type: "mask", regex: "\\d" },
      { type: "type-only" },
      { type: "ignore-case" },
      { type: "null-is-missing" },
      { type: "subset" },
      { type: "superset" },
    ];
    const paths = ["$", "$.a", "$..v", "$[*]", "$.*", "$..id", "$.a[*].b"];
    const rules = array(tuple(constantFrom(...actions), constantFrom(...paths)), { minLength: 1, maxLength: 6 });
    let equals = 0;
    assert(
      property(document, change, rules, (spec, single, chosen) => {
        const [left, right] = [read(spec), read(changed(spec, { ...single, how: single.how < 5 ? 4 : single.how }))];
        const all = chosen.map(([action, path], id) => rule({ id: `${id}`, section: "body", path, action }));
        const book = createRuleBook(all).of("GET /", 0);
        if (book === undefined) throw new Error("no rules");
        const context = { rules: book, onHit: () => undefined };
        const without = compareTrees(left.value, right.value).differences;
        const under = compareTrees(left.value, right.value, context).differences;
        expect(without.length === 0 ? names(under) : []).toEqual([]);
        equals += Number(without.length === 0);
        expect(names(compareTrees(left.value, left.value, context).differences)).toEqual([]);
      }),
      { numRuns: 8_000, seed: 6 },
    );
    expect(equals).toBeGreaterThan(800);
  });
});
