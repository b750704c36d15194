import { createHash } from "node:crypto";
import { createBursts, hashShare } from "./own-randomness.ts";
import type { NoiseKind, Surroundings } from "./server-config.ts";

type Document = Record<string, unknown>;
type Headers = Record<string, string | readonly string[]>;

interface Reply {
  readonly document: Document;
  /** Turns the document, changed or not, into the body. */
  readonly write: (document: Document) => string;
  readonly headers: (body: string) => Headers;
}

type NoiseModel = (path: string) => Reply;

/** How long a server keeps a value that changes. */
const CACHED_MS = 2_000;
const STALE_BURSTS = { meanGapMs: 5_000, shortestMs: 50, longestMs: 400 };
const JSON_TYPE: Headers = { "content-type": "application/json" };
const HEX = "0123456789abcdef";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const json = (document: Document): Reply => ({ document, write: JSON.stringify, headers: () => JSON_TYPE });

/**
 * Creates the responses of one server. `/search/…` is always without noise; without a kind, everything is.
 * @param share share of nulls or of gold customers, for those kinds
 */
export function createNoise(kind: NoiseKind | undefined, share: number, surroundings: Surroundings): NoiseModel {
  const noisy = kind === undefined ? quiet : MODELS[kind](surroundings, share);
  return (path) => (path.startsWith("/search/") ? quiet : noisy)(path);
}

function quiet(path: string): Reply {
  return json(documentOf(path));
}

/** What every server of the same version responds. */
function documentOf(path: string): Document {
  const number = hashShare(path);
  return {
    id: path,
    name: `name ${Math.floor(number * 1e6)}`,
    total: Math.floor(number * 1e4) / 100,
    active: number < 0.5,
    tags: ["red", "green", "blue"].slice(0, 1 + Math.floor(number * 3)),
    owner: { team: `team ${Math.floor(number * 20)}`, since: 2_000 + Math.floor(number * 26) },
  };
}

/** Adds members to the document. */
function adding(members: (path: string) => Document): NoiseModel {
  return (path) => json({ ...documentOf(path), ...members(path) });
}

const MODELS: Readonly<Record<NoiseKind, (surroundings: Surroundings, share: number) => NoiseModel>> = {
  time: ({ now }) => adding(() => ({ at: new Date(now()).toISOString() })),
  uuid: ({ own }) => adding(() => ({ requestId: uuid(own) })),
  order: ({ own }) =>
    adding(() => ({ results: shuffled([1, 2, 3, 4, 5, 6], own).map((id) => ({ id, rank: id * 3 })) })),
  cursor: ({ now }) =>
    adding((path) => ({ next: Buffer.from(JSON.stringify({ after: path, at: now() })).toString("base64url") })),
  headers: cacheHeaders,
  float: ({ own }) => adding((path) => ({ price: 100 * (1 + hashShare(path)) * (1 + 1e-6 * (own() - 0.5)) })),
  "ab-bucket": ({ own }) =>
    adding(() => (own() < 0.5 ? { variant: "A", color: "green" } : { variant: "B", color: "blue", badge: "new" })),
  optional: ({ own }) => adding((): Document => (own() < 0.1 ? { debug: { cache: "miss" } } : {})),
  "list-length": ({ own }) =>
    adding(() => ({
      related: Array.from({ length: 1 + Math.floor(own() * 8) }, (_, position) => ({ position, score: position * 10 })),
    })),
  "map-keys": ({ own }) =>
    adding(() => ({ sessions: Object.fromEntries([1, 2, 3].map((rank) => [text(LETTERS, 8, own), { rank }])) })),
  "html-nonce": ({ own }) => {
    return (path) => ({
      document: documentOf(path),
      write: (document) => pageOf(document, text(HEX, 16, own), uuid(own)),
      headers: () => ({ "content-type": "text/html; charset=utf-8" }),
    });
  },
  counter: ({ own }) => {
    let views = Math.floor(own() * 1_000);
    return adding(() => ({ views: (views += 1), likes: Math.floor(views / 3) }));
  },
  cached: ({ own, now }) => {
    const phase = own() * CACHED_MS;
    return adding(() => ({ rate: Math.floor(readAt(now(), phase, CACHED_MS) / CACHED_MS) % 1_000 }));
  },
  "stale-bursts": ({ own, now }) => {
    const isStale = createBursts(STALE_BURSTS, own);
    return adding(() => ({ stock: isStale(now()) ? 9 : 10 }));
  },
  nullable: ({ own }, share) =>
    adding((path) => ({ nick: own() < share ? null : `nick ${Math.floor(hashShare(path) * 100)}` })),
  tier: ({ own }, share) => adding(() => ({ tier: own() < share ? "gold" : "silver" })),
};

/** When a server that reads a value every `every` milliseconds, at its own phase, last read it. */
function readAt(now: number, phase: number, every: number): number {
  return Math.floor((now - phase) / every) * every + phase;
}

/** The headers that caches and frameworks add; the ETag repeats a body with a time in it, as Express writes it. */
function cacheHeaders({ own, now }: Surroundings): NoiseModel {
  const maxAgeMs = 60_000;
  const phase = own() * maxAgeMs;
  return (path) => ({
    document: { ...documentOf(path), generated: now() },
    write: JSON.stringify,
    headers: (body) => ({
      ...JSON_TYPE,
      age: String(Math.floor((now() - readAt(now(), phase, maxAgeMs)) / 1_000)),
      etag: `W/"${body.length.toString(16)}-${createHash("sha1").update(body).digest("base64").slice(0, 27)}"`,
      "set-cookie": [`session=${uuid(own)}; Path=/; HttpOnly`, `seen=${now()}; Path=/`],
      "x-request-id": uuid(own),
    }),
  });
}

function pageOf(document: Document, nonce: string, token: string): string {
  return [
    `<!doctype html><html><head><title>${String(document["name"])}</title>`,
    `<script nonce="${nonce}">start(${String(document["total"])})</script></head>`,
    `<body><h1>${String(document["id"])}</h1><form><input type="hidden" name="csrf" value="${token}"></form></body></html>`,
  ].join("\n");
}

function text(alphabet: string, length: number, random: () => number): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
}

/** A UUID of version 4 (RFC 9562 §5.4). */
function uuid(random: () => number): string {
  const hex = (length: number): string => text(HEX, length, random);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

/** Fisher and Yates (1938). */
function shuffled<Item>(items: readonly Item[], random: () => number): readonly Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as Item, result[last] as Item];
  }
  return result;
}
