import { Dicer } from "@fastify/busboy";
import { describe, expect, it } from "vitest";
import type { Spec } from "../../tree/json-spec.ts";
import { canonicalJson } from "./canonical-json.ts";
import { comparePairs, type ExactFormat } from "./exact-pairs.ts";
import type { Random } from "./random.ts";
import { changedJson, randomJson, writeJson } from "./random-json.ts";

/** Texts have one character per byte. */
interface Part {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content: Parts | string | { readonly json: Spec; readonly hasMark: boolean };
}

interface Parts {
  readonly type: "multipart/form-data" | "multipart/mixed";
  readonly parts: readonly Part[];
}

const NAMES = ["a", "b", "c", "c", "1", "a b", "", "\xc3\xa9", "\xe9", "__proto__"] as const;
const TEXTS = [
  "",
  "a",
  "b",
  '"a"',
  "1",
  " a\r\n",
  "\r\n",
  "--",
  "--x",
  "{x",
  "\xef\xbb\xbfa",
  "\xff",
  "\xfe",
  "\xc3\xa9",
  "\u0000",
] as const;
const TYPES = [
  "text/plain",
  "text/plain; charset=utf-8",
  "image/png",
  "application/json",
  "application/octet-stream",
  "",
] as const;
const EXTRA = [
  ["x-one", "1"],
  ["x-one", "2"],
  ["x-two", "a; boundary=1"],
  ["content-id", "<a@b>"],
  ["content-language", "de, en"],
] as const;

function randomPart(random: Random, type: Parts["type"], depth: number): Part {
  const name = random.pick(NAMES);
  const file = random.chance(0.2) ? `; filename="${random.pick(["a.txt", "b.txt", "\xe9.txt", "\xe8.txt"])}"` : "";
  const disposition = [
    "content-disposition",
    type === "multipart/form-data" ? `form-data; name="${name}"${file}` : "inline",
  ] as const;
  const extra = random.chance(0.2) ? [random.pick(EXTRA)] : [];
  const content = randomContent(random, depth);
  const contentType = typeof content === "string" ? random.pick(TYPES) : "application/json";
  const typed = contentType === "" || isParts(content) ? [] : [["content-type", contentType] as const];
  return { headers: [disposition, ...typed, ...extra], content };
}

function randomContent(random: Random, depth: number): Part["content"] {
  if (depth > 0 && random.chance(0.15)) return randomParts(random, depth - 1, "multipart/mixed");
  if (random.chance(0.4)) return { json: randomJson(random, 2), hasMark: random.chance(0.1) };
  return random.pick(TEXTS);
}

function randomParts(random: Random, depth: number, type: Parts["type"]): Parts {
  return { type, parts: random.list(4, () => randomPart(random, type, depth), 1) };
}

function isParts(content: Part["content"]): content is Parts {
  return typeof content === "object" && "parts" in content;
}

function changedParts(document: Parts, random: Random): Parts {
  const { type } = document;
  const change = (part: Part): Part => changedPart(part, random, type);
  return { type, parts: random.changed(document.parts, () => randomPart(random, type, 1), change) };
}

function changedPart(part: Part, random: Random, type: Parts["type"]): Part {
  const { headers, content } = part;
  if (random.chance(0.3)) {
    const pick = (): Part["headers"][number] => random.pick(EXTRA);
    const other = randomPart(random, type, 0).headers[0] ?? pick();
    return { headers: random.chance(0.5) ? [other, ...headers.slice(1)] : [...headers, pick()], content };
  }
  if (isParts(content)) return { headers, content: changedParts(content, random) };
  // A text and the JSON string of it are different contents.
  const isPlain = typeof content === "string" && /^"?[a-z]*"?$/.test(content);
  if (isPlain && random.chance(0.7)) return { headers, content: content.startsWith('"') ? "a" : `"${content}"` };
  if (typeof content === "string") return { headers, content: random.pick(TEXTS) };
  const { json, hasMark } = content;
  return {
    headers,
    content: random.chance(0.2) ? { json, hasMark: !hasMark } : { json: changedJson(json, random), hasMark },
  };
}

function writeParts(
  { type, parts }: Parts,
  random: Random,
  depth = 0,
): { readonly type: string; readonly bytes: string } {
  // Unlike those around it.
  const boundary =
    depth + random.pick(["b", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a'b", "x y", "===============1=="]);
  const ordered = type === "multipart/form-data" ? random.reordered(parts, ({ headers }) => nameOf(headers)) : parts;
  const written = ordered.map((part) => `--${boundary}\r\n${writePart(part, random, depth)}\r\n`).join("");
  const [before, after] = [random.pick(["", "", "preamble\r\n"]), random.pick(["\r\n", "", "\r\nepilogue"])];
  const value = /[ =]/.test(boundary) || random.chance(0.3) ? `"${boundary}"` : boundary;
  const parameter = random.pick(["; boundary=", ";boundary=", "; BOUNDARY="]);
  return { type: `${type}${parameter}${value}`, bytes: `${before}${written}--${boundary}--${after}` };
}

function writePart({ headers, content }: Part, random: Random, depth: number): string {
  const nested = isParts(content) ? writeParts(content, random, depth + 1) : undefined;
  const typed = nested === undefined ? [] : [["content-type", nested.type] as const];
  const lines = random
    .reordered([...headers, ...typed], ([name]) => name)
    .map(([name, value]) => {
      const spelled = random.chance(0.3) && !value.startsWith("multipart") ? respelled(name, value) : value;
      const folded = random.chance(0.1) ? spelled.replace("; ", ";\r\n ") : spelled;
      return `${random.chance(0.5) ? name.replaceAll(/\b[a-z]/g, (one) => one.toUpperCase()) : name}: ${folded}\r\n`;
    });
  return `${lines.join("")}\r\n${nested?.bytes ?? writeContent(content as Exclude<Part["content"], Parts>, random)}`;
}

/** Types and names of parameters ignore case, and so does the charset; quotes and the order of parameters have no meaning. */
function respelled(name: string, value: string): string {
  if (name !== "content-type" && name !== "content-disposition") return value;
  const [type = "", ...parameters] = value.split("; ");
  const written = parameters
    .toReversed()
    .map((one) => one.replace(/="([a-z.]+)"$/, "=$1").replace(/^charset=.*/, 'Charset="UTF-8"'));
  return [type.toUpperCase(), ...written].join("; ");
}

function canonicalHeader(name: string, value: string): string {
  if (name !== "content-type" && name !== "content-disposition") return value;
  const [type = "", ...parameters] = value.split(/;\s*/);
  const all = parameters.map((one) => one.replaceAll('"', "").replace(/^[^=]*/, (key) => key.toLowerCase()));
  return [
    type.toLowerCase(),
    ...all.map((one) => one.replace(/^charset=.*/, (text) => text.toLowerCase())).toSorted(),
  ].join("; ");
}

function writeContent(content: Exclude<Part["content"], Parts>, random: Random): string {
  if (typeof content === "string") return content;
  const text = Buffer.from(writeJson(content.json, random)).toString("latin1");
  return content.hasMark ? `\xef\xbb\xbf${text}` : text;
}

function nameOf(headers: Part["headers"]): string {
  const [, disposition = ""] = headers.find(([name]) => name === "content-disposition") ?? [];
  return /; name=(?:"(.*?)"|([^;]*))/.exec(disposition)?.slice(1).join("") ?? "";
}

/** The headers and bodies that @fastify/busboy finds. */
function readParts(bytes: Buffer, boundary: string): Promise<{ headers: Record<string, string[]>; body: Buffer }[]> {
  const { promise, resolve, reject } = Promise.withResolvers<{ headers: Record<string, string[]>; body: Buffer }[]>();
  const parts: { headers: Record<string, string[]>; chunks: Buffer[] }[] = [];
  const dicer = new Dicer({ boundary });
  dicer.on("part", (stream) => {
    const part: (typeof parts)[number] = { headers: {}, chunks: [] };
    parts.push(part);
    stream.on("header", (headers) => (part.headers = headers as Record<string, string[]>));
    stream.on("data", (chunk: Buffer) => part.chunks.push(chunk));
  });
  dicer.on("error", reject);
  dicer.on("finish", () => resolve(parts.map(({ headers, chunks }) => ({ headers, body: Buffer.concat(chunks) }))));
  dicer.end(bytes);
  return promise;
}

async function canonicalParts(type: string, bytes: Buffer): Promise<string> {
  const boundary = /;\s?boundary=(?:"(.*?)"|(.*))$/i.exec(type);
  const parts = await readParts(bytes, boundary?.[1] ?? boundary?.[2] ?? "");
  const all = await Promise.all(
    parts.map(async ({ headers, body }) => {
      const partType = headers["content-type"]?.[0] ?? "";
      const isNested = /^multipart/i.test(partType);
      const fields = Object.entries(headers).map(([name, values]) => [
        name,
        isNested && name === "content-type" ? "multipart/mixed" : values.map((value) => canonicalHeader(name, value)),
      ]);
      const content = isNested ? await canonicalParts(partType, body) : canonicalContent(partType, body);
      const name = nameOf(Object.entries(headers).map(([key, values]) => [key, values.join()]));
      return { name, text: JSON.stringify([fields.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)), content]) };
    }),
  );
  const isForm = type.startsWith("multipart/form-data");
  return (isForm ? all.toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1)) : all)
    .map(({ text }) => text)
    .join();
}

/** JSON by its values: under its type, or objects and arrays under the type of text. Everything else by its bytes. */
function canonicalContent(type: string, body: Buffer): string {
  const text = body.toString();
  const hasMark = text.startsWith("\uFEFF");
  const value = hasMark ? text.slice(1) : text;
  const isJson = /json/i.test(type) || (!/png/i.test(type) && /^\s*[{[]/.test(value));
  const json = isJson ? canonicalJson(value) : undefined;
  return json === undefined ? body.toString("latin1") : `json ${hasMark} ${json}`;
}

const FORMAT: ExactFormat<Parts> = {
  create: (random) => randomParts(random, 1, random.pick(["multipart/form-data", "multipart/mixed"])),
  change: changedParts,
  write: (document, random) => {
    const { type, bytes } = writeParts(document, random);
    return { type, content: Buffer.from(bytes, "latin1") };
  },
  canonical: ({ type, content }) => canonicalParts(type, content as Buffer),
};

describe("multipart bodies", () => {
  it("match exactly if @fastify/busboy finds the same parts in them", async () => {
    const { pairs, equal, different } = await comparePairs(FORMAT, 6);
    expect(pairs).toBe(21_000);
    expect(equal).toBeGreaterThan(0.2);
    expect(different).toBeGreaterThan(0.2);
  });
});
