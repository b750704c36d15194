import { array, constantFrom, integer, letrec, nat, oneof, record, tuple, type Arbitrary } from "fast-check";
import { unreachable } from "../../../src/lib/unreachable.ts";

/** A JSON document as text: with the spelling of its numbers, the order of its members and repeated keys. */
export type Spec =
  | { readonly type: "literal"; readonly text: "null" | "true" | "false" }
  | { readonly type: "number"; readonly source: string }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "array"; readonly items: readonly Spec[] }
  | { readonly type: "object"; readonly members: readonly (readonly [string, Spec])[] };

const NUMBERS = [
  ..."0 -0 1 1.0 10e-1 2 -1 100 1e2 0.5 0.50 5e-1 1.1 9007199254740992 9007199254740993 9007199254740993.0 1e400 1e500".split(
    " ",
  ),
  ..."10e399 1e-400 0.1 0.1000000000000000055 123456789012345678901234567890 1700000000 1700000000000 3.14 314".split(
    " ",
  ),
] as const;
const STRINGS = [
  "",
  "a",
  "A",
  "b",
  "1",
  "1.0",
  "null",
  "é",
  "e\u0301",
  "a b",
  " a",
  "\u0000",
  "\ud800",
  "😀",
  "2026-01-01",
] as const;
const KEYS = [
  ..."a b c id name key v __proto__ constructor toString hasOwnProperty $root $index 0 1 length".split(" "),
  "",
  "a.b",
  "a[0]",
  "['a']",
  "a/b",
  "a~b",
  "~1",
  "it's",
  '"',
  "\\",
  "\n",
  "é",
  "e\u0301",
  "😀",
  "\ud800",
  "…",
  "{*}",
  "[*]",
  "*",
] as const;

const scalar: Arbitrary<Spec> = oneof(
  constantFrom("null", "true", "false").map((text): Spec => ({ type: "literal", text: text as "null" })),
  constantFrom(...NUMBERS).map((source): Spec => ({ type: "number", source })),
  integer({ min: -20, max: 20 }).map((value): Spec => ({ type: "number", source: `${value}` })),
  constantFrom(...STRINGS).map((value): Spec => ({ type: "string", value })),
);

const rows: Arbitrary<Spec> = array(tuple(integer({ min: 0, max: 9 }), scalar), { maxLength: 8 }).map((all) => ({
  type: "array",
  items: all.map(([id, v]): Spec => ({
    type: "object",
    members: [
      ["id", { type: "number", source: `${id}` }],
      ["v", v],
    ],
  })),
}));

/** Chains of single children are deep and cost one node per level. */
function chain(spec: Spec, levels: number): Spec {
  let deep = spec;
  for (let level = 0; level < levels; level += 1) {
    deep = level % 2 === 0 ? { type: "array", items: [deep] } : { type: "object", members: [["a", deep]] };
  }
  return deep;
}

const { node } = letrec<{ node: Spec }>((tie) => ({
  node: oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: scalar },
    { weight: 3, arbitrary: array(tie("node"), { maxLength: 5 }).map((items): Spec => ({ type: "array", items })) },
    {
      weight: 4,
      arbitrary: array(tuple(constantFrom(...KEYS), tie("node")), { maxLength: 5 }).map((members): Spec => ({
        type: "object",
        members,
      })),
    },
    { weight: 1, arbitrary: rows },
  ),
}));

/** Any root; one in ten is up to 60 levels deep. */
export const document: Arbitrary<Spec> = oneof(
  { weight: 9, arbitrary: node },
  { weight: 1, arbitrary: tuple(node, nat(60)).map(([spec, levels]) => chain(spec, levels)) },
);

export interface Change {
  readonly at: number;
  readonly how: number;
  readonly what: Spec;
}

export const change: Arbitrary<Change> = record({ at: nat(1_000), how: nat(9), what: scalar });

export function textOf(spec: Spec): string {
  switch (spec.type) {
    case "literal":
      return spec.text;
    case "number":
      return spec.source;
    case "string":
      return JSON.stringify(spec.value);
    case "array":
      return `[${spec.items.map(textOf).join(",")}]`;
    case "object":
      return `{${spec.members.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;
  }
  return unreachable(spec);
}

/**
 * The document as plain data with JSON's equality: exact numbers, all values of a repeated key, and members in any
 * order. Keys get a prefix, so that none of them is special to the oracle.
 */
export function canonical(spec: Spec): unknown {
  switch (spec.type) {
    case "literal":
      return spec.text === "null" ? null : spec.text === "true";
    case "number":
      return `#${exactly(spec.source)}`;
    case "string":
      return `"${spec.value}`;
    case "array":
      return spec.items.map(canonical);
    case "object": {
      const keys = new Set(spec.members.map(([key]) => key));
      return Object.fromEntries(
        [...keys].map((key) => {
          const values = spec.members.filter(([other]) => other === key).map(([, value]) => canonical(value));
          return [`k${key}`, values.length === 1 ? values[0] : { twice: values }];
        }),
      );
    }
  }
  return unreachable(spec);
}

/** A fraction in lowest terms, computed independently of the code under test. */
export function exactly(source: string): string {
  const [mantissa = "", exponent = "0"] = source.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  let numerator = BigInt(whole.replace("-", "") + fraction) * (whole.startsWith("-") ? -1n : 1n);
  let power = Number(exponent) - fraction.length;
  while (numerator !== 0n && numerator % 10n === 0n) [numerator, power] = [numerator / 10n, power + 1];
  return numerator === 0n ? "0" : `${numerator}e${power}`;
}

function countOf(spec: Spec): number {
  const children =
    spec.type === "array" ? spec.items : spec.type === "object" ? spec.members.map(([, one]) => one) : [];
  return children.reduce((sum, child) => sum + countOf(child), 1);
}

/** A copy with one node changed, or only spelled differently. */
export function changed(spec: Spec, { at, how, what }: Change): Spec {
  let left = at % countOf(spec);
  const visit = (one: Spec): Spec => {
    if (left === 0) {
      left -= 1;
      return changedNode(one, how, what);
    }
    left -= 1;
    if (one.type === "array") return { ...one, items: one.items.map((item) => (left < 0 ? item : visit(item))) };
    if (one.type !== "object") return one;
    return { ...one, members: one.members.map(([key, value]) => [key, left < 0 ? value : visit(value)] as const) };
  };
  return visit(spec);
}

function changedNode(spec: Spec, how: number, what: Spec): Spec {
  if (spec.type === "array") {
    const { items } = spec;
    const at = how % Math.max(1, items.length);
    if (how < 2) return { ...spec, items: items.toSpliced(at, 0, what) };
    if (how < 4) return { ...spec, items: items.toSpliced(at, 1) };
    if (how < 6) return { ...spec, items: [...items.slice(1), ...items.slice(0, 1)] };
    if (how < 8) return { ...spec, items: items.toSpliced(at, 1, what) };
    return how === 8 ? { type: "object", members: [] } : what;
  }
  if (spec.type === "object") {
    const { members } = spec;
    const at = how % Math.max(1, members.length);
    const key = KEYS[(how * 7) % KEYS.length] ?? "";
    if (how < 2) return { ...spec, members: members.toSpliced(at, 0, [key, what]) };
    if (how < 4) return { ...spec, members: members.toSpliced(at, 1) };
    // Members with the same key must keep their order.
    const mayTurn = new Set(members.map(([name]) => name)).size === members.length;
    if (how < 6) return mayTurn ? { ...spec, members: members.toReversed() } : spec;
    if (how < 8)
      return { ...spec, members: members.map(([name, value], i) => [i === at ? key : name, value] as const) };
    return how === 8 ? { type: "array", items: [] } : what;
  }
  if (how < 3) return respelled(spec);
  if (how === 3) return { type: "array", items: [spec] };
  return what;
}

/** The same value in another spelling. */
function respelled(spec: Spec): Spec {
  if (spec.type !== "number" || /[.e]/i.test(spec.source)) return spec;
  return { type: "number", source: `${spec.source}.00e0` };
}
