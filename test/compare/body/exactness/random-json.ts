import { unreachable } from "../../../../src/lib/unreachable.ts";
import { changed, type Spec } from "../../tree/json-spec.ts";
import type { Random } from "./random.ts";

const NUMBERS = [
  "0",
  "-0",
  "1",
  "2",
  "-1",
  "100",
  "0.5",
  "9007199254740992",
  "9007199254740993",
  "1e400",
  "0.1",
] as const;
const STRINGS = ["", "a", "b", "1", "null", "é", "e\u0301", "😀", "\ud800", "a\nb", '"', "\\", "\u00a0"] as const;
const KEYS = ["a", "b", "c", "__proto__", "", "é", "\\", "$prefix", "data"] as const;

function randomScalar(random: Random): Spec {
  const kind = random.below(5);
  if (kind < 2) return { type: "number", source: random.pick(NUMBERS) };
  if (kind < 4) return { type: "string", value: random.pick(STRINGS) };
  return { type: "literal", text: random.pick(["null", "true", "false"] as const) };
}

export function randomJson(random: Random, depth = 3): Spec {
  if (depth === 0 || random.chance(0.3)) return randomScalar(random);
  if (random.chance(0.4)) return { type: "array", items: random.list(3, () => randomJson(random, depth - 1)) };
  const members = random.list(3, () => [random.pick(KEYS), randomJson(random, depth - 1)] as const);
  return { type: "object", members };
}

export function changedJson(spec: Spec, random: Random): Spec {
  return changed(spec, { at: random.below(1_000), how: random.below(10), what: randomScalar(random) });
}

/** @param breaks white space may contain line breaks */
export function writeJson(spec: Spec, random: Random, breaks = true): string {
  const space = (): string => (random.chance(0.2) ? random.pick(breaks ? [" ", "\n", "\t", "\r\n"] : [" ", "\t"]) : "");
  const write = (one: Spec): string => `${space()}${writeValue(one)}${space()}`;
  const writeValue = (one: Spec): string => {
    switch (one.type) {
      case "literal":
        return one.text;
      case "number":
        return respelledNumber(one.source, random);
      case "string":
        return writeString(one.value, random);
      case "array":
        return `[${one.items.map(write).join(",")}]`;
      case "object": {
        const members = random.reordered(one.members, ([key]) => key);
        return `{${members.map(([key, value]) => `${space()}${writeString(key, random)}${space()}:${write(value)}`).join(",")}}`;
      }
    }
    return unreachable(one);
  };
  return write(spec);
}

function respelledNumber(source: string, random: Random): string {
  if (source.includes("e")) return random.pick([source, source.replace("e", "E+"), source.replace("1e400", "10e399")]);
  return random.pick([source, `${source}e0`, source.includes(".") ? `${source}00` : `${source}.0`]);
}

function writeString(value: string, random: Random): string {
  const text = JSON.stringify(value);
  if (random.chance(0.7)) return text;
  return `"${[...text.slice(1, -1).matchAll(/\\u[\da-f]{4}|\\.|[^\\]/gsu)].map(([unit]) => escaped(unit, random)).join("")}"`;
}

function escaped(unit: string, random: Random): string {
  if (unit.startsWith("\\") || random.chance(0.5)) return unit;
  const units = Array.from({ length: unit.length }, (_, at) => unit.charCodeAt(at).toString(16).padStart(4, "0"));
  return units.map((digits) => `\\u${digits}`).join("");
}
