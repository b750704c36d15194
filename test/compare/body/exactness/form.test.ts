import querystring from "node:querystring";
import { describe, expect, it } from "vitest";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";

/** Missing in the types of Node. */
const { parse, unescapeBuffer } = querystring as typeof querystring & {
  readonly unescapeBuffer: (text: string) => Buffer;
};

/** As bytes, one per character. */
interface Field {
  readonly name: string;
  readonly value: string;
}

const NAMES = [
  "a",
  "b",
  "c",
  "user[name]",
  "1",
  "2",
  "a b",
  "a=b",
  "",
  "\xc3\xa9",
  "x&y",
  "__proto__",
  "%",
  "\xff",
] as const;
const VALUES = [
  "",
  "1",
  "2",
  "a b",
  "a+b",
  "a=b",
  "=",
  "&",
  "%",
  "%41",
  "\xc3\xa9",
  "\xc3",
  "\xff",
  "\xfe",
  "\xc3\xbf",
] as const;

const field = (random: Random): Field => ({ name: random.pick(NAMES), value: random.pick(VALUES) });

/** Bytes beyond ASCII can only be written as they are if they are UTF-8. */
function encoded(bytes: string, random: Random): string {
  const isUtf8 = Buffer.from(Buffer.from(bytes, "latin1").toString(), "utf8").toString("latin1") === bytes;
  const style = random.below(3);
  return bytes
    .split("")
    .map((byte) => {
      const mustEscape = /[%&=+]/.test(byte) || (byte > "\x7f" && (!isUtf8 || style === 0));
      if (byte === " ") return random.pick(["+", "%20"]);
      if (!mustEscape && (byte > "\x7f" || !random.chance(0.2))) return byte;
      const digits = byte.charCodeAt(0).toString(16).padStart(2, "0");
      return `%${random.chance(0.5) ? digits.toUpperCase() : digits}`;
    })
    .join("");
}

const FORMAT: ExactFormat<readonly Field[]> = {
  create: (random) => random.list(6, () => field(random), 1),
  change: (fields, random) =>
    random.changed(
      fields,
      () => field(random),
      (one) => (random.chance(0.5) ? { ...one, value: random.pick(VALUES) } : { ...one, name: random.pick(NAMES) }),
    ),
  write: (fields, random) => {
    const written = random
      .reordered(fields, ({ name }) => name)
      .map(({ name, value }) => {
        const mayOmit = value === "" && name !== "" && random.chance(0.5);
        return mayOmit ? encoded(name, random) : `${encoded(name, random)}=${encoded(value, random)}`;
      });
    const text = written.join(random.chance(0.1) ? "&&" : "&");
    return { type: "application/x-www-form-urlencoded", content: Buffer.from(text, "latin1") };
  },
  canonical: ({ content }) => {
    // One character per byte, since values need not be UTF-8.
    const text = Buffer.from(content as Uint8Array).toString("latin1");
    const options = { maxKeys: 0, decodeURIComponent: (one: string) => unescapeBuffer(one).toString("latin1") };
    const fields = Object.entries(parse(text, "&", "=", options)).map(([name, values]) => [name, [values].flat()]);
    return JSON.stringify(fields.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  },
};

describe("forms", () => {
  it("match exactly if Node's querystring decodes the same bytes for each name", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 4);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
