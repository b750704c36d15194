import { describe, expect, it } from "vitest";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";

interface Text {
  readonly type: string;
  readonly lines: readonly string[];
  /** Only UTF-8 with a byte order mark differs from UTF-8 without. */
  readonly hasMark: boolean;
}

const LINES = [
  "",
  "a",
  "b",
  " a",
  "a ",
  "caf\u00e9",
  "cafe\u0301",
  "\u00a0",
  "=",
  "f(1)",
  "\u20ac",
  "\u0085",
  "\u2028",
  "\u{1F600}",
] as const;
const TYPES = ["text/plain", "text/css", "text/javascript", "application/yaml"] as const;
const line = (random: Random): string => random.pick(LINES);

const toUtf16 = (text: string): Buffer => Buffer.from(text, "utf16le");
/** Charsets by their labels, with an encoder that does not depend on TextDecoder. */
const CHARSETS: readonly (readonly [parameter: string, encode: (text: string) => Buffer | undefined])[] = [
  ["", (text) => Buffer.from(text)],
  ["; charset=utf-8", (text) => Buffer.from(text)],
  ['; charset="UTF-8"', (text) => Buffer.from(text)],
  // As in windows-1252, where 0x80 to 0x9F are other characters.
  ["; charset=iso-8859-1", (text) => (!/[^\n -~\u00a0-\u00ff]/.test(text) ? Buffer.from(text, "latin1") : undefined)],
  ["; charset=utf-16le", toUtf16],
  ["; charset=utf-16", (text) => toUtf16(`\uFEFF${text}`)],
  ["; charset=utf-16be", (text) => toUtf16(text).swap16()],
  ["; charset=utf-16", (text) => toUtf16(`\uFEFF${text}`).swap16()],
];

const FORMAT: ExactFormat<Text> = {
  create: (random) => ({
    type: random.pick(TYPES),
    lines: ["x", ...random.list(5, () => line(random))],
    hasMark: random.chance(0.1),
  }),
  change: ({ type, lines, hasMark }, random) => {
    if (random.chance(0.1)) return { type, lines, hasMark: !hasMark };
    const [first = "", ...others] = lines;
    const changed = random.changed(
      others,
      () => line(random),
      () => line(random),
    );
    return { type, lines: [first, ...changed], hasMark };
  },
  write: ({ type, lines, hasMark }, random) => {
    const text = lines.join("\n");
    if (hasMark) return { type: `${type}; charset=utf-8`, content: Buffer.from(`\uFEFF${text}`) };
    const [parameter, bytes] = random.pick(
      CHARSETS.flatMap(([name, encode]) => {
        const encoded = encode(text);
        return encoded === undefined ? [] : [[name, encoded] as const];
      }),
    );
    // UTF-8 that is called something else is another text.
    const isMislabeled = !/latin|utf-16|iso/.test(parameter) && random.chance(0.1);
    return { type: `${type}${isMislabeled ? "; charset=iso-8859-1" : parameter}`, content: bytes };
  },
  canonical: ({ type, content }) => {
    const label = /charset="?([^"]*)/.exec(type)?.[1] ?? "utf-8";
    const bytes = content as Buffer;
    const isBigEndian = label === "utf-16be" || (bytes[0] === 0xfe && bytes[1] === 0xff);
    if (label.startsWith("utf-16"))
      return (isBigEndian ? Buffer.from(bytes).swap16() : bytes).toString("utf16le").replace(/^\uFEFF/, "");
    return bytes.toString(label === "iso-8859-1" ? "latin1" : "utf8");
  },
};

describe("texts", () => {
  it("match exactly if Node's decoders read the same characters from them, in any charset", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 7);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
